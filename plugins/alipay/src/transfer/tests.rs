use paymux_channel::{Channel as _, Operation};
use paymux_core::transfer::{Payee, Scene};
use serde_json::json;

use super::*;
use crate::tests::{NOW, account, answer, biz, call, transfer, yuan};

/// As with certificates, which alone may pay out.
fn certified() -> Account {
    let mut account = account();
    account.capabilities.transfers = Some(TRANSFERS);
    account
}

fn changed(change: impl FnOnce(&mut TransferCall)) -> Operation {
    let mut transfer = transfer();
    change(&mut transfer);
    Operation::Transfer(Box::new(transfer))
}

fn payee(kind: PayeeKind, name: Option<&str>) -> Payee {
    let name = name.map(str::to_owned);
    Payee { kind, identity: "6222020000001234567".into(), name, bank: Some("招商银行".into()) }
}

fn both(node: &str) -> [Result<Outcome, ParseError>; 2] {
    let ask =
        |operation: Operation, api| certified().parse(&operation, &call(), &answer(api, node));
    let query = Operation::QueryTransfer(Box::new(transfer()));
    [ask(changed(|_| ()), Api::Transfer), ask(query, Api::TransferQuery)]
}

fn fact(fact: Fact) -> Outcome {
    Outcome::Transfer(TransferOutcome::Fact(fact))
}

#[test]
fn what_is_sent() {
    let step = certified().build(&changed(|_| ()), &call()).unwrap();
    let expected = json!({
        "out_biz_no": transfer().out_bill_no(),
        "trans_amount": "20.00",
        "product_code": "TRANS_ACCOUNT_NO_PWD",
        "biz_scene": "DIRECT_TRANSFER",
        "order_title": "九月的佣金",
        "payee_info": {"identity": "2088102012345678", "identity_type": "ALIPAY_USER_ID"},
    });
    assert_eq!(biz(&step), expected);
    let step = certified().build(
        &changed(|it| {
            it.payee = payee(PayeeKind::BankCard, Some("张三"));
            let reports = vec![("岗位类型".to_owned(), "骑手".to_owned())];
            it.scene = Some(Scene { id: "佣金报酬".into(), reports });
        }),
        &call(),
    );
    let sent = biz(&step.unwrap());
    assert_eq!(sent["product_code"], "TRANS_BANKCARD_NO_PWD");
    let card = json!({
        "identity": "6222020000001234567",
        "identity_type": "BANKCARD_ACCOUNT",
        "name": "张三",
        "bankcard_ext_info": {"account_type": "2", "inst_name": "招商银行"},
    });
    assert_eq!(sent["payee_info"], card);
    assert_eq!(sent["transfer_scene_name"], "佣金报酬");
    let reports = json!([{"info_type": "岗位类型", "info_content": "骑手"}]);
    assert_eq!(sent["transfer_scene_report_infos"], reports);
    let step = certified().build(&changed(|it| it.kind = Kind::RedPacket), &call()).unwrap();
    assert_eq!(biz(&step)["product_code"], "STD_RED_PACKET");
    assert_eq!(biz(&step)["business_params"], r#"{"sub_biz_scene":"REDPACKET"}"#);
}

#[test]
fn what_alipay_cannot_take_is_unfit() {
    let check = |operation: Operation, expected: Option<&str>| {
        let field = match certified().build(&operation, &call()) {
            Ok(_) => None,
            Err(BuildError::Limit { field, .. }) => Some(field),
            Err(error) => panic!("{error}"),
        };
        assert_eq!(field, expected);
    };
    check(changed(|it| it.amount = yuan("0.10")), None);
    check(changed(|it| it.amount = yuan("0.09")), Some("amount"));
    check(changed(|it| it.amount = yuan("100000000.01")), Some("amount"));
    check(
        changed(|it| {
            it.amount = yuan("0.01");
            it.kind = Kind::RedPacket;
        }),
        None,
    );
    check(changed(|it| it.title = String::new()), Some("title"));
    check(changed(|it| it.title = "长".repeat(129)), Some("title"));
    check(changed(|it| it.payee = payee(PayeeKind::LogonId, None)), Some("payee.name"));
    check(changed(|it| it.payee = payee(PayeeKind::BankCard, None)), Some("payee.name"));
    check(changed(|it| it.payee.identity = "a b".into()), Some("payee.account"));
    let red_card = |it: &mut TransferCall| {
        it.kind = Kind::RedPacket;
        it.payee = payee(PayeeKind::BankCard, Some("张三"));
    };
    check(changed(red_card), Some("payee.type"));
    // With a bare key Alipay pays nothing out.
    let bare = account().build(&changed(|_| ()), &call());
    assert!(matches!(bare, Err(BuildError::Unsupported)));
}

#[test]
fn what_the_states_mean() {
    let said = |status: &str| {
        both(&format!(
            r#"{{"code":"10000","msg":"Success","out_biz_no":"TRANSFER_NO","order_id":"2019080100",
            "status":"{status}","trans_amount":"20.00","pay_date":"2026-01-15 12:34:50",
            "error_code":"CARD","fail_reason":"no such card"}}"#
        ))
    };
    let check = |status, expected: Fact| {
        for outcome in said(status) {
            assert_eq!(outcome, Ok(fact(expected.clone())), "{status}");
        }
    };
    let no = Some("2019080100".to_owned());
    let refusal = Refusal { code: "CARD".into(), message: "no such card".into() };
    let at = Timestamp(NOW.0 - 6000);
    check(
        "SUCCESS",
        Fact::Succeeded { amount: yuan("20.00"), channel_transfer_no: no.clone(), at },
    );
    check("DEALING", Fact::Accepted { channel_transfer_no: no.clone() });
    check("WAIT_PAY", Fact::Accepted { channel_transfer_no: no });
    check("FAIL", Fact::Closed(refusal.clone()));
    check("CLOSED", Fact::Closed(refusal.clone()));
    check("REFUND", Fact::Returned(refusal));
    assert_eq!(said("NEW"), [0, 1].map(|_| Ok(Outcome::Unknown { code: "NEW".into() })));
}

