//! What bills and books differ in, and that nobody writes money off alone.

use std::time::Duration;

use http::{Method, Request};
use paymux_core::payment::Attempt;
use paymux_core::reconcile::{DifferenceKind, DifferenceRecord, DifferenceState, Key, Line, Seen};
use paymux_core::route::Day;
use paymux_core::{AttemptId, Currency, Timestamp};
use paymux_store::{Change, DifferenceWrite, Store as _, Write};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Console, token};
use crate::api::tests::rig::Line as Wire;

/// One that our books alone have, of a payment that is there.
async fn planted(console: &Console) -> (String, DifferenceRecord) {
    let id = console.rig.paid("A-1").await;
    let key = Key::order(AttemptId { payment: id.parse().unwrap(), number: 1 }, None);
    let (amount, currency) = (8888, Currency::Cny);
    let line = Line { key, amount, currency, fee: None, settled: true, at: 0 };
    let next = DifferenceRecord {
        account: "ali".parse().unwrap(),
        key,
        merchant: Some("shop".parse().unwrap()),
        kind: DifferenceKind::MissingAtChannel,
        bill: None,
        books: Some(Seen { day: Day(20_468), line }),
        state: DifferenceState::Open,
        found_at: Timestamp(1_768_451_696_000),
        changed_at: Timestamp(1_768_451_696_000),
        version: 1,
    };
    let differences = vec![DifferenceWrite { expected: 0, next: next.clone() }];
    let change = Change { differences, ..Change::default() };
    console.rig.store.commit(change).await.unwrap();
    (format!("/admin/v1/differences/ali/{key}"), next)
}

async fn decide(console: &Console, path: &str, role: &str, reason: &str) -> (String, Value) {
    let request = Request::builder().method(Method::POST).uri(path).header("host", "127.0.0.1");
    let request = request.header("authorization", format!("Bearer {}", token(role)));
    let request = request.header("content-type", "application/json");
    let reply = console.send_with(request, json!({ "reason": reason }).to_string()).await;
    (reply.outcome(), reply.json())
}

#[tokio::test]
async fn a_write_off_takes_two_people_and_a_reason() {
    let console = Console::new();
    let (path, _) = planted(&console).await;
    let tried = async |repair: &str, role: &str, reason: &str| {
        decide(&console, &format!("{path}/{repair}"), role, reason).await
    };
    assert_eq!(tried("write_off", "admin", " ").await.0, "400 invalid-field");
    assert_eq!(tried("write_off", "admin", &"x".repeat(201)).await.0, "400 invalid-field");
    // To accept ends alone what a write-off takes two people for.
    assert_eq!(tried("accept", "operator", "why").await.0, "403 forbidden");
    assert_eq!(tried("accept", "admin", "why").await.0, "409 difference-unfit");
    let (outcome, proposed) = tried("write_off", "admin", "a test, of ours").await;
    assert_eq!((outcome.as_str(), &proposed["state"]), ("200", &json!("proposed")));
    assert_eq!(proposed["repairs"], json!(["confirm", "reject"]));
    // The first person cannot be the second.
    let (outcome, problem) = tried("confirm", "admin", "").await;
    assert_eq!(outcome, "409 difference-unfit", "{problem}");
    assert_eq!(tried("confirm", "operator", "").await.0, "403 forbidden");
    assert_eq!(tried("reject", "operator", "").await.1["state"], "open");
    assert_eq!(tried("write_off", "operator", "a test, of ours").await.0, "200");
    let (outcome, over) = tried("confirm", "admin", "").await;
    assert_eq!(outcome, "200", "{over}");
    let told = ["state", "by", "confirmed_by", "reason"].map(|it| over[it].clone());
    assert_eq!(told, ["written_off", "operator", "admin", "a test, of ours"].map(|it| json!(it)));
    assert_eq!(tried("query", "operator", "").await.0, "409 difference-unfit");
    let audit = console.get("/admin/v1/audit", "viewer").await.json();
    let done = audit["data"].as_array().unwrap().iter();
    let done = done.filter(|it| it["action"] == "difference.repair");
    let done: Vec<_> = done.map(|it| it["detail"]["repair"].clone()).collect();
    assert_eq!(done, ["confirm", "write_off", "reject", "write_off"].map(|it| json!(it)));
}

#[tokio::test]
async fn all_that_is_left_of_a_payment_goes_back_once() {
    let console = Console::new();
    let (path, it) = planted(&console).await;
    for _ in 0..2 {
        let (outcome, told) =
            decide(&console, &format!("{path}/refund"), "admin", "not there").await;
        assert_eq!(outcome, "200", "{told}");
    }
    let path = format!("/admin/v1/payments/{}", it.key.payment);
    let payment = console.get(&path, "viewer").await.json();
    assert_eq!(payment["amount_refunding"], 8888, "{payment}");
}

