use bytes::Bytes;
use paymux_channel::{Call, Outcome, ParseError, Request, VerifyError};
use paymux_core::payment::Action;
use serde_json::{Value, json};

use super::query::Part;
use super::*;
use crate::tests::vectors::{request, seconds};
use crate::tests::{
    GENUINE, MINI, NOW, answer, body_of, call, cases, failure, fen, full, notification, pem, sent,
    unsigned,
};

fn combiner() -> Combiner {
    Combiner(full())
}

fn sub_order(number: u32) -> SubOrder {
    SubOrder {
        mch_id: format!("190000010{number}"),
        sub_mch_id: (number == 2).then(|| "1900000200".to_owned()),
        out_trade_no: format!("S{number}"),
        amount: fen(10 * i64::from(number)),
        description: "茶".into(),
        attach: "a".into(),
        profit_sharing: number == 2,
    }
}

fn order(product: Product) -> CombinedOrder {
    CombinedOrder {
        out_trade_no: "C20250101000000001".into(),
        product,
        client_ip: Some("203.0.113.7".into()),
        expires_at: Timestamp(NOW.0 + 1_800_000),
        identity: None,
        sub_orders: vec![sub_order(1), sub_order(2)],
    }
}

fn built(order: &CombinedOrder) -> Request {
    sent(combiner().build_order(order, &call()))
}

#[test]
fn an_order_of_each_product() {
    for (product, path, app, payer) in [
        (Product::Native, "native", "wx0123456789abcdef", json!(null)),
        (Product::App, "app", crate::tests::OPEN, json!(null)),
        (Product::H5, "h5", "wx0123456789abcdef", json!(null)),
        (Product::Jsapi("o".into()), "jsapi", "wx0123456789abcdef", json!({ "openid": "o" })),
        (Product::MiniProgram("o".into()), "jsapi", MINI, json!({ "openid": "o" })),
    ] {
        let request = built(&order(product.clone()));
        assert_eq!(request.uri().path(), format!("/v3/combine-transactions/{path}"));
        let body = body_of(&request);
        assert_eq!(body["combine_appid"], app);
        assert_eq!(body["combine_payer_info"], payer);
        let h5 = product == Product::H5;
        assert_eq!(body["scene_info"].get("h5_info").is_some(), h5, "{product:?}");
    }
    let expected = json!({
        "combine_appid": "wx0123456789abcdef",
        "combine_mchid": "1900000109",
        "combine_out_trade_no": "C20250101000000001",
        "scene_info": { "payer_client_ip": "203.0.113.7" },
        "sub_orders": [
            { "mchid": "1900000101", "attach": "a", "out_trade_no": "S1", "description": "茶",
              "amount": { "total_amount": 10, "currency": "CNY" } },
            { "mchid": "1900000102", "attach": "a", "out_trade_no": "S2", "description": "茶",
              "amount": { "total_amount": 20, "currency": "CNY" }, "sub_mchid": "1900000200",
              "settle_info": { "profit_sharing": true } },
        ],
        "time_expire": "2025-01-01T08:30:00+08:00",
        "notify_url": "https://pay.example.com/notify/wechat",
    });
    assert_eq!(body_of(&built(&order(Product::Native))), expected);
}

#[test]
fn who_may_pay_is_sealed() {
    let identity = Identity {
        kind: "IDCARD",
        number: Secret::new("110101199003077758"),
        name: Secret::new("张三"),
    };
    let request = built(&CombinedOrder { identity: Some(identity), ..order(Product::Native) });
    assert_eq!(request.headers()["wechatpay-serial"], crate::tests::PUBLIC_KEY_ID);
    let body = body_of(&request);
    let sealed = &body["combine_payer_info"]["identity"];
    let key = paymux_channel::rsa::PrivateKey::parse(&pem("wxpub.key")).unwrap();
    let open = |name: &str| key.open(sealed[name].as_str().unwrap()).unwrap().to_vec();
    assert_eq!(open("number"), b"110101199003077758");
    assert_eq!(open("name"), "张三".as_bytes());
    assert_eq!(sealed["type"], "IDCARD");
}

