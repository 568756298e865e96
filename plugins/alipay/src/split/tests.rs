use paymux_channel::{Channel as _, Operation, ReceiverCall, Relation, Secret};
use paymux_core::payment::{Method, Refusal};
use paymux_core::split::{LineState, Told};
use paymux_core::{SplitId, Timestamp};
use serde_json::{Value, json};

use super::*;
use crate::tests::{NOW, account_with, answer, attempt, biz, call, pay, yuan};

fn sharing() -> Account {
    account_with(&[("max_split_bp", "3000")])
}

fn line(number: u8, kind: ReceiverKind, amount: &str) -> Line {
    Line {
        receiver_no: format!("r-{number}").parse().unwrap(),
        receiver: Receiver { kind, account: format!("208810201234567{number}") },
        amount: yuan(amount),
        state: LineState::Pending,
    }
}

fn split(kind: Kind, lines: Vec<Line>) -> Box<SplitCall> {
    Box::new(SplitCall {
        split: SplitId { payment: attempt().payment, number: 1 },
        kind,
        lines,
        description: "九月的佣金".into(),
        channel_trade_no: "2014030411001007850000672009".into(),
    })
}

fn shares(finish: bool) -> Box<SplitCall> {
    let lines = vec![line(1, ReceiverKind::UserId, "1.00"), line(2, ReceiverKind::OpenId, "0.20")];
    split(Kind::Share { finish }, lines)
}

fn back() -> Box<SplitCall> {
    let of = SplitId { payment: attempt().payment, number: 1 };
    split(Kind::Return { of, line: 0 }, vec![line(1, ReceiverKind::UserId, "0.40")])
}

fn sent(operation: &Operation) -> Value {
    biz(&sharing().build(operation, &call()).unwrap())
}

#[test]
fn what_is_sent() {
    let number = shares(false).out_order_no();
    let royalty = |number: u8, kind: &str, amount: &str| {
        json!({
            "royalty_type": "transfer",
            "trans_in": format!("208810201234567{number}"),
            "trans_in_type": kind,
            "amount": amount,
            "desc": "九月的佣金",
        })
    };
    let mut expected = json!({
        "out_request_no": number,
        "trade_no": "2014030411001007850000672009",
        "royalty_parameters": [royalty(1, "userId", "1.00"), royalty(2, "openId", "0.20")],
        "royalty_mode": "async",
    });
    assert_eq!(sent(&Operation::Split(shares(false))), expected);
    expected["extend_params"] = json!({"royalty_finish": "true"});
    assert_eq!(sent(&Operation::Split(shares(true))), expected);
    expected.as_object_mut().unwrap().remove("royalty_parameters");
    assert_eq!(sent(&Operation::Split(split(Kind::Finish, vec![]))), expected);
    let expected = json!({
        "trade_no": "2014030411001007850000672009",
        "out_request_no": number,
        "refund_amount": "0.00",
        "refund_royalty_parameters": [{
            "royalty_type": "transfer",
            "trans_out": "2088102012345671",
            "trans_out_type": "userId",
            "amount": "0.40",
            "desc": "九月的佣金",
        }],
    });
    assert_eq!(sent(&Operation::Split(back())), expected);
    let expected = json!({
        "out_request_no": number, "trade_no": "2014030411001007850000672009",
    });
    assert_eq!(sent(&Operation::QuerySplit(shares(false))), expected);
    let expected = json!({
        "out_request_no": number, "trade_no": "2014030411001007850000672009",
        "query_options": ["gmt_refund_pay"],
    });
    assert_eq!(sent(&Operation::QuerySplit(back())), expected);
    // What no question knows is not said to be absent: nobody was asked.
    let finish = Operation::QuerySplit(split(Kind::Finish, vec![]));
    let step = sharing().build(&finish, &call()).unwrap();
    assert!(matches!(step, Step::Done(Outcome::Split(SplitOutcome::Untold))));
}

