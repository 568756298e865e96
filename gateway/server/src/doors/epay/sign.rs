//! The signature of epay's first protocol: MD5 over what was received, as it was received.

use std::collections::BTreeMap;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use md5::{Digest as _, Md5};
use paymux_channel::Secret;

/// As PHP's `trim` has it.
const BLANK: [char; 6] = [' ', '\t', '\n', '\r', '\0', '\u{b}'];

/// Lists and what is empty are not signed, so nobody may read them either; `0` is not empty.
pub(super) fn counts(name: &str, value: &str) -> bool {
    !name.contains('[') && !value.trim_matches(BLANK).is_empty()
}

/// Over all but the signature, and what does not count.
pub(crate) fn sign<'a>(params: impl Iterator<Item = (&'a str, &'a str)>, key: &Secret) -> String {
    let signed =
        params.filter(|(name, value)| !["sign", "sign_type"].contains(name) && counts(name, value));
    let sorted: BTreeMap<&str, &str> = signed.collect();
    let pairs: Vec<_> = sorted.iter().map(|(name, value)| format!("{name}={value}")).collect();
    hex::encode(Md5::digest(format!("{}{}", pairs.join("&"), key.expose())))
}

/// In constant time.
pub(crate) fn verifies<'a>(
    params: impl Iterator<Item = (&'a str, &'a str)>,
    given: &str,
    key: &Secret,
) -> bool {
    verify_slices_are_equal(sign(params, key).as_bytes(), given.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Secret {
        Secret::new("TESTKEY89unJUB8HZ54Hj7x4nUj56HN4nUzUJ8i")
    }

    const ORDER: [(&str, &str); 10] = [
        ("pid", "1001"),
        ("type", "alipay"),
        ("out_trade_no", "20160806151343349"),
        ("notify_url", "http://www.pay.com/notify_url.php"),
        ("return_url", "http://www.pay.com/return_url.php"),
        ("name", "VIP会员"),
        ("money", "1.00"),
        ("clientip", "192.168.1.100"),
        ("device", "pc"),
        ("param", ""),
    ];

    #[test]
    fn the_published_algorithm() {
        let signature = sign(ORDER.into_iter(), &key());
        assert_eq!(signature, "c0db148dd3af0ff6ee685abe150e38b4");
        let notice = [
            ("pid", "1001"),
            ("trade_no", "2026010112000012345"),
            ("out_trade_no", "20160806151343349"),
            ("type", "alipay"),
            ("name", "VIP会员"),
            ("money", "1"),
            ("trade_status", "TRADE_SUCCESS"),
        ];
        assert_eq!(sign(notice.into_iter(), &key()), "22f3bbbd7a6397db702e7617847f3324");
    }

    #[test]
    fn what_is_signed_and_what_is_not() {
        let signature = sign(ORDER.into_iter(), &key());
        let with = |more: &[(&'static str, &'static str)]| {
            sign(ORDER.into_iter().chain(more.iter().copied()), &key())
        };
        for unsigned in
            [("sign", "x"), ("sign_type", "MD5"), ("a[0]", "1"), ("b", " \t\n"), ("c", "")]
        {
            assert_eq!(with(&[unsigned]), signature, "{unsigned:?}");
        }
        for signed in [("zero", "0"), ("unknown", "1"), ("Sign", "x")] {
            assert_ne!(with(&[signed]), signature, "{signed:?}");
        }
        assert!(verifies(ORDER.into_iter(), &signature, &key()));
        assert!(!verifies(ORDER.into_iter(), &signature.to_uppercase(), &key()));
        assert!(!verifies(ORDER.into_iter(), "", &key()));
        assert!(!verifies(ORDER.into_iter(), &signature, &Secret::new("another key of theirs")));
        let money = ORDER.map(|(name, value)| (name, if name == "money" { "1" } else { value }));
        assert!(!verifies(money.into_iter(), &signature, &key()), "texts, and not amounts");
    }
}
