use paymux_channel::{Channel as _, Operation};

use super::*;
use crate::settings;
use crate::tests::{PUBLIC_KEY_ID, account, attempt, built, call, config, operations, pem, sent};

/// The parameter of an `Authorization`, without its quotes.
fn parameter(request: &http::Request<Bytes>, name: &str) -> String {
    let text = request.headers()[AUTHORIZATION].to_str().unwrap();
    let text = text.strip_prefix("WECHATPAY2-SHA256-RSA2048 ").unwrap();
    let pairs = text.split(',').filter_map(|it| it.split_once('='));
    let (_, value) = pairs.into_iter().find(|(it, _)| *it == name).unwrap();
    value.trim_matches('"').to_owned()
}

/// What travels is what is signed, the base's own path included.
#[test]
fn the_request_line_and_the_body_are_signed() {
    let mut account = account();
    let key = paymux_channel::rsa::PrivateKey::parse(&pem("merchant.key")).unwrap();
    for base in ["https://api.mch.weixin.qq.com", "http://127.0.0.1:9100/wechat"] {
        account.base = base.to_owned();
        for operation in operations() {
            let request = sent(account.build(&operation, &call()));
            let target = request.uri().path_and_query().unwrap().as_str();
            assert_eq!(request.uri().to_string(), format!("{base}/v3{}", after_v3(target)));
            let body = std::str::from_utf8(request.body()).unwrap();
            let message = format!(
                "{}\n{target}\n{}\n{}\n{body}\n",
                request.method(),
                parameter(&request, "timestamp"),
                parameter(&request, "nonce_str"),
            );
            let signature = key.sign(message.as_bytes()).unwrap();
            assert_eq!(parameter(&request, "signature"), signature);
        }
    }
}

fn after_v3(target: &str) -> &str {
    target.split_once("/v3").unwrap().1
}

#[test]
fn who_calls_and_when() {
    let request = built(&Operation::Query { attempt: attempt() });
    let check = |name, expected: &str| assert_eq!(parameter(&request, name), expected);
    check("mchid", &config("mchid"));
    check("serial_no", &config("merchant_serial"));
    check("timestamp", "1735689600");
    check("nonce_str", &"07".repeat(16));
}

#[test]
fn what_every_request_carries() {
    for operation in operations() {
        let request = built(&operation);
        let header = |name: &str| request.headers().get(name).map(|it| it.to_str().unwrap());
        assert_eq!(header("accept"), Some("application/json"));
        assert!(header("user-agent").unwrap().starts_with("paymux/"));
        assert_eq!(header("wechatpay-serial"), Some(PUBLIC_KEY_ID));
        let json = (request.method() == Method::POST).then_some("application/json");
        assert_eq!(header("content-type"), json);
        assert_eq!(request.body().is_empty(), json.is_none());
    }
}

/// Without a public key there is nothing to choose.
#[test]
fn certificates_need_no_choice() {
    let account = settings::read(&crate::tests::bare_settings(), &[]).unwrap();
    for operation in operations() {
        let request = sent(account.build(&operation, &call()));
        assert!(!request.headers().contains_key("wechatpay-serial"));
    }
}

#[test]
fn addresses_they_can_call() {
    let check = |url: &str, fits: bool| assert_eq!(notify_url(url).is_ok(), fits, "{url}");
    check("https://pay.example.com/notify/wechat", true);
    check("http://127.0.0.1:9000/notify/wechat", true);
    check(&format!("https://{}", "a".repeat(247)), true);
    check(&format!("https://{}", "a".repeat(248)), false);
    check("https://pay.example.com/notify?x=1", false);
    check("https://pay.example.com/notify#x", false);
    check("https://pay.example.com/通知", false);
    check("https://pay.example.com/a b", false);
    check("/notify", false);
    check("", false);
}
