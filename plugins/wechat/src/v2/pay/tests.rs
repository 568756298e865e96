use paymux_channel::{Channel as _, Operation};
use paymux_core::payment::Payer;
use paymux_core::{Currency, Money, Timestamp};

use super::*;
use crate::tests::{NOW, attempt, call, pay, pay_by, unknown};
use crate::v2::tests::{
    account, account_with, asked, failed, limit, pairs, parse_failure, partner, response, said,
};

const SHOP: [(&str, &str); 4] = [
    ("h5_app_name", "Shop"),
    ("h5_app_url", "https://shop.example.com"),
    ("open_app_id", "wxapp"),
    ("mini_app_id", "wxmini"),
];

fn full() -> Account {
    account_with(&SHOP)
}

fn from(method: Method) -> Operation {
    let mut pay = pay_by(method);
    pay.payer.client_ip = Some("198.51.100.9".into());
    Operation::Pay(pay)
}

#[test]
fn a_native_order() {
    let order = attempt().to_string();
    let expect = pairs(&[
        ("appid", "wx0123456789abcdef"),
        ("mch_id", "1900000109"),
        ("body", "Image形象店-深圳腾大-QQ公仔"),
        ("out_trade_no", &order),
        ("total_fee", "8888"),
        ("fee_type", "CNY"),
        ("spbill_create_ip", "203.0.113.7"),
        ("time_expire", "20250101083000"),
        ("notify_url", "https://pay.example.com/notify/wechat"),
        ("trade_type", "NATIVE"),
        ("product_id", &order),
    ]);
    assert_eq!(asked(&account(), &Operation::Pay(pay()), "/pay/unifiedorder"), expect);
}

#[test]
fn each_product_says_what_it_needs() {
    let own = |method| {
        let all = asked(&full(), &from(method), "/pay/unifiedorder");
        let shown = ["appid", "trade_type", "openid", "scene_info", "spbill_create_ip"];
        let find = |name: &str| all.iter().find(|it| it.0 == name).map(|it| it.1.clone());
        shown.map(|it| find(it).unwrap_or_default())
    };
    let openid = pay_by(Method::Jsapi).payer.openid.unwrap();
    let ip = "198.51.100.9";
    let wx = "wx0123456789abcdef";
    assert_eq!(own(Method::Jsapi), [wx, "JSAPI", &openid, "", ip]);
    assert_eq!(own(Method::MiniProgram), ["wxmini", "JSAPI", &openid, "", ip]);
    assert_eq!(own(Method::App), ["wxapp", "APP", "", "", ip]);
    let scene =
        r#"{"h5_info":{"type":"Wap","wap_name":"Shop","wap_url":"https://shop.example.com"}}"#;
    assert_eq!(own(Method::H5), [wx, "MWEB", "", scene, ip]);
}

#[test]
fn what_an_account_does_not_offer() {
    for method in [Method::App, Method::MiniProgram, Method::H5, Method::Page] {
        assert_eq!(limit(&account(), &from(method)), Some("unsupported"), "{method:?}");
    }
    for method in [Method::Qr, Method::Jsapi, Method::Barcode] {
        assert_eq!(limit(&account(), &from(method)), None, "{method:?}");
    }
}

#[test]
fn a_service_provider_names_its_sub_merchant() {
    let all = asked(&partner(), &from(Method::Jsapi), "/pay/unifiedorder");
    let openid = pay_by(Method::Jsapi).payer.openid.unwrap();
    for (name, value) in [
        ("appid", "wx8888888888888888"),
        ("mch_id", "1900007291"),
        ("sub_appid", "wxd678efh567hg6787"),
        ("sub_mch_id", "1900000109"),
        ("sub_openid", &openid),
    ] {
        assert!(all.contains(&(name.into(), value.into())), "{name}");
    }
    assert!(all.iter().all(|it| it.0 != "openid"));
}

