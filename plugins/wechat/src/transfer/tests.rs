use paymux_channel::{Operation, TransferOutcome};
use paymux_core::Timestamp;
use paymux_core::payment::Refusal;
use paymux_core::transfer::{Fact, Payee};
use serde_json::{Value, json};

use super::*;
use crate::tests::{
    GENUINE, NOW, answer, built, call, changed, failure, fen as cny, limit, parse, transfer,
};

const DONE: &str = r#"{"mch_id":"1900000109","out_bill_no":"BILL_NO",
    "transfer_bill_no":"1330000071100999991182020050700019480001","appid":"wxd678efh567hg6787",
    "state":"SUCCESS","transfer_amount":2000,"transfer_remark":"x","openid":"o",
    "create_time":"2025-01-01T07:59:50+08:00","update_time":"2025-01-01T07:59:57+08:00"}"#;
const NO: &str = "1330000071100999991182020050700019480001";

fn with(change: impl FnOnce(&mut TransferCall)) -> Operation {
    let mut transfer = transfer();
    change(&mut transfer);
    Operation::Transfer(Box::new(transfer))
}

fn all() -> [Operation; 3] {
    let it = || Box::new(transfer());
    [Operation::Transfer(it()), Operation::QueryTransfer(it()), Operation::CancelTransfer(it())]
}

fn said(changes: Value) -> Result<Outcome, ParseError> {
    let text = DONE.replace("BILL_NO", &transfer().out_bill_no());
    let response = answer(&changed(&text, changes));
    let [asked, queried, cancelled] = all().map(|operation| parse(&operation, &response));
    assert_eq!(asked, queried);
    assert_eq!(asked, cancelled);
    asked
}

fn fact(fact: Fact) -> Outcome {
    Outcome::Transfer(TransferOutcome::Fact(fact))
}

#[test]
fn what_is_sent() {
    let [asked, queried, cancelled] = all().map(|it| built(&it));
    let path = |request: &http::Request<bytes::Bytes>| {
        format!("{} {}", request.method(), request.uri().path_and_query().unwrap())
    };
    let number = transfer().out_bill_no();
    assert_eq!(path(&asked), format!("POST {PATH}"));
    assert_eq!(path(&queried), format!("GET {PATH}/out-bill-no/{number}"));
    assert_eq!(path(&cancelled), format!("POST {PATH}/out-bill-no/{number}/cancel"));
    let expected = json!({
        "appid": crate::tests::config("appid"),
        "out_bill_no": number,
        "transfer_scene_id": "1005",
        "openid": "oUpF8uMuAJO_M29aw263DmM3J6Lc",
        "transfer_amount": 2000,
        "transfer_remark": "九月的佣金",
        "notify_url": "https://pay.example.com/notify/wechat",
        "transfer_scene_report_infos": [
            {"info_type": "岗位类型", "info_content": "骑手"},
            {"info_type": "报酬说明", "info_content": "九月"},
        ],
    });
    assert_eq!(serde_json::from_slice::<Value>(asked.body()).unwrap(), expected);
    let red = built(&with(|it| it.kind = Kind::RedPacket));
    let red: Value = serde_json::from_slice(red.body()).unwrap();
    assert_eq!(red["user_recv_style"]["type"], "RED_PACKET");
}

/// A name travels sealed, with the number of the key that opens it, and only where it is wanted.
#[test]
fn a_name_is_sealed() {
    let named = |minor, name: &str| {
        with(|it| {
            it.amount = cny(minor);
            it.payee.name = Some(name.into());
        })
    };
    let request = built(&named(2000, "张三"));
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    assert!(body["user_name"].as_str().unwrap().len() > 300);
    assert!(!String::from_utf8_lossy(request.body()).contains("张三"));
    assert_eq!(request.headers()["wechatpay-serial"], crate::tests::PUBLIC_KEY_ID);
    let body: Value = serde_json::from_slice(built(&named(29, "张三")).body()).unwrap();
    assert_eq!(body.get("user_name"), None);
}

#[test]
fn what_does_not_fit() {
    let check = |operation: Operation, field| assert_eq!(limit(&operation, &call()), field);
    check(with(|_| ()), None);
    check(with(|it| it.amount = cny(200_000)), Some("payee.name"));
    check(with(|it| it.amount = cny(0)), Some("amount"));
    check(with(|it| it.title = "长".repeat(33)), Some("title"));
    check(with(|it| it.scene = None), Some("scene"));
    check(with(|it| it.scene.as_mut().unwrap().id = "x".into()), Some("scene"));
    check(with(|it| it.scene.as_mut().unwrap().reports.clear()), Some("scene"));
    check(with(|it| it.payee.identity = String::new()), Some("payee.account"));
    let card = |it: &mut TransferCall| {
        it.payee = Payee { kind: PayeeKind::BankCard, ..it.payee.clone() };
    };
    check(with(card), Some("payee.type"));
}

#[test]
fn what_the_states_mean() {
    let check = |state: &str, expected: Fact| {
        assert_eq!(said(json!({"state": state})), Ok(fact(expected)), "{state}");
    };
    let no = || Some(NO.to_owned());
    for state in ["ACCEPTED", "PROCESSING", "TRANSFERING", "CANCELING"] {
        check(state, Fact::Accepted { channel_transfer_no: no() });
    }
    check("WAIT_USER_CONFIRM", Fact::Waiting { channel_transfer_no: no(), package: None });
    let at = Timestamp(NOW.0 - 3000);
    check("SUCCESS", Fact::Succeeded { amount: cny(2000), channel_transfer_no: no(), at });
    let refusal =
        |code: &str, message: &str| Refusal { code: code.into(), message: message.into() };
    check("FAIL", Fact::Closed(refusal("FAIL", "")));
    check("CANCELLED", Fact::Closed(refusal("CANCELLED", "")));
    let reason = said(json!({"state": "FAIL", "fail_reason": "PAYEE_ACCOUNT_ABNORMAL"}));
    let expected = refusal("PAYEE_ACCOUNT_ABNORMAL", "PAYEE_ACCOUNT_ABNORMAL");
    assert_eq!(reason, Ok(fact(Fact::Closed(expected))));
    let package = said(json!({"state": "WAIT_USER_CONFIRM", "package_info": "affff"}));
    let package_info = Some("affff".to_owned());
    assert_eq!(
        package,
        Ok(fact(Fact::Waiting { channel_transfer_no: no(), package: package_info }))
    );
    assert_eq!(said(json!({"state": "NEW"})), Ok(Outcome::Unknown { code: "NEW".into() }));
    let another = said(json!({"out_bill_no": "X"}));
    assert_eq!(another, Err(ParseError::Malformed("it answers for another transfer")));
}

#[test]
fn a_refusal_is_one_of_the_sending_alone() {
    let said = |status, code| GENUINE.answer(status, failure(code));
    let response = said(403, "NOT_ENOUGH");
    let [asked, queried, cancelled] = all().map(|operation| parse(&operation, &response));
    let Ok(Outcome::Transfer(TransferOutcome::Fact(Fact::Refused(refusal)))) = asked else {
        panic!("{asked:?}")
    };
    assert_eq!(refusal.code, "NOT_ENOUGH");
    for outcome in [queried, cancelled] {
        assert_eq!(outcome, Ok(Outcome::Unknown { code: "NOT_ENOUGH".into() }));
    }
    let absent = Ok(Outcome::Transfer(TransferOutcome::Absent));
    assert_eq!(parse(&all()[1], &said(404, "NOT_FOUND")), absent);
}
