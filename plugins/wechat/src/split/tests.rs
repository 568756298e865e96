use paymux_channel::{Channel as _, Operation, Pay, ReceiverCall, Relation, Secret, SplitOutcome};
use paymux_core::payment::Refusal;
use paymux_core::split::{Fact, LineState, Receiver, Told};
use paymux_core::{SplitId, Timestamp};
use serde_json::{Value, json};

use super::*;
use crate::settings;
use crate::tests::{
    GENUINE, NOW, answer, attempt, body_of, call, changed, failure, fen as cny, limit_by,
    partner_settings, pay, sent_by,
};

fn sharing() -> Account {
    let mut settings = crate::tests::settings();
    settings.set("max_split_bp", Secret::new("3000"));
    settings::read(&settings, &[]).unwrap()
}

fn sub_sharing() -> Account {
    let mut settings = partner_settings();
    settings.set("max_split_bp", Secret::new("10000"));
    settings::read(&settings, &[]).unwrap()
}

fn line(kind: ReceiverKind, account: &str, amount: i64) -> Line {
    Line {
        receiver_no: "lin".parse().unwrap(),
        receiver: Receiver { kind, account: account.into() },
        amount: cny(amount),
        state: LineState::Pending,
    }
}

fn id(number: u16) -> SplitId {
    SplitId { payment: attempt().payment, number }
}

fn split(kind: Kind, lines: Vec<Line>) -> Box<SplitCall> {
    Box::new(SplitCall {
        split: id(2),
        kind,
        lines,
        description: "九月的佣金".into(),
        channel_trade_no: "4208450740201411110007820472".into(),
    })
}

fn shares(finish: bool) -> Box<SplitCall> {
    let lines = vec![
        line(ReceiverKind::Merchant, "1900000110", 100),
        line(ReceiverKind::OpenId, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", 20),
    ];
    split(Kind::Share { finish }, lines)
}

fn back() -> Box<SplitCall> {
    let lines = vec![line(ReceiverKind::Merchant, "1900000110", 40)];
    split(Kind::Return { of: id(1), line: 0 }, lines)
}

fn sent(account: &Account, operation: &Operation) -> (String, Value) {
    let request = sent_by(account, operation);
    let path = request.uri().path_and_query().unwrap();
    let body = if request.body().is_empty() { Value::Null } else { body_of(&request) };
    (format!("{} {path}", request.method()), body)
}

#[test]
fn what_is_sent() {
    let number = id(2).out_order_no();
    let mut expected = json!({
        "appid": crate::tests::config("appid"),
        "transaction_id": "4208450740201411110007820472",
        "out_order_no": number,
        "receivers": [
            {"type": "MERCHANT_ID", "account": "1900000110", "amount": 100,
             "description": "九月的佣金"},
            {"type": "PERSONAL_OPENID", "account": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "amount": 20,
             "description": "九月的佣金"},
        ],
        "unfreeze_unsplit": false,
    });
    let share = (format!("POST {PATH}"), expected.clone());
    assert_eq!(sent(&sharing(), &Operation::Split(shares(false))), share);
    expected["unfreeze_unsplit"] = true.into();
    assert_eq!(sent(&sharing(), &Operation::Split(shares(true))).1, expected);
    let finish = json!({
        "transaction_id": "4208450740201411110007820472",
        "out_order_no": number,
        "description": "九月的佣金",
    });
    let unfreeze = (format!("POST {PATH}/unfreeze"), finish);
    assert_eq!(sent(&sharing(), &Operation::Split(split(Kind::Finish, vec![]))), unfreeze);
    let returned = json!({
        "out_order_no": id(1).out_order_no(),
        "out_return_no": number,
        "return_mchid": "1900000110",
        "amount": 40,
        "description": "九月的佣金",
    });
    let back_again = (format!("POST {}", shared::RETURNS), returned);
    assert_eq!(sent(&sharing(), &Operation::Split(back())), back_again);
    let asked = format!("GET {PATH}/{number}?transaction_id=4208450740201411110007820472");
    let query = Operation::QuerySplit(shares(false));
    assert_eq!(sent(&sharing(), &query), (asked.clone(), Value::Null));
    let sub = &sub_sharing().sub.as_ref().unwrap().mch_id.clone();
    assert_eq!(sent(&sub_sharing(), &query).0, format!("{asked}&sub_mchid={sub}"));
    assert_eq!(sent(&sub_sharing(), &Operation::Split(back())).1["sub_mchid"], **sub);
    let first = id(1).out_order_no();
    let asked = format!("GET {}/{number}?out_order_no={first}", shared::RETURNS);
    assert_eq!(sent(&sharing(), &Operation::QuerySplit(back())).0, asked);
}

#[test]
fn what_does_not_fit() {
    let check = |operation: Operation, field| {
        assert_eq!(limit_by(&sharing(), &operation, &call()), Some(field));
    };
    let share = Kind::Share { finish: false };
    let person = vec![line(ReceiverKind::OpenId, "o", 1)];
    check(Operation::Split(split(Kind::Return { of: id(1), line: 0 }, person)), "receiver_no");
    check(Operation::Split(split(share, vec![line(ReceiverKind::UserId, "2088", 1)])), "type");
    check(Operation::Split(split(share, vec![line(ReceiverKind::SubOpenId, "o", 1)])), "type");
    let wordy = SplitCall { description: "长".repeat(81), ..*shares(false) };
    check(Operation::Split(Box::new(wordy)), "description");
    let plain = crate::tests::account();
    let unsupported = plain.build(&Operation::Split(shares(false)), &call());
    assert!(matches!(unsupported, Err(BuildError::Unsupported)));
    let splittable = Operation::Pay(Pay { splittable: true, ..pay() });
    assert_eq!(limit_by(&plain, &splittable, &call()), Some("splittable"));
    let (_, order) = sent(&sharing(), &splittable);
    assert_eq!(order["settle_info"], json!({"profit_sharing": true}));
    let (_, order) = sent(&sharing(), &Operation::Pay(pay()));
    assert_eq!(order.get("settle_info"), None);
}

const DONE: &str = r#"{"transaction_id":"4208450740201411110007820472","out_order_no":"SPLIT_NO",
    "order_id":"3008450740201411110007820472","state":"FINISHED","receivers":[
    {"type":"MERCHANT_ID","account":"1900000110","amount":100,"description":"x","result":"SUCCESS",
     "detail_id":"1","create_time":"2025-01-01T07:59:50+08:00",
     "finish_time":"2025-01-01T07:59:57+08:00"},
    {"type":"PERSONAL_OPENID","account":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o","amount":20,
     "result":"CLOSED","fail_reason":"NO_RELATION"},
    {"type":"MERCHANT_ID","account":"OWN","amount":8768,"result":"SUCCESS"}]}"#;
