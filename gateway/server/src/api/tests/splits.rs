//! Splits from the merchant's side.

use std::time::Duration;

use axum::body::Body;
use http::Method;
use paymux_core::SplitId;
use paymux_core::payment::{Event, Payment, Refusal};
use paymux_core::split::{Fact, LineState, State, Told};
use paymux_engine::record::Along;
use paymux_store::{Binding, Change, Store as _};
use serde_json::{Value, json};

use super::rig::{Line, NOW, OTHER, Reply, Rig, ask, order};

async fn bind(rig: &Rig, receiver_no: &str) -> Reply {
    let body = json!({
        "receiver_no": receiver_no, "account": "ali", "type": "user_id",
        "receiver": format!("20881020{receiver_no}"),
    });
    let request = ask(Method::POST, "/v1/receivers").header("content-type", "application/json");
    rig.send(request.body(body.to_string().into()).unwrap()).await
}

async fn unbind(rig: &Rig, receiver_no: &str) -> Reply {
    let path = format!("/v1/receivers/{receiver_no}");
    rig.send(ask(Method::DELETE, &path).body(Body::empty()).unwrap()).await
}

/// Of 88.88 yuan, with two receivers who are bound.
async fn splittable(rig: &Rig) -> String {
    rig.line(Line::Shares);
    for receiver in ["ann", "bo"] {
        assert_eq!(bind(rig, receiver).await.outcome(), "200");
    }
    let body = order("A-1").replace("\"qr\"", "\"page\",\"splittable\":true");
    let payment = rig.post("/v1/payments", "A-1", body).await;
    assert_eq!(payment.outcome(), "201");
    assert_eq!(&rig.pay(&payment).await.body[..], b"success");
    payment.text("/id")
}

fn share(payment: &str, split_no: &str, shares: &[(&str, Value)]) -> String {
    let receiver = |(receiver_no, share): &(&str, Value)| {
        let mut receiver = share.clone();
        receiver["receiver_no"] = (*receiver_no).into();
        receiver
    };
    let receivers: Vec<_> = shares.iter().map(receiver).collect();
    let body = json!({
        "payment_id": payment, "split_no": split_no, "receivers": receivers,
        "description": "commission",
    });
    body.to_string()
}

fn fen(amount: i64) -> Value {
    json!({ "amount": amount })
}

/// The channel says that every line was paid.
async fn arrived(rig: &Rig, split: &Reply) {
    let split: SplitId = split.text("/id").parse().unwrap();
    let told = |it: &Payment| {
        let lines = it.split(split).unwrap().lines.iter();
        let state = LineState::Succeeded { at: NOW };
        let told = lines.map(|it| Told {
            receiver: it.receiver.clone(),
            amount: it.amount,
            state: state.clone(),
        });
        let fact = Fact::Progress { channel_split_no: None, done: true, lines: told.collect() };
        vec![Event::Split { split, fact }]
    };
    rig.gateway.record(split.payment, Along::default(), told).await.unwrap();
}

#[tokio::test]
async fn shares_go_out_come_back_and_only_then_to_the_payer() {
    let rig = Rig::new();
    let payment = splittable(&rig).await;
    let parts = [("ann", json!({"basis_points": 1})), ("bo", json!({"basis_points": 2000}))];
    let made = rig.post("/v1/splits", "k1", share(&payment, "S-1", &parts)).await;
    assert_eq!((made.outcome().as_str(), made.text("/status").as_str()), ("201", "processing"));
    // 88.88 yuan of 1 and 2000 ten-thousandths: 1778 fen, of which the first lost most.
    assert_eq!(
        (made.text("/receivers/0/amount"), made.text("/receivers/1/amount")),
        ("1".into(), "1777".into())
    );
    let again = rig.post("/v1/splits", "k1", share(&payment, "S-1", &parts)).await;
    assert_eq!((&again.body, again.header("idempotent-replayed")), (&made.body, "true"));
    arrived(&rig, &made).await;
    let path = made.header("location").to_owned();
    assert_eq!(rig.get(&path).await.text("/status"), "succeeded");
    assert_eq!(rig.get_as(OTHER, &path).await.outcome(), "404 not-found");

    let refunds = format!("/v1/payments/{payment}/refunds");
    let refund = r#"{"refund_no":"R-1","amount":8888,"currency":"CNY"}"#;
    assert_eq!(rig.post(&refunds, "k2", refund).await.outcome(), "409 shared-out");
    let back = |split_no: &str, receiver: &str, amount: i64| {
        json!({
            "split_no": split_no, "receiver_no": receiver, "amount": amount, "description": "back",
        })
        .to_string()
    };
    let returns = format!("{path}/return");
    for (key, receiver, amount, pointer) in
        [("k3", "bo", 1778, "/amount"), ("k4", "cy", 1, "/receiver_no")]
    {
        let refused = rig.post(&returns, key, back("S-2", receiver, amount)).await;
        assert_eq!(refused.outcome(), "422 return-exceeds-share");
        assert_eq!(refused.pointers(), [pointer]);
    }
    for (key, receiver, amount) in [("k5", "bo", 1777), ("k6", "ann", 1)] {
        let back = rig.post(&returns, key, back(key, receiver, amount)).await;
        assert_eq!((back.outcome().as_str(), back.text("/status").as_str()), ("201", "succeeded"));
    }
    let finish = json!({"split_no": "S-9", "description": "all"}).to_string();
    let finished = rig.post(&format!("{path}/finish"), "k7", finish.clone()).await;
    assert_eq!(finished.text("/status"), "succeeded");
    let more = share(&payment, "S-10", &[("ann", fen(1))]);
    assert_eq!(rig.post("/v1/splits", "k8", more).await.outcome(), "409 splits-finished");
    assert_eq!(rig.post(&refunds, "k9", refund).await.outcome(), "201");
    let tables = rig.store.tables();
    let kinds: Vec<_> = tables.events.values().map(|it| it.row.kind.clone()).collect();
    let told = ["split.succeeded", "split.returned", "split.returned", "split.finished"];
    assert_eq!(kinds[1..5], told);
}

