//! A system of Jeepay's merchant API: it orders in JSON and in forms, is told by forms, asks,
//! closes, and gives money back.

use md5::{Digest as _, Md5};
use paymux_sandbox::Channel;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use serde_json::{Value, json};

use super::ear::Ear;
use super::{JEEPAY_KEY, owned, post, post_form, setup, unform};

type Params = Vec<(String, String)>;

/// As the protocol says; no name here begins another one, so that sorting by lower case is Java's.
fn sign(params: &[(String, String)], key: &str) -> String {
    let mut texts: Vec<_> = params
        .iter()
        .filter(|(name, value)| name != "sign" && !value.is_empty())
        .map(|(name, value)| format!("{name}={value}&"))
        .collect();
    texts.sort_by_key(|it| it.to_lowercase());
    let digest = Md5::digest(format!("{}key={key}", texts.concat()));
    digest.iter().map(|it| format!("{it:02X}")).collect()
}

fn signed(params: &[(&str, &str)]) -> Params {
    let mut all = owned(&[
        ("mchNo", "M1621873433953"),
        ("appId", "60cc09bce4b0f1c0b83761c9"),
        ("version", "1.0"),
        ("signType", "MD5"),
        ("reqTime", "1622016572190"),
    ]);
    all.extend(owned(params));
    let sign = sign(&all, JEEPAY_KEY);
    all.extend(owned(&[("sign", &sign)]));
    all
}