const BACK: &str = r#"{"out_order_no":"X","out_return_no":"SPLIT_NO","order_id":"3",
    "return_id":"3008450740201411110007820473","return_mchid":"1900000110","amount":40,
    "result":"SUCCESS","finish_time":"2025-01-01T07:59:57+08:00"}"#;

fn said(operation: &Operation, text: &str, changes: Value) -> Result<Outcome, ParseError> {
    let text = text.replace("SPLIT_NO", &id(2).out_order_no()).replace("OWN", &sharing().mch_id);
    sharing().parse(operation, &call(), &answer(&changed(&text, changes)))
}

fn fact(fact: Fact) -> Outcome {
    Outcome::Split(SplitOutcome::Fact(fact))
}

fn told(line: &Line, state: LineState) -> Told {
    Told { receiver: line.receiver.clone(), amount: line.amount, state }
}

#[test]
fn what_the_answers_mean() {
    let paid = || LineState::Succeeded { at: Timestamp(NOW.0 - 3000) };
    let refusal = |code: &str| Refusal { code: code.into(), message: String::new() };
    let [merchant, person] = &shares(false).lines[..] else { panic!() };
    let progress = |done, lines| Fact::Progress {
        channel_split_no: Some("3008450740201411110007820472".into()),
        done,
        lines,
    };
    let lines =
        vec![told(merchant, paid()), told(person, LineState::Closed(refusal("NO_RELATION")))];
    for operation in [Operation::Split(shares(false)), Operation::QuerySplit(shares(false))] {
        assert_eq!(said(&operation, DONE, json!({})), Ok(fact(progress(true, lines.clone()))));
        let another = Err(ParseError::Malformed("it answers for another split"));
        assert_eq!(said(&operation, DONE, json!({"out_order_no": "X"})), another);
    }
    // "Finished" alone pays nobody, and what is in no document is not final.
    let pending = json!([{"type": "MERCHANT_ID", "account": "1900000110", "amount": 100,
        "result": "ADJUST"}]);
    let waits = Ok(fact(progress(true, vec![told(merchant, LineState::Pending)])));
    let query = Operation::QuerySplit(shares(false));
    assert_eq!(said(&query, DONE, json!({"receivers": pending})), waits);
    let finish = Operation::Split(split(Kind::Finish, vec![]));
    let changes = json!({"state": "PROCESSING", "receivers": []});
    assert_eq!(said(&finish, DONE, changes), Ok(fact(progress(false, vec![]))));
    let returned = |changes| said(&Operation::Split(back()), BACK, changes);
    let no = Some("3008450740201411110007820473".to_owned());
    let lines = vec![told(&back().lines[0], paid())];
    let done = Fact::Progress { channel_split_no: no.clone(), done: true, lines };
    assert_eq!(returned(json!({})), Ok(fact(done)));
    let accepted = Fact::Accepted { channel_split_no: no };
    assert_eq!(returned(json!({"result": "PROCESSING"})), Ok(fact(accepted)));
    let failed = json!({"result": "FAILED", "fail_reason": "TIME_OUT_CLOSED"});
    assert_eq!(returned(failed), Ok(fact(Fact::Closed(refusal("TIME_OUT_CLOSED")))));
}

