//! What must be true when all is over: of every order, every answer, every fen, every event.

use std::collections::{BTreeMap, BTreeSet};

use paymux_sandbox::Sandbox;
use serde_json::Value;

use crate::api::Api;
use crate::customer::Served;
use crate::shop::Shop;

/// What was found.
pub struct Audit {
    /// In numbers.
    pub report: String,
    /// Deliveries that the merchant took more than once.
    pub repeated: u64,
    /// What is wrong.
    pub findings: Vec<String>,
}

/// Of customers that were all served.
pub async fn audit(
    (api, operator): (&Api, &Api),
    shop: &Shop,
    sandbox: &Sandbox,
    served: &[Served],
) -> Audit {
    let (payments, events) = (api.payments().await, api.events(100).await);
    let mut findings = vec![];
    findings.extend(ended(&payments, served.len()));
    findings.extend(promised(served, &payments));
    findings.extend(replayed(api, served).await);
    findings.extend(balanced(sandbox, &payments));
    findings.extend(booked(operator, &payments).await);
    findings.extend(told(&events, &payments));
    let repeated = heard(shop, &events, &mut findings);
    let refunds = served.iter().filter(|it| it.back > 0).count();
    let report = format!(
        "{} payments, {refunds} refunds, {} events, {repeated} deliveries heard twice",
        payments.len(),
        events.len()
    );
    Audit { report, repeated, findings }
}

/// Every order became one payment, and every payment came to its good end.
fn ended(payments: &[Value], orders: usize) -> Vec<String> {
    let mut findings = vec![];
    if payments.len() != orders {
        findings.push(format!("{orders} orders became {} payments", payments.len()));
    }
    let stuck = |it: &&Value| it["status"] != "succeeded" || it["amount_refunding"] != 0;
    findings.extend(payments.iter().filter(stuck).map(|it| format!("stuck: {it}")));
    findings
}

/// What a customer was answered is there, with the amounts it asked for.
fn promised(served: &[Served], payments: &[Value]) -> Vec<String> {
    let by_id: BTreeMap<_, _> = payments.iter().map(|it| (it["id"].as_str(), it)).collect();
    let broken = |it: &&Served| {
        let found = by_id.get(&Some(&*it.id));
        found.is_none_or(|own| own["amount"] != it.amount || own["amount_refunded"] != it.back)
    };
    let broken = served.iter().filter(broken);
    broken.map(|it| format!("promised to a customer: {} with {} back", it.id, it.back)).collect()
}

/// The first answer to a key is the answer, in every life of the gateway.
async fn replayed(api: &Api, served: &[Served]) -> Vec<String> {
    let mut findings = vec![];
    for answered in served.iter().flat_map(|it| &it.answers) {
        let again = api.post(&answered.path, &answered.key, &answered.request).await;
        if !again.is_replayed() || again.status != 201 || again.body != answered.answer {
            findings.push(format!("{} is answered otherwise: {again:?}", answered.key));
        }
    }
    findings
}

/// The channels' books are the sum of the payments.
fn balanced(sandbox: &Sandbox, payments: &[Value]) -> Vec<String> {
    let mut findings = vec![];
    for (channel, totals) in sandbox.books() {
        let name = format!("{channel:?}").to_lowercase();
        let own = payments.iter().filter(|it| it["attempt"]["channel"] == name.as_str());
        let sum = |field: &str| own.clone().filter_map(|it| it[field].as_i64()).sum::<i64>();
        let expected = (own.clone().count() as u64, sum("amount"), sum("amount_refunded"));
        let at_channel = (totals.paid_orders, totals.paid_fen, totals.refunded_fen);
        if at_channel != expected || totals.orders != totals.paid_orders {
            findings.push(format!("the books of {name}: {totals:?}, the payments: {expected:?}"));
        }
    }
    findings
}

/// The ledger is balanced, and owes the merchant what the payments say.
async fn booked(operator: &Api, payments: &[Value]) -> Vec<String> {
    let checked = operator.get("/admin/v1/ledger/check").await;
    let books = operator.get("/admin/v1/merchants/tests/ledger").await;
    let sum = |field: &str| payments.iter().filter_map(|it| it[field].as_i64()).sum::<i64>();
    let expected = sum("amount") - sum("amount_refunded");
    let held = books.json();
    let rows = held["data"].as_array().into_iter().flatten();
    let owed = rows.filter(|it| it["book"] == "owed").filter_map(|it| it["amount"].as_i64());
    let owed: i64 = owed.sum();
    let mut findings = vec![];
    if checked.json()["balanced"] != true {
        findings.push(format!("the ledger is not balanced: {checked:?}"));
    }
    if owed != expected {
        findings.push(format!("{owed} is owed, and the payments are worth {expected}: {books:?}"));
    }
    findings
}

/// One success for each payment, and versions without gaps.
fn told(events: &[Value], payments: &[Value]) -> Vec<String> {
    let mut of_payment: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for event in events {
        let id = event["data"]["payment"]["id"].as_str().unwrap_or_default();
        of_payment.entry(id).or_default().push(event);
    }
    let wrong = |id: &&str| {
        let own = of_payment.get(*id).cloned().unwrap_or_default();
        let successes = own.iter().filter(|it| it["type"] == "payment.succeeded").count();
        let versions = own.iter().map(|it| it["version"].as_u64());
        successes != 1 || !versions.eq((1..=own.len() as u64).map(Some))
    };
    let ids = payments.iter().filter_map(|it| it["id"].as_str());
    ids.filter(wrong).map(|it| format!("events of {it}: {:?}", of_payment.get(it))).collect()
}

/// Every event was heard; how often one came again.
fn heard(shop: &Shop, events: &[Value], findings: &mut Vec<String>) -> u64 {
    let mut times: BTreeMap<String, u64> = BTreeMap::new();
    for heard in shop.heard().into_iter().filter(|it| it.taken) {
        *times.entry(heard.id).or_default() += 1;
    }
    let listed: BTreeSet<_> = events.iter().filter_map(|it| it["id"].as_str()).collect();
    let unheard = listed.iter().filter(|it| !times.contains_key(**it));
    findings.extend(unheard.map(|it| format!("never delivered: {it}")));
    let unknown = times.keys().filter(|it| !listed.contains(it.as_str()));
    findings.extend(unknown.map(|it| format!("delivered, and not in the store: {it}")));
    times.values().map(|it| it - 1).sum()
}