/// The channel knows one relation of an account, whoever asked for it.
#[tokio::test]
async fn a_receiver_that_somebody_else_has_bound_stays_at_the_channel() {
    let rig = Rig::new();
    rig.line(Line::Shares);
    assert_eq!(bind(&rig, "ann").await.outcome(), "200");
    let own = rig.store.tables().receivers.values().next().unwrap().clone();
    let write = async |bound| {
        let merchant = "other".parse().unwrap();
        let receiver = Some(Binding { merchant, bound, ..own.clone() });
        rig.store.commit(Change { receiver, ..Change::default() }).await.unwrap();
    };
    write(true).await;
    rig.line(Line::Down);
    let unbound = unbind(&rig, "ann").await;
    assert_eq!((unbound.outcome().as_str(), unbound.text("/bound").as_str()), ("200", "false"));
    write(false).await;
    assert_ne!(unbind(&rig, "ann").await.outcome(), "200", "the channel was asked");
}

#[tokio::test]
async fn what_cannot_be_shared() {
    let rig = Rig::new();
    let payment = splittable(&rig).await;
    let check = async |key: &str, body: String, expect: &str, pointer: &str| {
        let refused = rig.post("/v1/splits", key, body).await;
        assert_eq!(refused.outcome(), expect, "{key}");
        let pointers = if pointer.is_empty() { vec![] } else { vec![pointer.to_owned()] };
        assert_eq!(refused.pointers(), pointers, "{key}");
    };
    let of = |shares: &[(&str, Value)]| share(&payment, "S-1", shares);
    let exceeds = "422 split-exceeds-payment";
    check("k1", of(&[("ann", fen(2000)), ("bo", fen(667))]), exceeds, "/receivers").await;
    let unbound = "422 receiver-unbound";
    check("k2", of(&[("ann", fen(1)), ("cy", fen(1))]), unbound, "/receivers/1/receiver_no").await;
    assert_eq!(unbind(&rig, "bo").await.text("/bound"), "false");
    check("k3", of(&[("bo", fen(1))]), unbound, "/receivers/0/receiver_no").await;
    let mixed = [("ann", fen(1)), ("bo", json!({"basis_points": 1}))];
    assert_eq!(bind(&rig, "bo").await.outcome(), "200");
    check("k4", of(&mixed), "400 invalid-field", "/receivers").await;
    check("k5", of(&[("ann", fen(1)), ("ann", fen(1))]), "400 invalid-field", "/receivers").await;
    let plain = rig.paid("A-2").await;
    let shares = share(&plain, "S-1", &[("ann", fen(1))]);
    check("k6", shares, "422 not-splittable", "/payment_id").await;
    check("k7", of(&[("ann", fen(2666))]), "201", "").await;
    check("k8", of(&[("ann", fen(2665))]), "409 split-no-taken", "").await;
    check("k9", of(&[("ann", fen(2666))]), "200", "").await;
    let other = rig.get_as(OTHER, "/v1/receivers").await;
    assert_eq!(other.text("/data"), "[]");
    let listed = rig.get("/v1/receivers?limit=1").await;
    assert_eq!(
        (listed.text("/data/0/receiver_no"), listed.text("/next_cursor")),
        ("ann".into(), "ann".into())
    );
}

