use paymux_channel::{Channel as _, Operation};
use paymux_core::payment::{Action, Method};
use serde_json::Value;

use super::*;
use crate::sign::{AlipayKey, SignType};
use crate::tests::{account, account_with, call, key, parameters, pay};

pub(crate) fn action(account: &Account, method: Method) -> Action {
    let step = account.build(&Operation::Pay(pay(method)), &call()).unwrap();
    let Step::Done(Outcome::Accepted(action)) = step else { panic!("no call is needed") };
    action
}

/// The parameters, once their signature has been verified.
pub(crate) fn verified(sent: Vec<(String, String)>) -> Vec<(String, String)> {
    let own = AlipayKey::parse(SignType::Rsa2, &key("app", "public_spki_pem")).unwrap();
    let sign = sent.iter().find(|it| it.0 == "sign").unwrap().1.clone();
    let signed = sent.iter().filter(|it| it.0 != "sign").map(|it| (&*it.0, &*it.1));
    let text = paymux_channel::canonical::sorted_pairs(signed);
    assert!(own.verifies(text.as_bytes(), &sign));
    sent
}

fn of<'a>(sent: &'a [(String, String)], name: &str) -> &'a str {
    &sent.iter().find(|it| it.0 == name).unwrap().1
}

#[test]
fn a_page_is_an_address() {
    let Action::Redirect(address) = action(&account(), Method::Page) else { panic!() };
    let start = "https://openapi.alipay.com/gateway.do?method=alipay.trade.page.pay&";
    assert!(address.starts_with(start));
    let sent = verified(parameters(address.split_once('?').unwrap().1));
    assert_eq!(of(&sent, "return_url"), "https://pay.example.com/return/alipay");
    assert_eq!(of(&sent, "notify_url"), "https://pay.example.com/notify/alipay");
    let biz: Value = serde_json::from_str(of(&sent, "biz_content")).unwrap();
    assert_eq!(biz["product_code"], "FAST_INSTANT_TRADE_PAY");
    assert_eq!(biz["out_trade_no"], pay(Method::Page).attempt.to_string());
    assert_eq!(biz["total_amount"], "88.88");
    assert_eq!(biz["time_expire"], "2026-01-15 13:04:56");
    assert!(biz.get("business_params").is_none());
}

/// The protocol in the address, the business in the fields, all of it signed; and whatever page
/// posts it, the fields are the same bytes.
#[test]
fn a_page_may_be_a_form() {
    for charset in ["utf-8", "GBK"] {
        let account = account_with(&[("page_form", "post"), ("charset", charset)]);
        let Action::Form { url, fields } = action(&account, Method::Page) else { panic!() };
        let mut sent = parameters(url.split_once('?').unwrap().1);
        assert_eq!(of(&sent, "charset"), charset);
        assert_eq!(fields.keys().collect::<Vec<_>>(), ["biz_content"]);
        assert!(fields["biz_content"].is_ascii());
        sent.extend(fields);
        let sent = verified(sent);
        let biz: Value = serde_json::from_str(of(&sent, "biz_content")).unwrap();
        assert_eq!(biz["subject"], "测试商品 一件");
    }
}

#[test]
fn an_encrypted_form_says_so() {
    let account = account_with(&[("page_form", "post"), ("aes_key", crate::tests::AES_KEY)]);
    let Action::Form { fields, .. } = action(&account, Method::Page) else { panic!() };
    assert_eq!(fields["encrypt_type"], "AES");
    let plain = account.cipher.as_ref().unwrap().decrypt(&fields["biz_content"]).unwrap();
    let biz: Value = serde_json::from_slice(&plain).unwrap();
    assert_eq!(biz["total_amount"], "88.88");
}