/// Of two charges that were paid, one counts: a merchant's refund would be taken from that one.
#[tokio::test]
async fn a_charge_that_does_not_count_gives_back_nothing_of_another() {
    let console = Console::new();
    let (_, it) = planted(&console).await;
    let mut next = console.rig.store.payment(it.key.payment).await.unwrap().unwrap();
    let (expected, attempt) = (next.version, AttemptId { payment: next.id, number: 2 });
    let second = Attempt { id: attempt, ..next.attempts[0].clone() };
    next.attempts.push(second);
    next.version += 1;
    let key = Key::order(attempt, None);
    let row = DifferenceRecord { key, ..it };
    let change = Change {
        payment: Some(Write { expected, next }),
        differences: vec![DifferenceWrite { expected: 0, next: row }],
        ..Change::default()
    };
    console.rig.store.commit(change).await.unwrap();
    let path = format!("/admin/v1/differences/ali/{key}/refund");
    let (outcome, told) = decide(&console, &path, "admin", "paid twice").await;
    assert_eq!(outcome, "409 difference-unfit", "{told}");
    let payment = console.rig.store.payment(key.payment).await.unwrap().unwrap();
    assert_eq!(payment.refunds, []);
}

/// Who decided is written before anything leaves, over what they had seen.
#[tokio::test(start_paused = true)]
async fn money_goes_back_behind_the_decision() {
    let console = Console::new();
    let (path, it) = planted(&console).await;
    console.rig.line(Wire::Held);
    let path = format!("{path}/refund");
    let sent = decide(&console, &path, "admin", "not there");
    assert!(timeout(Duration::from_secs(1), sent).await.is_err(), "it is on its way");
    let tables = console.rig.store.tables();
    assert_eq!(tables.payments[&it.key.payment].refunds.len(), 1);
    assert_eq!(tables.differences[&(it.account, it.key)].version, 2);
    assert!(tables.audit.iter().any(|it| it.act.action == "difference.repair"));
}

#[tokio::test]
async fn differences_are_listed_and_no_cell_of_the_file_runs() {
    let console = Console::new();
    let (_, it) = planted(&console).await;
    let state = DifferenceState::Accepted { by: "ann".into(), reason: "=1+1, \"x\"".into() };
    let next = DifferenceRecord { state, version: 2, ..it };
    let differences = vec![DifferenceWrite { expected: 1, next }];
    let change = Change { differences, ..Change::default() };
    console.rig.store.commit(change).await.unwrap();
    let list =
        async |query: &str| console.get(&format!("/admin/v1/differences?{query}"), "viewer").await;
    assert_eq!(list("").await.json()["data"], json!([]));
    let all = list("state=all&limit=1").await.json();
    assert_eq!(all["data"].as_array().map(Vec::len), Some(1), "{all}");
    let next = all["next_after"].as_str().unwrap();
    let rest = list(&format!("state=all&after={next}")).await.json();
    assert_eq!((&rest["data"], &rest["next_after"]), (&json!([]), &Value::Null));
    for wrong in ["state=x", "after=x", "day=2026-02-30", "account=A%20B", "format=pdf", "x=1"] {
        assert_eq!(list(wrong).await.outcome(), "400 invalid-query", "{wrong}");
    }
    let file = list("state=all&format=csv").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8; header=present");
    let file = String::from_utf8(file.body.to_vec()).unwrap();
    assert!(file.contains(",ann,,\"'=1+1, \"\"x\"\"\","), "{file}");
}

/// The page leads to the timeline, offers what its reader may do, and does it.
#[tokio::test]
async fn the_page_offers_what_its_reader_may_do() {
    let console = Console::new();
    let (path, it) = planted(&console).await;
    let path = path.replace("/admin/v1", "/console");
    let text =
        |reply: &crate::api::tests::rig::Reply| String::from_utf8_lossy(&reply.body).into_owned();
    let viewer = console.session("viewer").await;
    let seen = text(&console.page(Some(&viewer), "/console/differences").await);
    assert!(seen.contains(&format!("href=\"/console/payments/{}\"", it.key.payment)), "{seen}");
    assert!(
        seen.contains("88.88 CNY")
            && !seen.contains("<form method=\"post\" action=\"/console/diff")
    );
    let operator = console.session("operator").await;
    let seen = text(&console.page(Some(&operator), "/console/differences").await);
    assert!(seen.contains("/write_off\"") && !seen.contains("/refund\""), "{seen}");
    let reason = "reason=a+test%2C+of+ours";
    let refused = console.form(Some(&operator), &format!("{path}/write_off"), "reason=").await;
    assert_eq!(refused.status, 400);
    let done = console.form(Some(&operator), &format!("{path}/write_off"), reason).await;
    assert_eq!(done.status, 200, "{}", text(&done));
    let refused = console.form(Some(&operator), &format!("{path}/confirm"), "").await;
    assert_eq!(refused.status, 403);
    let admin = console.session("admin").await;
    let seen = text(&console.page(Some(&admin), "/console/differences").await);
    assert!(seen.contains("operator: a test, of ours") && seen.contains("/confirm\""), "{seen}");
    let done = console.form(Some(&admin), &format!("{path}/confirm"), "").await;
    assert_eq!(done.status, 200, "{}", text(&done));
    let file = console.page(Some(&viewer), "/console/differences.csv?state=all").await;
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"differences.csv\"");
    assert!(text(&file).contains("written_off"), "{}", text(&file));
    let wrong = console.page(Some(&viewer), "/console/differences?day=x").await;
    assert_eq!(wrong.status, 400);
}