#[test]
fn what_does_not_fit() {
    let check = |change: &dyn Fn(&mut CombinedOrder), field: &str| {
        let mut bent = order(Product::H5);
        change(&mut bent);
        match combiner().build_order(&bent, &call()) {
            Err(BuildError::Limit { field: found, .. }) => assert_eq!(found, field),
            _ => panic!("{field}"),
        }
    };
    check(&|it| it.sub_orders.truncate(1), "sub_orders");
    check(&|it| it.sub_orders = (0..51).map(sub_order).collect(), "sub_orders");
    check(&|it| it.sub_orders[1] = it.sub_orders[0].clone(), "out_trade_no");
    check(&|it| it.out_trade_no = "C/1".into(), "out_trade_no");
    check(&|it| it.sub_orders[0].out_trade_no = "1".repeat(33), "out_trade_no");
    check(&|it| it.sub_orders[0].attach = String::new(), "attach");
    check(&|it| it.sub_orders[0].attach = "x".repeat(129), "attach");
    check(&|it| it.sub_orders[0].description = "🎁".into(), "subject");
    check(&|it| it.sub_orders[0].amount = fen(0), "amount");
    check(&|it| it.client_ip = None, "payer.client_ip");
    check(&|it| it.product = Product::Jsapi(String::new()), "payer.openid");
    check(&|it| it.expires_at = NOW, "expires_at");
}

#[test]
fn answers_to_an_order() {
    let parse = |product: Product, body: Value| {
        combiner().parse_order(&order(product), &call(), &answer(&body.to_string()))
    };
    let code = parse(Product::Native, json!({ "code_url": "weixin://wxpay/bizpayurl/up?pr=1" }));
    assert!(matches!(code, Ok(Outcome::Accepted(Action::QrCode(_)))));
    let page = parse(Product::H5, json!({ "h5_url": "https://wx.tenpay.com/c?prepay_id=1" }));
    let expected = Action::Redirect("https://wx.tenpay.com/c?prepay_id=1".into());
    assert_eq!(page, Ok(Outcome::Accepted(expected)), "the way back is the caller's");
    for product in [Product::App, Product::Jsapi("o".into()), Product::MiniProgram("o".into())] {
        let package = parse(product, json!({ "prepay_id": "wx1" }));
        assert!(matches!(package, Ok(Outcome::Accepted(Action::Invoke(_)))));
    }
}

fn reported(state: &str) -> Value {
    let sub = |number: u32| {
        json!({ "mchid": format!("190000010{number}"), "out_trade_no": format!("S{number}"),
            "trade_state": state, "transaction_id": format!("42{number}"),
            "success_time": "2025-01-01T07:59:57+08:00",
            "amount": { "total_amount": 10, "payer_amount": 9, "currency": "CNY" } })
    };
    json!({ "combine_appid": "wx0123456789abcdef", "combine_mchid": "1900000109",
        "combine_out_trade_no": "C1", "sub_orders": [sub(1), sub(2)] })
}

#[test]
fn a_question_and_its_answers() {
    let request = sent(combiner().build_query("C1", &call()));
    assert_eq!(request.uri().path(), "/v3/combine-transactions/out-trade-no/C1");
    assert!(combiner().build_query("C/1", &call()).is_err());
    let parse = |body: &Value| combiner().parse_query("C1", &call(), &answer(&body.to_string()));
    let Ok(Some(combined)) = parse(&reported("SUCCESS")) else { panic!() };
    let states: Vec<_> = combined.subs.iter().map(|it| &it.state).collect();
    for state in states {
        let SubState::Paid(receipt) = state else { panic!() };
        assert_eq!((receipt.amount, receipt.paid_at), (fen(10), Timestamp(NOW.0 - 3000)));
    }
    for (state, expected) in [
        ("NOTPAY", SubState::Unpaid),
        ("PAYERROR", SubState::Unpaid),
        ("CLOSED", SubState::Closed),
        ("NEW", SubState::Unknown { code: "NEW".into() }),
    ] {
        let Ok(Some(combined)) = parse(&reported(state)) else { panic!() };
        assert!(combined.subs.iter().all(|it: &Part| it.state == expected), "{state}");
    }
    for (field, value) in
        [("combine_mchid", "1"), ("combine_appid", "wx1"), ("combine_out_trade_no", "C2")]
    {
        let mut other = reported("SUCCESS");
        other[field] = json!(value);
        assert!(parse(&other).is_err(), "{field}");
    }
    for field in ["amount", "transaction_id", "trade_state"] {
        let mut half = reported("SUCCESS");
        half["sub_orders"][1].as_object_mut().unwrap().remove(field);
        assert!(parse(&half).is_err(), "{field}");
    }
    let absent = unsigned(404, failure("ORDER_NOT_EXIST"));
    assert_eq!(combiner().parse_query("C1", &call(), &absent), Ok(None));
    let failed = unsigned(500, failure("SYSTEM_ERROR"));
    assert!(combiner().parse_query("C1", &call(), &failed).is_err());
}