#[test]
fn what_alipay_cannot_take_is_unfit() {
    let check = |account: &Account, operation: Operation, expected: &str| {
        let error = account.build(&operation, &call()).err().unwrap();
        let field = match error {
            BuildError::Limit { field, .. } => field,
            BuildError::Unsupported | BuildError::Sign => "unsupported",
        };
        assert_eq!(field, expected);
    };
    let merchant = vec![line(1, ReceiverKind::Merchant, "1.00")];
    let share = Kind::Share { finish: false };
    check(&sharing(), Operation::Split(split(share, merchant)), "type");
    let wordy = SplitCall { description: "长".repeat(1001), ..*shares(false) };
    check(&sharing(), Operation::Split(Box::new(wordy)), "description");
    let plain = crate::tests::account();
    check(&plain, Operation::Split(shares(false)), "unsupported");
    let splittable = |it| Operation::Pay(paymux_channel::Pay { splittable: true, ..pay(it) });
    check(&plain, splittable(Method::Jsapi), "splittable");
    // A refund of these takes shares back, and tells nobody.
    for method in [Method::Qr, Method::Barcode] {
        check(&sharing(), splittable(method), "splittable");
    }
    let sent = sent(&splittable(Method::Jsapi));
    assert_eq!(sent["extend_params"], json!({"royalty_freeze": "true"}));
    assert_eq!(sharing().capabilities.splits.unwrap().max_bp, 3000);
}

fn said(operation: &Operation, api: Api, node: &str) -> Result<Outcome, ParseError> {
    let node = node.replace("SPLIT_NO", &shares(false).out_order_no());
    sharing().parse(operation, &call(), &answer(api, &node))
}