/// Alipay's first answer names no amount, and a question must.
#[test]
fn an_amount_is_told_or_was_asked_for() {
    let node = r#"{"code":"10000","out_biz_no":"TRANSFER_NO","order_id":"1","status":"SUCCESS",
        "trans_date":"2026-01-15 12:34:56"}"#;
    let [asked, queried] = both(node);
    let no = Some("1".to_owned());
    let amount = yuan("20.00");
    assert_eq!(asked, Ok(fact(Fact::Succeeded { amount, channel_transfer_no: no, at: NOW })));
    assert_eq!(queried, Err(ParseError::Malformed("trans_amount")));
    for outcome in both(r#"{"code":"10000","out_biz_no":"X","status":"SUCCESS"}"#) {
        assert_eq!(outcome, Err(ParseError::Malformed("it answers for another transfer")));
    }
}

#[test]
fn what_is_refused_and_what_is_not_there() {
    let said = |code: &str| both(&format!(r#"{{"code":"40004","msg":"x","sub_code":"{code}"}}"#));
    let unknown = |code: &str| Ok(Outcome::Unknown { code: code.into() });
    for code in ["PAYEE_NOT_EXIST", "EXCEED_LIMIT_SM_AMOUNT", "PERMIT_PAYER_FORBIDDEN"] {
        let [asked, queried] = said(code);
        let refusal = Refusal { code: code.into(), message: "x".into() };
        assert_eq!((asked, queried), (Ok(fact(Fact::Refused(refusal))), unknown(code)));
    }
    for code in ["SYSTEM_ERROR", "PAYMENT_INFO_INCONSISTENCY", "BANK_RESPONSE_ERROR", "NEW"] {
        assert_eq!(said(code), [unknown(code), unknown(code)]);
    }
    let absent = Ok(Outcome::Transfer(TransferOutcome::Absent));
    // Written so, since the rig puts a number in the place of its first word.
    let [asked, queried] = said("\\u004fRDER_NOT_EXIST");
    assert_eq!([asked, queried], [unknown("ORDER_NOT_EXIST"), absent]);
    // Unsigned words, and those of the gateway, decide nothing.
    let failure = crate::codes::Failure::new;
    for code in ["PAYEE_NOT_EXIST", "EXCEED_LIMIT_SM_AMOUNT"] {
        let said = failure("40004".into(), code.into(), String::new(), false);
        assert_eq!(Ok(said.of_transfer()), unknown(code));
        let said = failure("40002".into(), code.into(), String::new(), true);
        assert_eq!(Ok(said.of_transfer()), unknown(code));
    }
}
