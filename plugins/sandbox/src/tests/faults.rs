//! Every fault of a request: what the merchant sees, and what the channel did meanwhile.

use serde_json::{Value, json};

use super::rig::{Broken, Reply, Rig, precreate, until};
use crate::{Channel, FaultError, FaultKind, FaultRule, Operation};

/// What one struck request for an order looked like to the merchant.
async fn struck(rig: &Rig, channel: Channel, number: &str) -> Result<Reply, Broken> {
    match channel {
        Channel::Alipay => rig.try_alipay("alipay.trade.precreate", precreate(number, "tea")).await,
        Channel::Wechat => {
            let body = rig.native_body(number, "tea");
            rig.try_wechat("POST", "/v3/pay/transactions/native", Some(body)).await
        }
    }
}

fn trusted(rig: &Rig, channel: Channel, reply: &Reply) -> bool {
    match channel {
        Channel::Alipay => {
            rig.merchant.open_alipay("alipay.trade.precreate", &reply.text).is_some()
        }
        Channel::Wechat => rig.merchant.trusts(&reply.headers, &reply.text),
    }
}

/// `seen`: no answer, or the status, whether it is signed, and a word in it.
async fn check(fault: Value, seen: Option<(u16, bool, [&str; 2])>, acted: bool) {
    let rig = Rig::start().await;
    for (index, channel) in Channel::ALL.into_iter().enumerate() {
        rig.arm(fault.clone()).await;
        let reply = struck(&rig, channel, "ORDER1").await;
        let context = format!("{fault} at {channel:?}");
        match (reply, seen) {
            (Err(Broken), None) => {}
            (Ok(reply), Some((status, signed, words))) => {
                let status = if channel == Channel::Alipay && signed { 200 } else { status };
                assert_eq!(reply.status, status, "{context}: {}", reply.text);
                assert_eq!(trusted(&rig, channel, &reply), signed, "{context}: {}", reply.text);
                assert!(reply.text.contains(words[index]), "{context}: {}", reply.text);
            }
            (Ok(reply), None) => panic!("{context}: answered {}", reply.text),
            (Err(Broken), Some(_)) => panic!("{context}: no answer"),
        }
        let known = rig.sandbox.order(channel, "ORDER1").is_some();
        assert_eq!(known, acted, "{context}: the effect");
        let again = struck(&rig, channel, "ORDER1").await.unwrap();
        assert!(trusted(&rig, channel, &again), "{context}: the repeat is answered");
    }
    assert_eq!(rig.sandbox.faults(), [], "a fault strikes once");
}

#[tokio::test]
async fn no_answer_with_and_without_effect() {
    check(json!({ "fault": "lose_answer" }), None, true).await;
    check(json!({ "fault": "drop_request" }), None, false).await;
    check(json!({ "fault": "hang", "ms": 1 }), None, true).await;
}

#[tokio::test]
async fn broken_answers() {
    let html = ["<html>"; 2];
    check(json!({ "fault": "status_500" }), Some((500, false, html)), false).await;
    check(json!({ "fault": "status_500", "effect": true }), Some((500, false, html)), true).await;
    check(json!({ "fault": "html_200" }), Some((200, false, html)), true).await;
    check(json!({ "fault": "html_200", "effect": false }), Some((200, false, html)), false).await;
    check(json!({ "fault": "garbage_json" }), Some((200, false, ["{"; 2])), true).await;
}

#[tokio::test]
async fn refusals_in_the_channels_own_words() {
    let unknown = ["ACQ.SANDBOX_UNKNOWN_CODE", "SANDBOX_UNKNOWN_CODE"];
    check(json!({ "fault": "unknown_code" }), Some((400, true, unknown)), true).await;
    let limited = ["isv.app-call-limited", "FREQUENCY_LIMITED"];
    check(json!({ "fault": "rate_limited" }), Some((429, true, limited)), false).await;
    let system = ["isp.unknow-error", "SYSTEM_ERROR"];
    check(json!({ "fault": "system_error" }), Some((500, true, system)), true).await;
}

#[tokio::test]
async fn a_wrong_signature_and_a_late_answer() {
    let answer = ["qr_code", "code_url"];
    check(json!({ "fault": "wrong_signature" }), Some((200, false, answer)), true).await;
    check(json!({ "fault": "delay", "ms": 1 }), Some((200, true, answer)), true).await;
    check(json!({ "fault": "slow_request", "ms": 1 }), Some((200, true, answer)), true).await;
}

#[tokio::test]
async fn a_withheld_answer_has_acted_and_a_slow_request_has_not() {
    for (fault, acted) in [("delay", true), ("hang", true), ("slow_request", false)] {
        let rig = Rig::start().await;
        rig.arm(json!({ "fault": fault, "ms": 3_600_000 })).await;
        let withheld = rig.meanwhile("alipay.trade.precreate", &precreate("A1", "tea"));
        until(|| rig.sandbox.faults().is_empty()).await;
        rig.precreate("A2", "another order, served whole").await;
        assert_eq!(rig.sandbox.order(Channel::Alipay, "A1").is_some(), acted, "{fault}");
        assert!(!withheld.is_finished(), "{fault}: no answer");
    }
}

#[tokio::test]
async fn an_effect_outlives_its_caller() {
    let rig = Rig::start().await;
    rig.arm(json!({ "fault": "slow_request", "ms": 100 })).await;
    let caller = rig.meanwhile("alipay.trade.precreate", &precreate("A1", "tea"));
    until(|| rig.sandbox.faults().is_empty()).await;
    caller.abort();
    until(|| rig.sandbox.order(Channel::Alipay, "A1").is_some()).await;
}