#[test]
fn what_the_answers_mean() {
    let settled = r#"{"code":"10000","trade_no":"1","settle_no":"2021"}"#;
    let no = Some("2021".to_owned());
    let accepted = fact(Fact::Accepted { channel_split_no: no.clone() });
    assert_eq!(said(&Operation::Split(shares(true)), Api::Settle, settled), Ok(accepted));
    let done = fact(Fact::Progress { channel_split_no: no, done: true, lines: vec![] });
    let finish = Operation::Split(split(Kind::Finish, vec![]));
    assert_eq!(said(&finish, Api::Settle, settled), Ok(done));
    let told = |number, kind, amount, state| {
        let Line { receiver, amount, .. } = line(number, kind, amount);
        Told { receiver, amount, state }
    };
    let queried = r#"{"code":"10000","out_request_no":"SPLIT_NO","royalty_detail_list":[
        {"operation_type":"transfer","execute_dt":"2026-01-15 12:34:50","trans_in":"2088102012345671",
         "trans_in_type":"userId","amount":1.00,"state":"SUCCESS","detail_id":"1"},
        {"operation_type":"transfer_refund","trans_in":"9","trans_in_type":"userId","amount":"1.00",
         "state":"SUCCESS"},
        {"operation_type":"transfer","trans_in":"2088102012345672","trans_in_type":"openId",
         "amount":"0.20","state":"FAIL","error_code":"TXN","error_desc":"no"}]}"#;
    let no = LineState::Closed(Refusal { code: "TXN".into(), message: "no".into() });
    let lines = vec![
        told(1, ReceiverKind::UserId, "1.00", LineState::Succeeded { at: Timestamp(NOW.0 - 6000) }),
        told(2, ReceiverKind::OpenId, "0.20", no),
    ];
    let query = Operation::QuerySplit(shares(false));
    let expected = fact(Fact::Progress { channel_split_no: None, done: false, lines });
    assert_eq!(said(&query, Api::SettleQuery, queried), Ok(expected));
    let another = Err(ParseError::Malformed("it answers for another split"));
    assert_eq!(said(&query, Api::SettleQuery, &queried.replace("SPLIT_NO", "X")), another);
    let absent = Ok(Outcome::Split(SplitOutcome::Absent));
    assert_eq!(said(&query, Api::SettleQuery, r#"{"code":"10000","msg":"Success"}"#), absent);
}

/// As Alipay may write a receiver, and as it may write one that is nobody's.
#[test]
fn a_share_is_known_by_its_receiver_or_by_an_amount_that_is_its_alone() {
    let detail = |receiver: &str, kind: &str, amount: &str| {
        json!({
            "operation_type": "transfer", "trans_in": receiver, "trans_in_type": kind,
            "amount": amount, "state": "SUCCESS",
        })
    };
    let told = |details: Value, amounts: [&str; 2]| {
        let lines =
            (1..).zip(amounts).map(|(it, amount)| line(it, ReceiverKind::LoginName, amount));
        let query = Operation::QuerySplit(split(Kind::Share { finish: false }, lines.collect()));
        let node = json!({
            "code": "10000", "out_request_no": "SPLIT_NO", "royalty_detail_list": details,
        });
        match said(&query, Api::SettleQuery, &node.to_string()) {
            Ok(Outcome::Split(SplitOutcome::Fact(Fact::Progress { lines, .. }))) => {
                lines.iter().map(|it| it.receiver.account[15..].to_owned()).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        }
    };
    let first = || detail("2088102012345671", "loginName", "1.00");
    let masked = |amount| detail("208***5672", "loginName", amount);
    let another = |amount| detail("2088999", "cardAliasNo", amount);
    assert_eq!(told(json!([first(), masked("0.20")]), ["1.00", "0.20"]), ["1", "2"]);
    assert_eq!(told(json!([another("1.00"), masked("0.20")]), ["1.00", "0.20"]), ["1", "2"]);
    assert_eq!(told(json!([first(), masked("1.00")]), ["1.00", "1.00"]), ["1", "2"]);
    // Whose it is, nobody can tell.
    assert_eq!(told(json!([masked("1.00")]), ["1.00", "1.00"]), [""; 0]);
    assert_eq!(told(json!([masked("0.20"), another("0.20")]), ["1.00", "0.20"]), [""; 0]);
    assert_eq!(told(json!([masked("0.30")]), ["1.00", "0.20"]), [""; 0]);
    // One that is not understood says nothing of the other.
    let mut late = masked("0.20");
    late["execute_dt"] = "yesterday".into();
    for odd in [masked("a lot"), late, json!({"operation_type": "transfer"})] {
        assert_eq!(told(json!([odd, first()]), ["1.00", "0.20"]), ["1"]);
    }
}

#[test]
fn a_share_is_back_when_money_moved_or_its_number_is_known() {
    let at = |at| {
        let Line { receiver, amount, .. } = line(1, ReceiverKind::UserId, "0.40");
        let back = Told { receiver, amount, state: LineState::Succeeded { at } };
        Ok(fact(Fact::Progress { channel_split_no: None, done: true, lines: vec![back] }))
    };
    let unknown = |code: &str| Ok(Outcome::Unknown { code: code.to_owned() });
    let sent = |rest: &str| {
        let node = format!(r#"{{"code":"10000","refund_fee":"0.00"{rest}}}"#);
        said(&Operation::Split(back()), Api::Refund, &node)
    };
    assert_eq!(sent(r#","fund_change":"Y""#), at(NOW));
    let dated = r#","fund_change":"Y","gmt_refund_pay":"2026-01-15 12:34:50""#;
    assert_eq!(sent(dated), at(Timestamp(NOW.0 - 6000)));
    assert_eq!(sent(r#","fund_change":"N""#), unknown("fund_change.N"));
    assert_eq!(sent(""), unknown("fund_change.N"));
    assert_eq!(sent(r#","fund_change":"P""#), unknown("P"));
    let asked = |rest: &str| {
        let node = format!(r#"{{"code":"10000"{rest}}}"#);
        said(&Operation::QuerySplit(back()), Api::RefundQuery, &node)
    };
    let done = r#","out_request_no":"SPLIT_NO","refund_status":"REFUND_SUCCESS""#;
    assert_eq!(asked(done), at(NOW));
    let another = Err(ParseError::Malformed("it answers for another split"));
    assert_eq!(asked(r#","refund_status":"REFUND_SUCCESS""#), another);
    assert_eq!(asked(&done.replace("REFUND_SUCCESS", "NEW")), unknown("NEW"));
    // "Not received, or failed": no proof that it never will be done.
    assert_eq!(asked(""), Ok(Outcome::Split(SplitOutcome::Untold)));
}

#[test]
fn what_is_finished_already_is_finished() {
    let said = |kind: Kind| {
        let node = r#"{"code":"40004","msg":"x","sub_code":"ACQ.ALREADY_FINISH_ALLOC"}"#;
        said(&Operation::Split(split(kind, vec![])), Api::Settle, node)
    };
    let done = fact(Fact::Progress { channel_split_no: None, done: true, lines: vec![] });
    assert_eq!(said(Kind::Finish), Ok(done));
    let share = said(Kind::Share { finish: true });
    assert!(matches!(share, Ok(Outcome::Split(SplitOutcome::Fact(Fact::Refused(_))))));
}

#[test]
fn what_is_refused_and_what_is_not() {
    let fail = |code: &str| format!(r#"{{"code":"40004","msg":"x","sub_code":"ACQ.{code}"}}"#);
    let refusal = |code: &str| Refusal { code: format!("ACQ.{code}"), message: "x".into() };
    let unknown = |code: &str| Ok(Outcome::Unknown { code: format!("ACQ.{code}") });
    for code in ["ROYALTY_RECEIVER_INVALID", "ALLOC_AMOUNT_VALIDATE_ERROR", "ALREADY_FINISH_ALLOC"]
    {
        let refused = Ok(fact(Fact::Refused(refusal(code))));
        assert_eq!(said(&Operation::Split(shares(false)), Api::Settle, &fail(code)), refused);
        let query = Operation::QuerySplit(shares(false));
        assert_eq!(said(&query, Api::SettleQuery, &fail(code)), unknown(code));
    }
    // No repeat of these will be taken, and the number may have shared already.
    for code in ["DISCORDANT_REPEAT_REQUEST", "INVALID_PARAMETER"] {
        let stuck = Ok(fact(Fact::Stuck(refusal(code))));
        assert_eq!(said(&Operation::Split(shares(false)), Api::Settle, &fail(code)), stuck);
        assert_eq!(said(&Operation::Split(back()), Api::Refund, &fail(code)), stuck);
    }
    // Any of these may have shared, or may yet.
    for code in ["SYSTEM_ERROR", "TRADE_SETTLE_ERROR", "TRADE_STATUS_ERROR", "NEW"] {
        assert_eq!(said(&Operation::Split(shares(false)), Api::Settle, &fail(code)), unknown(code));
        assert_eq!(said(&Operation::Split(back()), Api::Refund, &fail(code)), unknown(code));
    }
}

#[test]
fn receivers_are_bound_and_unbound() {
    let receiver = |kind, name: Option<&str>| {
        let receiver = Receiver { kind, account: "lin@tea.example".into() };
        let name = name.map(Secret::new);
        Box::new(ReceiverCall { receiver, name, relation: Relation::Partner })
    };
    let named = Operation::Bind(receiver(ReceiverKind::LoginName, Some("林")));
    let expected = json!({
        "receiver_list": [{"type": "loginName", "account": "lin@tea.example", "name": "林"}],
        "out_request_no": call().nonce_text(),
    });
    assert_eq!(sent(&named), expected);
    let nameless = Operation::Bind(receiver(ReceiverKind::LoginName, None));
    let unfit = sharing().build(&nameless, &call());
    assert!(matches!(unfit, Err(BuildError::Limit { field: "name", .. })));
    let unbind = Operation::Unbind(receiver(ReceiverKind::LoginName, None));
    assert_eq!(sent(&unbind)["receiver_list"][0].get("name"), None);
    let done = r#"{"code":"10000","result_code":"SUCCESS"}"#;
    assert_eq!(said(&named, Api::RoyaltyBind, done), Ok(Outcome::Bound));
    assert_eq!(said(&unbind, Api::RoyaltyUnbind, done), Ok(Outcome::Bound));
    let failed = r#"{"code":"10000","result_code":"FAIL"}"#;
    assert!(matches!(said(&named, Api::RoyaltyBind, failed), Ok(Outcome::Unknown { .. })));
    let wrong = r#"{"code":"40004","msg":"x","sub_code":"USERNAME_NOT_MATCH"}"#;
    assert!(matches!(said(&named, Api::RoyaltyBind, wrong), Ok(Outcome::Refused(_))));
}
