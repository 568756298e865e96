//! `wayCode`: how Jeepay says by which channel and in which way somebody pays.

use paymux_core::payment::{AuthCode, Cashier, Method, Payer, Way};
use paymux_engine::flow::create::Means;
use paymux_engine::problem::Problem;
use serde_json::{Map, Value};

use crate::doors::params::{Params, wrong};

/// Longer than any code a payer shows, and than any openid.
const MAX_EXTRA_CHARS: usize = 128;

const WAYS: [(&str, Method, &str); 12] = [
    ("ALI_BAR", Method::Barcode, "alipay"),
    ("ALI_JSAPI", Method::Jsapi, "alipay"),
    ("ALI_LITE", Method::MiniProgram, "alipay"),
    ("ALI_APP", Method::App, "alipay"),
    ("ALI_PC", Method::Page, "alipay"),
    ("ALI_WAP", Method::H5, "alipay"),
    ("ALI_QR", Method::Qr, "alipay"),
    ("WX_JSAPI", Method::Jsapi, "wechat"),
    ("WX_LITE", Method::MiniProgram, "wechat"),
    ("WX_BAR", Method::Barcode, "wechat"),
    ("WX_H5", Method::H5, "wechat"),
    ("WX_NATIVE", Method::Qr, "wechat"),
];
const WX_APP: &str = "WX_APP";
const QR_CASHIER: &str = "QR_CASHIER";
const AUTO_BAR: &str = "AUTO_BAR";

pub(super) fn means(params: &Params) -> Result<Means, Problem> {
    let code = params.required("wayCode")?;
    if code == QR_CASHIER {
        return Ok(Means::Cashier(Cashier::default()));
    }
    let extra = extra(params)?;
    let auth_code = said(&extra, &["authCode", "auth_code"])?;
    let (method, channel) = match code {
        AUTO_BAR => (Method::Barcode, wallet(auth_code.as_deref().unwrap_or_default())?),
        WX_APP => (Method::App, "wechat"),
        _ => known(code)?,
    };
    let openid = match channel {
        "wechat" => said(&extra, &["openid"])?,
        _ => said(&extra, &["buyerUserId", "buyerOpenId"])?,
    };
    let auth_code = match method {
        Method::Barcode => {
            let missing = || wrong("channelExtra", "authCode is missing");
            Some(AuthCode::new(auth_code.ok_or_else(missing)?))
        }
        Method::Qr
        | Method::Page
        | Method::H5
        | Method::App
        | Method::Jsapi
        | Method::MiniProgram => None,
    };
    let client_ip = params.address("clientIp")?;
    let payer = Payer { client_ip, user_agent: None, openid, auth_code };
    Ok(Means::Way(Way { method, channel: Some(channel.to_owned()), payer }))
}

fn known(code: &str) -> Result<(Method, &'static str), Problem> {
    let way = WAYS.iter().find(|it| it.0 == code).map(|it| (it.1, it.2));
    way.ok_or_else(|| wrong("wayCode", "is none of ALI_*, WX_*, AUTO_BAR and QR_CASHIER"))
}

/// Whose code it is, by its length and its first digits.
fn wallet(code: &str) -> Result<&'static str, Problem> {
    let digits = code.bytes().all(|it| it.is_ascii_digit());
    let first = code.get(..2).and_then(|it| it.parse::<u8>().ok()).filter(|_| digits);
    match (code.len(), first) {
        (18, Some(10..=15)) => Ok("wechat"),
        (16..=24, Some(25..=30)) => Ok("alipay"),
        _ => Err(wrong("channelExtra", "authCode is of neither WeChat nor Alipay")),
    }
}

/// What the client wants to be given, where there is a choice.
pub(super) fn pay_data_type(params: &Params) -> Result<Option<String>, Problem> {
    said(&extra(params)?, &["payDataType"])
}

/// JSON in a text.
fn extra(params: &Params) -> Result<Map<String, Value>, Problem> {
    let Some(text) = params.optional("channelExtra") else { return Ok(Map::new()) };
    serde_json::from_str(text).map_err(|_| wrong("channelExtra", "must be a JSON object as text"))
}

fn said(extra: &Map<String, Value>, names: &[&str]) -> Result<Option<String>, Problem> {
    let Some(value) = names.iter().find_map(|it| extra.get(*it)) else { return Ok(None) };
    let text = value.as_str().filter(|it| !it.is_empty() && it.len() <= MAX_EXTRA_CHARS);
    let text = text.filter(|it| it.bytes().all(|it| it.is_ascii_graphic()));
    let reason = format!("{} must be 1 to {MAX_EXTRA_CHARS} printable characters", names[0]);
    text.map(|it| Some(it.to_owned())).ok_or_else(|| wrong("channelExtra", reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(code: &str, extra: &str) -> Option<Way> {
        match means(&[("wayCode", code), ("channelExtra", extra)].into()) {
            Ok(Means::Way(way)) => Some(way),
            Ok(Means::Cashier(_)) | Err(_) => None,
        }
    }

    #[test]
    fn each_code_is_a_method_at_a_channel() {
        let check = |code, extra, method, channel: &str| {
            let way = way(code, extra).unwrap();
            assert_eq!((way.method, way.channel.as_deref()), (method, Some(channel)), "{code}");
        };
        check("ALI_QR", "", Method::Qr, "alipay");
        check("WX_NATIVE", "", Method::Qr, "wechat");
        check("WX_APP", "", Method::App, "wechat");
        let code = r#"{"authCode":"280812820366966512"}"#;
        check("ALI_BAR", code, Method::Barcode, "alipay");
        check("AUTO_BAR", code, Method::Barcode, "alipay");
        check("AUTO_BAR", r#"{"auth_code":"130812820366966512"}"#, Method::Barcode, "wechat");
        let payer = |code, extra| way(code, extra).unwrap().payer.openid;
        assert_eq!(payer("WX_JSAPI", r#"{"openid":"o1"}"#).as_deref(), Some("o1"));
        assert_eq!(payer("ALI_JSAPI", r#"{"buyerUserId":"2088"}"#).as_deref(), Some("2088"));
        for (code, extra) in [
            ("YSF_BAR", code),
            ("", ""),
            ("ali_qr", ""),
            ("ALI_BAR", ""),
            ("AUTO_BAR", r#"{"authCode":"6212345678901234567"}"#),
            ("AUTO_BAR", r#"{"authCode":"28a812820366966512"}"#),
            ("ALI_QR", "[]"),
            ("ALI_QR", "{"),
            ("WX_JSAPI", r#"{"openid":1}"#),
            ("WX_JSAPI", r#"{"openid":""}"#),
        ] {
            assert!(way(code, extra).is_none(), "{code} {extra}");
        }
        let cashier = means(&[("wayCode", "QR_CASHIER")].into());
        assert!(matches!(cashier, Ok(Means::Cashier(_))));
    }
}