/// In JSON, amounts as numbers.
async fn ask(rig: &Rig, path: &str, params: &[(String, String)]) -> Value {
    let value = |(name, value): &(String, String)| {
        let number = value.parse::<i64>().ok().filter(|_| name.to_lowercase().ends_with("amount"));
        (name.clone(), number.map_or_else(|| json!(value), |it| json!(it)))
    };
    let body: serde_json::Map<_, _> = params.iter().map(value).collect();
    let body = Value::from(body).to_string();
    let answer = post(rig, path, "application/json;charset=UTF-8", body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// The data of a success, after its signature was verified.
fn data(answer: &Value) -> Value {
    assert_eq!(answer["code"], 0, "{answer}");
    let members = answer["data"].as_object().expect("data");
    let text = |it: &Value| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
    let said: Params = members.iter().map(|(name, it)| (name.clone(), text(it))).collect();
    assert_eq!(answer["sign"].as_str(), Some(&*sign(&said, JEEPAY_KEY)), "{answer}");
    answer["data"].clone()
}

fn verified(body: &str, apart: &[&str]) -> Params {
    let mut params = unform(body);
    params.retain(|it| !apart.contains(&it.0.as_str()));
    let given = of(&params, "sign");
    assert_eq!(given, sign(&params, JEEPAY_KEY), "{body}");
    params
}

fn of(params: &[(String, String)], name: &str) -> String {
    params.iter().find(|it| it.0 == name).map(|it| it.1.clone()).unwrap_or_default()
}

fn order<'a>(
    number: &'a str,
    way: &'a str,
    more: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let mut params = vec![
        ("mchOrderNo", number),
        ("wayCode", way),
        ("amount", "100"),
        ("currency", "cny"),
        ("subject", "商品标题"),
        ("body", "商品描述"),
        ("clientIp", "210.73.10.148"),
        ("extParam", "user=7"),
    ];
    params.retain(|it| !more.iter().any(|other| other.0 == it.0));
    params.extend_from_slice(more);
    params
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn at_channels(rig: &Rig, id: &str) -> Vec<paymux_sandbox::OrderView> {
    let digits = id.trim_start_matches("pay_").to_owned();
    let orders = rig.sandbox.orders(0, 1000).into_iter();
    orders.filter(|it| it.out_trade_no.starts_with(&digits)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_of_jeepay_lives_on() {
    let (rig, ear) = (Rig::start(setup()).await, Ear::open().await);
    sells(&rig, &ear).await;
    gives_back(&rig, &ear).await;
    closes(&rig).await;
    refuses(&rig, &ear).await;
    assert!(!rig.logs().contains(JEEPAY_KEY));
}

async fn sells(rig: &Rig, ear: &Ear) {
    let notify = ear.url("/json");
    let wish = order("J-1", "ALI_QR", &[("notifyUrl", &notify)]);
    let made = data(&ask(rig, "/api/pay/unifiedOrder", &signed(&wish)).await);
    assert_eq!((&made["orderState"], &made["payDataType"]), (&1.into(), &"codeUrl".into()));
    assert!(text(&made["payData"]).contains("://"), "{made}");
    let id = text(&made["payOrderId"]);
    // Sent again, also with a field that Jeepay does not sign: the same order.
    let mut again = signed(&wish);
    again.push(("unknown".to_owned(), "x".to_owned()));
    let same = data(&ask(rig, "/api/pay/unifiedOrder", &again).await);
    assert_eq!(same["payOrderId"], made["payOrderId"]);
    let [at_channel] = &at_channels(rig, &id)[..] else { panic!("one order") };
    assert_eq!(at_channel.total_fen, 100);

    ear.script(&[(200, "fail"), (500, "success"), (200, "SUCCESS\n")]);
    rig.sandbox.pay(Channel::Alipay, &at_channel.out_trade_no).expect("it is paid");
    for call in ear.hears("/json", 3).await {
        assert_eq!(call.method, "POST");
        assert_eq!(call.content_type, "application/x-www-form-urlencoded");
        let told = verified(&call.body, &[]);
        for (name, value) in [
            ("payOrderId", id.as_str()),
            ("mchOrderNo", "J-1"),
            ("mchNo", "M1621873433953"),
            ("ifCode", "alipay"),
            ("wayCode", "ALI_QR"),
            ("amount", "100"),
            ("currency", "cny"),
            ("state", "2"),
            ("subject", "商品标题"),
            ("body", "商品描述"),
            ("clientIp", "210.73.10.148"),
            ("extParam", "user=7"),
        ] {
            assert_eq!(of(&told, name), value, "{name}: {told:?}");
        }
        assert_eq!((of(&told, "successTime").len(), of(&told, "reqTime").len()), (13, 13));
    }
    let paid = data(&ask(rig, "/api/pay/query", &signed(&[("mchOrderNo", "J-1")])).await);
    assert_eq!((&paid["state"], &paid["payOrderId"]), (&2.into(), &made["payOrderId"]));

    // By a form, with a URL that has a query of its own; and on the page where the payer chooses.
    let notify = ear.url("/form?shop=7");
    let wish = order("J-2", "WX_NATIVE", &[("notifyUrl", &notify)]);
    let answer = post_form(rig, "/api/pay/unifiedOrder", &signed(&wish)).await.json();
    let number = at_channels(rig, &text(&data(&answer)["payOrderId"])).remove(0).out_trade_no;
    rig.sandbox.pay(Channel::Wechat, &number).expect("it is paid");
    let call = ear.hears("/form", 1).await.remove(0);
    assert_eq!((call.query.as_str(), of(&unform(&call.body), "shop").as_str()), ("", "7"));
    assert_eq!(of(&verified(&call.body, &["shop"]), "ifCode"), "wxpay");
    let wish = order("J-3", "QR_CASHIER", &[]);
    let offered = data(&ask(rig, "/api/pay/unifiedOrder", &signed(&wish)).await);
    assert_eq!((&offered["payDataType"], &offered["orderState"]), (&"payurl".into(), &0.into()));
    assert!(text(&offered["payData"]).contains("/c/"), "{offered}");
}

async fn gives_back(rig: &Rig, ear: &Ear) {
    let notify = ear.url("/refund");
    let wish = |number, amount| {
        signed(&[
            ("mchOrderNo", "J-1"),
            ("mchRefundNo", number),
            ("refundAmount", amount),
            ("currency", "cny"),
            ("refundReason", "wrong size"),
            ("notifyUrl", &notify),
            ("extParam", "back"),
        ])
    };
    let path = "/api/refund/refundOrder";
    let made = data(&ask(rig, path, &wish("R-1", "30")).await);
    assert_eq!((&made["refundAmount"], &made["payAmount"]), (&30.into(), &100.into()), "{made}");
    let again = data(&ask(rig, path, &wish("R-1", "30")).await);
    assert_eq!(again["refundOrderId"], made["refundOrderId"], "one number, one refund");
    let other = ask(rig, path, &wish("R-1", "31")).await;
    assert_eq!((&other["code"], &other["problem"]), (&9999.into(), &"refund-no-taken".into()));
    let much = ask(rig, path, &wish("R-2", "71")).await;
    assert_eq!(much["problem"], "refund-exceeds-paid", "{much}");
    let told = verified(&ear.hears("/refund", 1).await[0].body, &[]);
    assert_eq!((of(&told, "state"), of(&told, "extParam")), ("2".into(), "back".into()));
    assert_eq!((of(&told, "mchRefundNo"), of(&told, "refundAmount")), ("R-1".into(), "30".into()));
    let query = signed(&[("mchRefundNo", "R-1")]);
    let known = data(&ask(rig, "/api/refund/query", &query).await);
    assert_eq!((&known["state"], &known["refundAmount"]), (&2.into(), &30.into()), "{known}");
    data(&ask(rig, path, &wish("R-3", "70")).await);
    let look = async || {
        let order = data(&ask(rig, "/api/pay/query", &signed(&[("mchOrderNo", "J-1")])).await);
        (order["state"] == 5).then_some(())
    };
    until("all of it is given back", look).await;
    let id = of(&verified(&ear.calls("/json")[0].body, &[]), "payOrderId");
    assert_eq!(at_channels(rig, &id)[0].refunded_fen, 100);
}

async fn closes(rig: &Rig) {
    let made =
        data(&ask(rig, "/api/pay/unifiedOrder", &signed(&order("J-4", "WX_NATIVE", &[]))).await);
    let by = signed(&[("payOrderId", &text(&made["payOrderId"]))]);
    let closed = data(&ask(rig, "/api/pay/close", &by).await);
    assert_eq!(closed["state"], 6, "{closed}");
    let order = at_channels(rig, &text(&made["payOrderId"])).remove(0);
    assert_eq!(order.status, paymux_sandbox::Status::Closed);
    assert_eq!(data(&ask(rig, "/api/pay/query", &by).await)["state"], 6);
    let paid = ask(rig, "/api/pay/close", &signed(&[("mchOrderNo", "J-2")])).await;
    assert_eq!((&paid["code"], &paid["problem"]), (&9999.into(), &"payment-paid".into()));
}

async fn refuses(rig: &Rig, ear: &Ear) {
    let before = rig.sandbox.orders(0, 1000).len();
    let refused = async |path: &str, params: &Params, code: i64, problem: &str, says: &str| {
        let told = ask(rig, path, params).await;
        assert_eq!((&told["code"], &told["problem"]), (&code.into(), &problem.into()), "{told}");
        assert!(text(&told["msg"]).contains(says) && told["data"].is_null(), "{told}");
    };
    let (unified, nobody) = ("/api/pay/unifiedOrder", "unauthenticated");
    let mut forged = signed(&order("J-9", "ALI_QR", &[]));
    forged.iter_mut().find(|it| it.0 == "amount").expect("an amount").1 = "1".to_owned();
    refused(unified, &forged, 9999, nobody, "wrong").await;
    let mut unsigned = signed(&[("mchOrderNo", "J-1")]);
    unsigned.retain(|it| it.0 != "sign");
    for path in ["/api/pay/query", "/api/pay/close", "/api/refund/query", "/api/division/exec"] {
        refused(path, &unsigned, 9999, nobody, "wrong").await;
    }
    let field = "invalid-field";
    for (name, value) in [
        ("amount", "0"),
        ("amount", "1.00"),
        ("amount", "-1"),
        ("amount", "10000000001"),
        ("currency", "usd"),
        ("wayCode", "UP_APP"),
        ("expiredTime", "59"),
        ("divisionMode", "1"),
        ("mchOrderNo", "J 9"),
        ("subject", ""),
        ("notifyUrl", "ftp://127.0.0.1/"),
        ("notifyUrl", "http://user:word@127.0.0.1/"),
        ("notifyUrl", "http://2130706433/"),
        ("clientIp", "here"),
        ("channelExtra", "["),
        ("subject", "tea&amount=1"),
        ("body", "a&later_field=1"),
        ("extParam", "&key="),
    ] {
        let params = signed(&order("J-9", "ALI_QR", &[(name, value)]));
        refused(unified, &params, 11, field, name).await;
    }
    let other = signed(&order("J-1", "ALI_QR", &[("amount", "200")]));
    refused(unified, &other, 9999, "order-no-taken", "another content").await;
    let of_nobody =
        signed(&[("mchOrderNo", "J-1"), ("payOrderId", "pay_01JGFJJZ00GH00000000000007")]);
    refused("/api/pay/query", &of_nobody, 9999, "not-found", "no such order").await;
    refused("/api/division/exec", &signed(&[]), 9999, "channel-unfit", "not shared").await;
    refused("/api/transferOrder", &signed(&[]), 9999, "channel-unfit", "/v1/transfers").await;
    assert!(ear.calls("/never").is_empty());
    assert_eq!(rig.sandbox.orders(0, 1000).len(), before, "nothing was opened");
}