#[tokio::test]
async fn a_query_can_name_a_wrong_amount() {
    let rig = Rig::start().await;
    rig.precreate("A1", "tea").await;
    rig.native("W00001", "tea").await;
    rig.sandbox.pay(Channel::Alipay, "A1").unwrap();
    rig.sandbox.pay(Channel::Wechat, "W00001").unwrap();
    rig.arm(json!({ "fault": "wrong_amount", "operation": "query", "times": 2 })).await;
    let node = rig.alipay("alipay.trade.query", json!({ "out_trade_no": "A1" })).await;
    assert_eq!(node["total_amount"], "88.89");
    assert_eq!(rig.wechat_query("W00001").await.1["amount"]["total"], 8889);
    assert_eq!(rig.wechat_query("W00001").await.1["amount"]["total"], 8888, "twice and no more");
}

#[tokio::test]
async fn a_fault_strikes_where_it_is_aimed() {
    let rig = Rig::start().await;
    rig.arm(json!({ "fault": "drop_request", "operation": "query", "channel": "alipay" })).await;
    rig.native("W00001", "tea").await;
    rig.wechat_query("W00001").await;
    rig.precreate("A1", "tea").await;
    let query = json!({ "out_trade_no": "A1" });
    assert!(rig.try_alipay("alipay.trade.query", query.clone()).await.is_err());
    assert!(rig.try_alipay("alipay.trade.query", query).await.is_ok());
}

#[tokio::test]
async fn a_magic_subject_strikes_its_own_order() {
    let rig = Rig::start().await;
    let magic = "tea [sandbox:lose_answer] [sandbox:query.status_500*2]";
    let ordered = rig.try_alipay("alipay.trade.precreate", precreate("A1", magic)).await;
    assert!(ordered.is_err());
    assert!(rig.sandbox.order(Channel::Alipay, "A1").is_some());
    rig.precreate("A2", "tea").await;
    rig.precreate("A1", magic).await;
    let query = async |number: &str| {
        let biz = json!({ "out_trade_no": number });
        rig.try_alipay("alipay.trade.query", biz).await.unwrap().status.as_u16()
    };
    assert_eq!(query("A2").await, 200);
    assert_eq!([query("A1").await, query("A1").await, query("A1").await], [500, 500, 200]);
}

#[tokio::test]
async fn a_magic_description_strikes_refunds_of_its_order() {
    let rig = Rig::start().await;
    rig.native("W00001", "[sandbox:not_enough]").await;
    rig.sandbox.pay(Channel::Wechat, "W00001").unwrap();
    let body = json!({
        "out_trade_no": "W00001",
        "out_refund_no": "R1",
        "amount": { "refund": 1, "total": 8888, "currency": "CNY" },
    });
    let path = "/v3/refund/domestic/refunds";
    let codes = [
        rig.wechat("POST", path, Some(body.clone())).await.0,
        rig.wechat("POST", path, Some(body)).await.0,
    ];
    assert_eq!(codes, [403, 200]);
}

#[test]
fn a_rule_without_sense_is_refused() {
    let mut faults = crate::fault::Faults::default();
    let once = |operation, fault| FaultRule::once(operation, fault);
    let rule = once(Operation::Notify, FaultKind::LoseAnswer);
    assert_eq!(
        faults.arm(rule),
        Err(FaultError::Senseless(FaultKind::LoseAnswer, Operation::Notify))
    );
    let rule = once(Operation::Query, FaultKind::NotifyLost);
    assert_eq!(
        faults.arm(rule),
        Err(FaultError::Senseless(FaultKind::NotifyLost, Operation::Query))
    );
    let base = once(Operation::Any, FaultKind::LoseAnswer);
    let rule = FaultRule { chance: Some(101), ..base.clone() };
    assert_eq!(faults.arm(rule), Err(FaultError::Chance));
    let rule = FaultRule { times: Some(0), ..base.clone() };
    assert_eq!(faults.arm(rule), Err(FaultError::Times));
    let rule = FaultRule { n: Some(101), ..base };
    assert_eq!(faults.arm(rule), Err(FaultError::Copies));
}

#[test]
fn chance_is_a_share_and_a_seed_repeats_it() {
    let strikes = |percent, seed| {
        let mut faults = crate::fault::Faults::default();
        let once = FaultRule::once(Operation::Any, FaultKind::LoseAnswer);
        faults.arm(FaultRule { chance: Some(percent), seed, ..once }).unwrap();
        let take = |_| {
            let class = crate::fault::Class::Request;
            faults.take(class, Channel::Alipay, Operation::Pay, None).is_some()
        };
        (0..1000).map(take).collect::<Vec<_>>()
    };
    let count = |strikes: Vec<bool>| strikes.into_iter().filter(|struck| *struck).count();
    assert_eq!(strikes(10, 7), strikes(10, 7));
    assert_ne!(strikes(10, 7), strikes(10, 8));
    assert_eq!(count(strikes(100, 1)), 1000);
    assert!((50..200).contains(&count(strikes(10, 7))));
}

#[tokio::test]
async fn a_named_code_is_said_as_it_is() {
    let codes = ["ACQ.PAYMENT_REQUEST_HAS_RISK"; 2];
    let rule = json!({ "fault": "refuse", "code": codes[0] });
    check(rule, Some((400, true, codes)), false).await;
    let rig = Rig::start().await;
    let subject = "tea [sandbox:refuse!ACQ.PAYMENT_FAIL*2]";
    for expected in [json!("ACQ.PAYMENT_FAIL"), json!("ACQ.PAYMENT_FAIL"), Value::Null] {
        let node = rig.alipay("alipay.trade.precreate", precreate("A1", subject)).await;
        assert_eq!(node["sub_code"], expected);
    }
    let nameless = FaultRule::once(Operation::Pay, FaultKind::Refuse);
    assert_eq!(rig.sandbox.arm(nameless), Err(FaultError::Code));
}
