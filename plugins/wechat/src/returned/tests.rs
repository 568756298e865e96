use paymux_channel::Channel as _;

use super::*;
use crate::tests::{account, attempt, call};

fn query() -> String {
    let url = url(&account().private_key, attempt(), &call()).unwrap();
    let (address, query) = url.split_once('?').unwrap();
    assert_eq!(address, call().return_url);
    query.to_owned()
}

#[test]
fn a_browser_that_we_sent() {
    let genuine = query();
    assert_eq!(account().verify_return(&genuine), Ok(attempt().to_string()));
    // Whatever the wallet adds.
    let more = format!("from=wx&{genuine}&errcode=0");
    assert_eq!(account().verify_return(&more), Ok(attempt().to_string()));
}

#[test]
fn nobody_makes_up_a_number() {
    let genuine = query();
    let (number, sign) = genuine.split_once('&').unwrap();
    let other = number.replace('1', "2");
    for (query, error) in [
        (format!("{other}&{sign}"), VerifyError::Signature),
        (format!("{number}&sign=AAAA"), VerifyError::Signature),
        (number.to_owned(), VerifyError::Malformed("sign")),
        (sign.to_owned(), VerifyError::Malformed("out_trade_no")),
        (String::new(), VerifyError::Malformed("out_trade_no")),
        ("x".repeat(MAX_QUERY + 1), VerifyError::Malformed("it is too long")),
    ] {
        assert_eq!(account().verify_return(&query), Err(error), "{query}");
    }
}
