use paymux_core::payment::{Action, Method};
use serde_json::Value;

use crate::page::tests::{action, verified};
use crate::tests::{account, parameters};

#[test]
fn an_app_gets_one_signed_text() {
    let Action::Invoke(call) = action(&account(), Method::App) else { panic!() };
    assert_eq!(call.keys().collect::<Vec<_>>(), ["order_string"]);
    let sent = verified(parameters(&call["order_string"]));
    let of = |name: &str| sent.iter().find(|it| it.0 == name).map(|it| it.1.as_str());
    assert_eq!(of("method"), Some("alipay.trade.app.pay"));
    assert_eq!(of("notify_url"), Some("https://pay.example.com/notify/alipay"));
    assert_eq!(of("return_url"), None);
    let biz: Value = serde_json::from_str(of("biz_content").unwrap()).unwrap();
    assert_eq!(biz["product_code"], "QUICK_MSECURITY_PAY");
    assert_eq!(biz["total_amount"], "88.88");
}
