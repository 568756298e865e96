use paymux_core::payment::{Action, Method};
use serde_json::Value;

use crate::page::tests::{action, verified};
use crate::settings::Account;
use crate::tests::{account, account_with, parameters};

fn biz(account: &Account) -> Value {
    let Action::Redirect(address) = action(account, Method::H5) else { panic!() };
    let sent = verified(parameters(address.split_once('?').unwrap().1));
    let of = |name: &str| &sent.iter().find(|it| it.0 == name).unwrap().1;
    assert_eq!(of("method"), "alipay.trade.wap.pay");
    assert_eq!(of("return_url"), "https://pay.example.com/return/alipay");
    serde_json::from_str(of("biz_content")).unwrap()
}

#[test]
fn the_phones_page_knows_where_to_land() {
    let plain = biz(&account());
    assert_eq!(plain["product_code"], "QUICK_WAP_WAY");
    assert_eq!(plain.get("quit_url"), None);
    let quit = "https://shop.example.com/quit";
    assert_eq!(biz(&account_with(&[("quit_url", quit)]))["quit_url"], quit);
}

#[test]
fn it_may_be_a_form_too() {
    let account = account_with(&[("page_form", "post")]);
    assert!(matches!(action(&account, Method::H5), Action::Form { .. }));
}