#[test]
fn a_close_names_every_part() {
    let request = sent(combiner().build_close(&order(Product::Native), &call()));
    let path = "/v3/combine-transactions/out-trade-no/C20250101000000001/close";
    assert_eq!(request.uri().path(), path);
    let expected = json!({
        "combine_appid": "wx0123456789abcdef",
        "sub_orders": [
            { "mchid": "1900000101", "out_trade_no": "S1" },
            { "mchid": "1900000102", "out_trade_no": "S2", "sub_mchid": "1900000200" },
        ],
    });
    assert_eq!(body_of(&request), expected);
    let parse = |response| combiner().parse_close(&call(), &response);
    assert_eq!(parse(GENUINE.answer(204, "")), Ok(Outcome::Closed));
    assert_eq!(parse(GENUINE.answer(400, failure("ORDER_PAID"))), Ok(Outcome::AlreadyPaid));
    assert_eq!(parse(answer("{}")), Err(ParseError::Malformed("it answers something else")));
}

/// The vector of the SDKs, and every byte of it.
#[test]
fn a_notification_tells_of_all_parts() {
    let cases = cases(include_str!("../../vectors/v3_notify.json"));
    let case = cases.iter().find(|it| it["name"] == "pay_success_combine").unwrap();
    let (genuine, now) = (request(case), seconds(case, "now"));
    let told = combiner().verify(&genuine, now).unwrap();
    assert_eq!(told.out_trade_no, "C20250101000000001");
    let part = |it: &Part| {
        let SubState::Paid(receipt) = &it.state else { panic!("{it:?}") };
        (it.mch_id.clone(), it.out_trade_no.clone(), receipt.amount)
    };
    let paid: Vec<_> = told.subs.iter().map(part).collect();
    let expected = [("1900000109", "S1", fen(10)), ("1900000110", "S2", fen(20))];
    assert_eq!(paid, expected.map(|(mch, no, amount)| (mch.to_owned(), no.to_owned(), amount)));
    for place in (0..genuine.body().len()).step_by(11) {
        let mut bent = genuine.clone();
        let mut body = genuine.body().to_vec();
        body[place] ^= 1;
        *bent.body_mut() = Bytes::from(body);
        assert_eq!(combiner().verify(&bent, now), Err(VerifyError::Signature), "{place}");
    }
    // What is about a single order is not for this reader.
    let single = notification("TRANSACTION.SUCCESS", "transaction", "{}");
    assert!(matches!(combiner().verify(&single, NOW), Err(VerifyError::Malformed(_))));
    let sharing = notification("TRANSACTION.SUCCESS", "profitsharing", "{}");
    assert_eq!(combiner().verify(&sharing, NOW), Err(VerifyError::Unsupported));
}

#[test]
fn it_opens_by_an_accounts_settings() {
    assert!(Combiner::open(&crate::tests::full_settings(), &[]).is_ok());
    assert!(Combiner::open(&Settings::default(), &[]).is_err());
    let later = Call { now: NOW, ..call() };
    assert!(combiner().build_query("C1", &later).is_ok());
}
