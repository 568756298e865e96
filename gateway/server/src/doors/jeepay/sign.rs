//! Jeepay's signature: MD5 over `key=value&` texts, sorted as its Java does.

use std::cmp::Ordering;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use md5::{Digest as _, Md5};
use paymux_channel::Secret;

/// The whole texts are sorted, and not the names: `a1=` comes before `a=`.
pub(crate) fn sign<'a>(params: impl Iterator<Item = (&'a str, &'a str)>, key: &Secret) -> String {
    let signed = params.filter(|(name, value)| *name != "sign" && !value.is_empty());
    let mut texts: Vec<_> = signed.map(|(name, value)| format!("{name}={value}&")).collect();
    texts.sort_by(|one, other| ignoring_case(one, other));
    let text = format!("{}key={}", texts.concat(), key.expose());
    hex::encode_upper(Md5::digest(text))
}

/// In constant time, whichever case it is written in.
pub(crate) fn verifies<'a>(
    params: impl Iterator<Item = (&'a str, &'a str)>,
    given: &str,
    key: &Secret,
) -> bool {
    let given = given.to_ascii_uppercase();
    verify_slices_are_equal(sign(params, key).as_bytes(), given.as_bytes()).is_ok()
}

/// `String.CASE_INSENSITIVE_ORDER`: unit by unit of UTF-16, each in upper and then in lower case.
fn ignoring_case(one: &str, other: &str) -> Ordering {
    one.encode_utf16().map(folded).cmp(other.encode_utf16().map(folded))
}

fn folded(unit: u16) -> u16 {
    let Some(plain) = char::from_u32(unit.into()) else { return unit };
    let upper = single(plain.to_uppercase()).unwrap_or(plain);
    let lower = single(upper.to_lowercase()).unwrap_or(upper);
    u16::try_from(u32::from(lower)).unwrap_or(unit)
}

/// Java folds where one character becomes one, and no other.
fn single(mut chars: impl Iterator<Item = char>) -> Option<char> {
    let first = chars.next();
    first.filter(|_| chars.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: [(&str, &str); 12] = [
        ("mchNo", "M1621873433953"),
        ("appId", "60cc09bce4b0f1c0b83761c9"),
        ("mchOrderNo", "20160427210604000490"),
        ("wayCode", "ALI_BAR"),
        ("amount", "100"),
        ("currency", "cny"),
        ("subject", "商品标题"),
        ("body", "商品描述"),
        ("channelExtra", r#"{"authCode":"280812820366966512"}"#),
        ("reqTime", "1622016572190"),
        ("version", "1.0"),
        ("signType", "MD5"),
    ];

    #[test]
    fn the_algorithm_of_its_source() {
        let key = Secret::new("SECRET_FOR_TEST_ONLY");
        let signature = sign(ORDER.into_iter(), &key);
        assert_eq!(signature, "15F7CE0E5DDF7ECB291166FE335A0D94");
        assert!(verifies(ORDER.into_iter(), &signature.to_lowercase(), &key));
        let more = [("sign", "x"), ("returnUrl", "")];
        assert_eq!(sign(ORDER.into_iter().chain(more), &key), signature);
        assert!(!verifies(ORDER.into_iter().chain([("x", "1")]), &signature, &key));
        assert!(!verifies(ORDER.into_iter(), &signature, &Secret::new("another")));
        assert!(!verifies(ORDER.into_iter(), "", &key));
    }

    #[test]
    fn texts_are_sorted_as_java_sorts_them() {
        let mut texts = ["a1=x&", "a=y&", "B=1&", "aB=2&", "ab=3&"];
        texts.sort_by(|one, other| ignoring_case(one, other));
        assert_eq!(texts, ["a1=x&", "a=y&", "aB=2&", "ab=3&", "B=1&"]);
    }
}