/// The number never changes, and nothing is reserved twice.
#[tokio::test]
async fn a_lost_answer_is_asked_for_under_the_same_number() {
    let rig = Rig::new();
    let payment = splittable(&rig).await;
    rig.line(Line::Silent);
    let body = share(&payment, "S-1", &[("ann", fen(100))]);
    let made = rig.post("/v1/splits", "k1", body.clone()).await;
    assert_eq!((made.outcome().as_str(), made.text("/status").as_str()), ("201", "processing"));
    let id: SplitId = made.text("/id").parse().unwrap();
    rig.pass(Duration::from_secs(61));
    assert_eq!(rig.gateway.walk_split(id, None).await, "nothing_new");
    rig.line(Line::Down);
    assert_eq!(rig.gateway.walk_split(id, None).await, "nothing_new");
    let known = rig.store.tables().payments[&id.payment].clone();
    assert_eq!((known.splits.len(), known.splits[0].sends), (1, 1), "{:?}", known.splits);
    assert_eq!(rig.post("/v1/splits", "k2", body).await.text("/id"), id.to_string());
    rig.line(Line::Shares);
    assert_eq!(rig.gateway.walk_split(id, None).await, "split.accepted");
    let known = rig.store.tables().payments[&id.payment].clone();
    let split = &known.splits[0];
    assert_eq!((known.splits.len(), split.sends), (1, 2), "it was sent again");
    assert_eq!(split.channel_split_no, Some(id.out_order_no()), "under its number");
}

/// Its money is free again in the end, without a person.
#[tokio::test]
async fn what_a_day_of_sends_does_not_decide_is_sent_no_more_and_closed_when_it_is_unknown() {
    let rig = Rig::new();
    let payment = splittable(&rig).await;
    rig.line(Line::Undecided);
    let made = rig.post("/v1/splits", "k1", share(&payment, "S-1", &[("ann", fen(100))])).await;
    let id: SplitId = made.text("/id").parse().unwrap();
    let known = || rig.store.tables().payments[&id.payment].split(id).unwrap().clone();
    let walk = async |hours: u64| {
        rig.pass(Duration::from_secs(hours * 3600));
        rig.gateway.walk_split(id, None).await
    };
    assert_eq!(walk(23).await, "nothing_new");
    assert_eq!((known().state, known().sends), (State::InDoubt, 2));
    assert_eq!(walk(1).await, "split.stuck");
    assert_eq!((known().status(), known().sends), ("abnormal", 2));
    let stuck = rig.gateway.metrics.attention.with_label_values(&["split_stuck"]);
    assert_eq!(stuck.get(), 1, "a person hears of it");
    assert_eq!(walk(22).await, "nothing_new");
    assert_eq!(walk(1).await, "split.closed");
    let refund = r#"{"refund_no":"R-1","amount":8888,"currency":"CNY"}"#;
    let refunds = format!("/v1/payments/{payment}/refunds");
    assert_eq!(rig.post(&refunds, "k2", refund).await.outcome(), "201");
}

/// Nobody is told of a share whose receiver the channel names in words of its own.
#[tokio::test]
async fn what_is_taken_on_and_never_ends_wants_a_person() {
    let rig = Rig::new();
    let payment = splittable(&rig).await;
    let made = rig.post("/v1/splits", "k1", share(&payment, "S-1", &[("ann", fen(100))])).await;
    let id: SplitId = made.text("/id").parse().unwrap();
    let wanted = || rig.gateway.metrics.attention.with_label_values(&["split_in_doubt"]).get();
    rig.pass(Duration::from_secs(23 * 3600));
    assert_eq!(rig.gateway.walk_split(id, None).await, "nothing_new");
    assert_eq!(wanted(), 0);
    rig.pass(Duration::from_secs(3600));
    assert_eq!(rig.gateway.walk_split(id, None).await, "nothing_new");
    assert_eq!(wanted(), 1);
    let known = rig.store.tables().payments[&id.payment].split(id).unwrap().clone();
    assert_eq!((known.state, known.sends), (State::Processing, 1));
}

/// A finish has no question: that nobody tells of it is no proof that it never was done.
#[tokio::test]
async fn what_cannot_be_asked_is_sent_again_and_never_given_up_unheard() {
    let rig = Rig::new();
    let payment = splittable(&rig).await;
    let shared = share(&payment, "S-1", &[("ann", fen(100))]);
    let shared = rig.post("/v1/splits", "k1", shared).await.text("/id");
    rig.line(Line::Silent);
    let finish = json!({"split_no": "S-2", "description": "all"}).to_string();
    let made = rig.post(&format!("/v1/splits/{shared}/finish"), "k2", finish).await;
    let id: SplitId = made.text("/id").parse().unwrap();
    let known = || rig.store.tables().payments[&id.payment].split(id).unwrap().clone();
    rig.pass(Duration::from_secs(61));
    assert_eq!(rig.gateway.walk_split(id, None).await, "nothing_new");
    assert_eq!(known().sends, 2, "it was sent again");
    let no = Refusal { code: "ACQ.NEW".into(), message: String::new() };
    let refused = |_: &Payment| vec![Event::Split { split: id, fact: Fact::Refused(no.clone()) }];
    rig.gateway.record(id.payment, Along::default(), refused).await.unwrap();
    rig.pass(Duration::from_secs(25 * 3600));
    assert_eq!(rig.gateway.walk_split(id, None).await, "nothing_new");
    assert_eq!((known().state, known().sends), (State::Abnormal(no), 2), "a person's matter");
}