#[test]
fn a_refusal_is_one_of_the_sending_alone() {
    let said = |operation, status, code| {
        sharing().parse(&operation, &call(), &GENUINE.answer(status, failure(code)))
    };
    let unknown = |code: &str| Ok(Outcome::Unknown { code: code.into() });
    let refused = said(Operation::Split(shares(false)), 403, "NOT_ENOUGH");
    assert!(
        matches!(&refused, Ok(Outcome::Split(SplitOutcome::Fact(Fact::Refused(it))))
            if it.code == "NOT_ENOUGH"),
        "{refused:?}"
    );
    let query = || Operation::QuerySplit(shares(false));
    assert_eq!(said(query(), 403, "NOT_ENOUGH"), unknown("NOT_ENOUGH"));
    let absent = Ok(Outcome::Split(SplitOutcome::Absent));
    assert_eq!(said(query(), 404, "RESOURCE_NOT_EXISTS"), absent);
    let share = || Operation::Split(shares(false));
    assert_eq!(said(share(), 404, "RESOURCE_NOT_EXISTS"), unknown("RESOURCE_NOT_EXISTS"));
    let stuck = said(share(), 400, "INVALID_REQUEST");
    assert!(matches!(&stuck, Ok(Outcome::Split(SplitOutcome::Fact(Fact::Stuck(_))))), "{stuck:?}");
    assert_eq!(said(share(), 403, "RULE_LIMIT"), unknown("RULE_LIMIT"), "later, it may be taken");
}

#[test]
fn receivers_are_bound_and_unbound() {
    let receiver = |kind, name: Option<&str>| {
        let receiver = Receiver { kind, account: "1900000110".into() };
        let name = name.map(Secret::new);
        Box::new(ReceiverCall { receiver, name, relation: Relation::StoreOwner })
    };
    let bind = Operation::Bind(receiver(ReceiverKind::Merchant, Some("林记茶业")));
    let request = sent_by(&sharing(), &bind);
    assert_eq!(request.headers()["wechatpay-serial"], crate::tests::PUBLIC_KEY_ID);
    assert!(!String::from_utf8_lossy(request.body()).contains("林记茶业"));
    let (path, mut body) = sent(&sharing(), &bind);
    assert_eq!(path, "POST /v3/profitsharing/receivers/add");
    let name = body.as_object_mut().unwrap().remove("name").unwrap();
    assert!(name.as_str().unwrap().len() > 300);
    let mut expected = json!({
        "appid": crate::tests::config("appid"),
        "type": "MERCHANT_ID",
        "account": "1900000110",
        "relation_type": "STORE_OWNER",
    });
    assert_eq!(body, expected);
    let unbind = Operation::Unbind(receiver(ReceiverKind::Merchant, Some("林记茶业")));
    expected.as_object_mut().unwrap().remove("relation_type");
    let deleted = ("POST /v3/profitsharing/receivers/delete".to_owned(), expected);
    assert_eq!(sent(&sharing(), &unbind), deleted);
    let nameless = Operation::Bind(receiver(ReceiverKind::Merchant, None));
    assert_eq!(limit_by(&sharing(), &nameless, &call()), Some("name"));
    // Its own line says nothing of a share: the rest stands there, too.
    let mut own = receiver(ReceiverKind::Merchant, Some("林记茶业"));
    own.receiver.account = crate::tests::config("mchid");
    assert_eq!(limit_by(&sharing(), &Operation::Bind(own), &call()), Some("receiver"));
    let person = Operation::Bind(receiver(ReceiverKind::OpenId, None));
    assert_eq!(limit_by(&sharing(), &person, &call()), None);
    let known = answer(r#"{"type":"MERCHANT_ID","account":"1900000110"}"#);
    assert_eq!(sharing().parse(&bind, &call(), &known), Ok(Outcome::Bound));
    assert_eq!(sharing().parse(&unbind, &call(), &known), Ok(Outcome::Bound));
    let wrong = GENUINE.answer(400, failure("INVALID_REQUEST"));
    assert!(matches!(sharing().parse(&bind, &call(), &wrong), Ok(Outcome::Refused(_))));
}
