use paymux_channel::{Channel as _, Operation, Secret};
use paymux_core::payment::Method;
use serde_json::json;

use super::*;
use crate::settings::read;
use crate::tests::{answer, attempt, body_of, call, full, limit_by, pay_by, sent_by, settings};

fn operation() -> Operation {
    Operation::Pay(pay_by(Method::H5))
}

#[test]
fn an_order_says_where_the_payer_shops() {
    let request = sent_by(&full(), &operation());
    assert_eq!(request.uri(), "https://api.mch.weixin.qq.com/v3/pay/transactions/h5");
    let expected = json!({ "payer_client_ip": "203.0.113.7", "h5_info": { "type": "Wap" } });
    assert_eq!(body_of(&request)["scene_info"], expected);
    let mut settings = settings();
    for (key, value) in
        [("h5_type", "iOS"), ("h5_app_name", "王者荣耀"), ("h5_bundle_id", "com.example.shop")]
    {
        settings.set(key, Secret::new(value));
    }
    let account = read(&settings, &[]).unwrap();
    let info = &body_of(&sent_by(&account, &operation()))["scene_info"]["h5_info"];
    let expected =
        json!({ "type": "iOS", "app_name": "王者荣耀", "bundle_id": "com.example.shop" });
    assert_eq!(*info, expected);
}

#[test]
fn the_phones_address_is_required() {
    for ip in [None, Some(""), Some("here"), Some("203.0.113.7:80")] {
        let mut pay = pay_by(Method::H5);
        pay.payer.client_ip = ip.map(Into::into);
        let found = limit_by(&full(), &Operation::Pay(pay), &call());
        assert_eq!(found, Some("payer.client_ip"), "{ip:?}");
    }
}

/// The way back is ours, escaped, and proves that we gave it.
#[test]
fn a_page_that_leads_back() {
    let said = |url: &str| {
        full().parse(&operation(), &call(), &answer(&json!({ "h5_url": url }).to_string()))
    };
    let page = "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx1&package=2";
    let Ok(Outcome::Accepted(Action::Redirect(url))) = said(page) else { panic!() };
    let (own, back) = url.split_once("&redirect_url=").unwrap();
    assert_eq!(own, page);
    let expected = format!(
        "https%3A%2F%2Fpay.example.com%2Freturn%2Fwechat%3Fout_trade_no%3D{}%26sign%3D",
        attempt()
    );
    assert!(back.starts_with(&expected), "{back}");
    assert!(!back.contains('&'), "{back}");
    for url in ["", "/pay", "weixin", "https://a.b/#x", &format!("https://a.b/{}", "x".repeat(512))]
    {
        assert!(said(url).is_err(), "{url}");
    }
    let Ok(Outcome::Accepted(Action::Redirect(url))) = said("https://a.b/c") else { panic!() };
    assert!(url.starts_with("https://a.b/c?redirect_url=https%3A"), "{url}");
}
