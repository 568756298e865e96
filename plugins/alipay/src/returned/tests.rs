use paymux_channel::Channel as _;

use super::*;
use crate::tests::{APP_ID, SELLER_ID, account, attempt, form, notification, vectors};

#[test]
fn the_vectors() {
    let vectors = vectors(include_str!("../../vectors/return_url.json"));
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let (_, query) = vector["url"].as_str().unwrap().split_once('?').unwrap();
        let back = account().verify_return(query);
        if vector["accept"] == true {
            assert!(back.unwrap().starts_with("T202601150001"));
        } else {
            assert_eq!(back, Err(VerifyError::Signature));
        }
    }
}

fn back(changes: &[(&str, &str)]) -> Result<String, VerifyError> {
    let order = attempt().to_string();
    let mut pairs = vec![
        ("app_id", APP_ID),
        ("auth_app_id", APP_ID),
        ("charset", "utf-8"),
        ("method", "alipay.trade.page.pay.return"),
        ("out_trade_no", order.as_str()),
        ("seller_id", SELLER_ID),
        ("timestamp", "2026-01-15 12:35:12"),
        ("total_amount", "88.88"),
        ("trade_no", "1"),
        ("version", "1.0"),
    ];
    pairs.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    pairs.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    account().verify_return(&form(&pairs))
}

#[test]
fn who_sent_it_and_for_whom() {
    assert_eq!(back(&[]), Ok(attempt().to_string()));
    let malformed =
        |changes: &[_], what| assert_eq!(back(changes), Err(VerifyError::Malformed(what)));
    malformed(&[("app_id", "2021999999999999")], "app_id");
    malformed(&[("seller_id", "2088999999999999")], "seller_id");
    malformed(&[("out_trade_no", "")], "out_trade_no");
    malformed(&[("method", "")], "method");
    malformed(&[("method", "alipay.trade.query")], "method");
    malformed(&[("charset", "GBK")], "charset is not the account's");
}

/// The same rule signs both; neither passes for the other.
#[test]
fn a_notification_is_no_return() {
    let refused = account().verify_return(&notification(&[]));
    assert_eq!(refused, Err(VerifyError::Malformed("method")));
}

#[test]
fn a_long_query_is_not_even_read() {
    let refused = account().verify_return(&"a".repeat(MAX_QUERY + 1));
    assert_eq!(refused, Err(VerifyError::Malformed("it is too long")));
}
