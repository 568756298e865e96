use super::*;
use crate::tests::{NOW, account, form, key, sign};

fn refused(text: &str) -> VerifyError {
    verified(&account(), text.as_bytes(), Some(NOW)).err().expect("refused")
}

#[test]
fn the_account_chooses_how_to_verify() {
    let genuine = form(&[("charset", "utf-8"), ("total_amount", "1.00")]);
    assert!(verified(&account(), genuine.as_bytes(), Some(NOW)).is_ok());
    for (from, to) in [
        ("sign_type=RSA2", "sign_type=RSA"),
        ("sign_type=RSA2", "sign_type=rsa2"),
        ("sign_type=RSA2", "sign_type="),
        ("&sign_type=RSA2", ""),
    ] {
        let expected = VerifyError::Malformed("sign_type is not the account's");
        assert_eq!(refused(&genuine.replace(from, to)), expected, "{to}");
    }
    for charset in ["GBK", "utf-16", "gb18030"] {
        let expected = VerifyError::Malformed("charset is not the account's");
        assert_eq!(refused(&form(&[("charset", charset)])), expected);
    }
    assert!(verified(&account(), form(&[("charset", "UTF-8")]).as_bytes(), Some(NOW)).is_ok());
}

#[test]
fn only_alipays_signature_counts() {
    let text = "charset=utf-8&total_amount=1.00";
    let own = paymux_channel::rsa::PrivateKey::parse(&key("app", "private_pkcs8_b64")).unwrap();
    let with = |sign: &str| {
        let sign = form_urlencoded::byte_serialize(sign.as_bytes()).collect::<String>();
        format!("{text}&sign_type=RSA2&sign={sign}")
    };
    assert!(verified(&account(), with(&sign(text)).as_bytes(), Some(NOW)).is_ok());
    assert_eq!(refused(&with(&own.sign(text.as_bytes()).unwrap())), VerifyError::Signature);
    // Rule V2 keeps `sign_type`; no trade is signed so.
    let other_rule = sign("charset=utf-8&sign_type=RSA2&total_amount=1.00");
    assert_eq!(refused(&with(&other_rule)), VerifyError::Signature);
    assert_eq!(refused(&with("")), VerifyError::Signature);
    assert_eq!(refused(&with(&format!("{} ", sign(text)))), VerifyError::Signature);
    assert_eq!(refused("charset=utf-8&sign_type=RSA2"), VerifyError::Signature);
}

#[test]
fn blank_values_may_be_signed_or_not() {
    let without = sign("charset=utf-8");
    let with = sign("blank= &charset=utf-8&refund_fee=");
    let neither = sign("charset=utf-8&refund_fee=");
    let read = |sign: &str| {
        let sign = form_urlencoded::byte_serialize(sign.as_bytes()).collect::<String>();
        let text = format!("charset=utf-8&refund_fee=&blank=+&sign_type=RSA2&sign={sign}");
        verified(&account(), text.as_bytes(), Some(NOW)).map(|it| it.find("refund_fee").is_none())
    };
    assert_eq!(read(&without), Ok(true));
    assert_eq!(read(&with), Ok(true));
    assert_eq!(read(&neither), Err(VerifyError::Signature));
}

/// The same signed text, its values cut elsewhere.
#[test]
fn a_signed_text_reads_one_way() {
    let sent = |pairs: &[(&str, &str)], sign: &str| {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .extend_pairs([("sign_type", "RSA2"), ("sign", sign)])
            .finish()
    };
    // A payment of one cent whose text names our order, and its forged cut.
    let genuine = [
        ("body", "x&out_trade_no=OURS&passback_params="),
        ("charset", "utf-8"),
        ("out_trade_no", "THEIRS"),
        ("subject", "s"),
    ];
    let text = paymux_channel::canonical::sorted_pairs(genuine);
    let sign = sign(&text);
    assert_eq!(refused(&sent(&genuine, &sign)), AMBIGUOUS);
    let forged = [
        ("body", "x"),
        ("out_trade_no", "OURS"),
        ("passback_params", "&charset=utf-8&out_trade_no=THEIRS"),
        ("subject", "s"),
    ];
    assert_eq!(paymux_channel::canonical::sorted_pairs(forged), text, "the cut is a real one");
    assert_eq!(refused(&sent(&forged, &sign)), AMBIGUOUS);
    // Two parameters merged into one, so that the second seems absent; a blank one in its place,
    // which is not signed, does not help.
    let merged = [("charset", "utf-8"), ("gmt_create", "1&gmt_payment=2")];
    assert_eq!(refused(&form(&merged)), AMBIGUOUS);
    assert_eq!(refused(&format!("{}&gmt_payment=", form(&merged))), AMBIGUOUS);
    // Text of the merchant's own that looks like parameters is nobody's harm.
    assert!(
        verified(&account(), form(&[("passback_params", "m=88&o=T1")]).as_bytes(), Some(NOW))
            .is_ok()
    );
}

#[test]
fn every_name_that_is_read_is_guarded() {
    // A certificate's number has a shape of its own, in which nothing can hide.
    let plain = |it: &&&str| !it.starts_with("sign") && **it != SERIAL;
    for name in crate::form::READ.iter().filter(plain) {
        let value = format!("x&{name}=1");
        for pairs in [&[("aaa", &*value), (name, "utf-8")][..], &[("aaa", &*value)]] {
            assert_eq!(refused(&form(pairs)), AMBIGUOUS, "{name}");
        }
    }
}