#[test]
fn limits_name_the_merchants_field() {
    let check = |change: &dyn Fn(&mut Pay), field| {
        let mut pay = pay_by(Method::Jsapi);
        change(&mut pay);
        assert_eq!(limit(&account(), &Operation::Pay(pay)), field);
    };
    check(&|_| {}, None);
    check(&|it| it.subject = "微".repeat(127), None);
    check(&|it| it.subject = "x".repeat(128), Some("subject"));
    check(&|it| it.subject = "a smile \u{1f600}".into(), Some("subject"));
    check(&|it| it.subject = "a\rb".into(), Some("subject"));
    check(&|it| it.amount = Money::new(0, Currency::Cny).unwrap(), Some("amount"));
    check(&|it| it.expires_at = Timestamp(NOW.0 + 59_000), Some("expires_in"));
    check(&|it| it.expires_at = Timestamp(NOW.0 + 8 * 86_400_000), Some("expires_in"));
    check(&|it| it.payer.client_ip = Some("localhost".into()), Some("payer.client_ip"));
    check(&|it| it.payer.openid = None, Some("payer.openid"));
    check(&|it| it.payer.openid = Some("x".repeat(129)), Some("payer.openid"));
    // The wallet compares the address with the phone that opens the page.
    let mut pay = pay_by(Method::H5);
    pay.payer = Payer::default();
    assert_eq!(limit(&full(), &Operation::Pay(pay)), Some("payer.client_ip"));
}

#[test]
fn what_the_payers_side_is_given() {
    let parse = |method, pairs: &[(&str, &str)]| {
        let account = full();
        account.parse(&from(method), &call(), &response(said(&account, pairs)))
    };
    let code = "weixin://wxpay/bizpayurl?pr=A1b2C3d";
    let native = parse(Method::Qr, &[("trade_type", "NATIVE"), ("code_url", code)]);
    assert_eq!(native, Ok(Outcome::Accepted(Action::QrCode(code.into()))));
    let page = "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx1&package=2";
    let Ok(Outcome::Accepted(Action::Redirect(url))) =
        parse(Method::H5, &[("trade_type", "MWEB"), ("mweb_url", page)])
    else {
        panic!("no page")
    };
    let back = format!("{page}&redirect_url=https%3A%2F%2Fpay.example.com%2Freturn%2Fwechat%3F");
    assert!(url.starts_with(&back), "{url}");
    for (method, trade_type, name) in [
        (Method::App, "APP", "sign"),
        (Method::Jsapi, "JSAPI", "paySign"),
        (Method::MiniProgram, "JSAPI", "paySign"),
    ] {
        let parsed = parse(method, &[("trade_type", trade_type), ("prepay_id", "wx201411")]);
        let Ok(Outcome::Accepted(Action::Invoke(package))) = parsed else { panic!("{parsed:?}") };
        let app = full().merchant.opener(method).to_owned();
        assert!(package.values().any(|it| *it == app), "{method:?}");
        let parts: Vec<_> =
            package.iter().filter(|it| it.0 != name).map(|it| (&**it.0, it.1.clone())).collect();
        assert_eq!(full().sign(&parts), package[name], "{method:?}");
        assert!(package["package"] == "prepay_id=wx201411" || package["prepayid"] == "wx201411");
    }
    let wrong = parse(Method::Qr, &[("trade_type", "JSAPI"), ("code_url", code)]);
    assert_eq!(wrong, Err(ParseError::Malformed("trade_type")));
    for (method, trade_type) in [(Method::Qr, "NATIVE"), (Method::H5, "MWEB"), (Method::App, "APP")]
    {
        assert!(parse(method, &[("trade_type", trade_type)]).is_err(), "{method:?}");
    }
}

/// Proof that we sent the browser, and for which order.
#[test]
fn the_way_back_is_our_own() {
    let account = full();
    let url = returned::url(&account.private_key, attempt(), &call()).unwrap();
    let query = url.split_once('?').unwrap().1;
    assert_eq!(account.verify_return(query), Ok(attempt().to_string()));
    assert!(account.verify_return(&query.replacen("out_trade_no=0", "out_trade_no=1", 1)).is_err());
}

#[test]
fn failures() {
    let order = Operation::Pay(pay());
    let Outcome::Refused(refusal) = parse_failure(&order, "APPID_MCHID_NOT_MATCH") else {
        panic!("it is definite")
    };
    assert_eq!((&*refusal.code, &*refusal.message), ("APPID_MCHID_NOT_MATCH", "why"));
    assert_eq!(parse_failure(&order, "ORDERPAID"), Outcome::AlreadyPaid);
    for code in ["SYSTEMERROR", "INVALID_REQUEST", "OUT_TRADE_NO_USED", "ORDERCLOSED", "NEW"] {
        assert_eq!(parse_failure(&order, code), unknown(code));
    }
    // Another account's key makes no refusal.
    let stranger = account_with(&[("api_v2_key", "00000000000000000000000000000000")]);
    let forged = failed(&stranger, "PARAM_ERROR");
    assert_eq!(account().parse(&order, &call(), &forged), Err(ParseError::Signature));
}
