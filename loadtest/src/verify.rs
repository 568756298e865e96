//! By id: each payment succeeded once and was told, and the channel's books say the same.

use std::collections::{BTreeMap, HashSet};
use std::time::Instant;

use anyhow::ensure;
use serde_json::Value;

use crate::flock;
use crate::merchants::Manner;
use crate::scenario::create::AMOUNT;
use crate::stage::Stage;

/// Questions at once.
const WIDTH: usize = 32;

/// A payment that must have succeeded, once.
#[derive(Clone, Debug)]
pub struct Expected {
    pub id: String,
    pub out_trade_no: String,
    pub merchant: u32,
    /// When it was due to begin: time spent waiting for its turn counts.
    pub due: Option<Instant>,
}

/// Everything that is not as it must be, one line each.
pub async fn verify(stage: &Stage, expected: &[Expected]) -> anyhow::Result<Vec<String>> {
    let mut findings = states(stage, expected).await?;
    findings.extend(told(stage, expected));
    findings.extend(books(stage, expected).await?);
    Ok(findings)
}

/// What the gateway itself says of each.
async fn states(stage: &Stage, expected: &[Expected]) -> anyhow::Result<Vec<String>> {
    let asked = flock::of(WIDTH, expected, |it| {
        let (client, url) = (stage.client.clone(), format!("{}/{}", stage.payments(), it.id));
        let (token, id) = (stage.key(it.merchant).to_owned(), it.id.clone());
        async move {
            let (status, payment) = client.get(&url, &token).await?;
            ensure!(status == 200, "{id}: {status} {payment}");
            let wrong = payment["status"] != "succeeded" || payment["amount"] != AMOUNT;
            Ok(wrong.then(|| format!("{id}: {} {}", payment["status"], payment["amount"])))
        }
    });
    let found = asked.await.into_iter().map(|it| it.unwrap_or_else(|it| Some(it.to_string())));
    Ok(found.flatten().collect())
}

/// At least one delivery of exactly one success, and no word of anybody else's payment.
fn told(stage: &Stage, expected: &[Expected]) -> Vec<String> {
    let heard = stage.inbox.heard();
    let mut findings = vec![];
    for it in expected {
        let dead = stage.plan.temper.of(it.merchant) == Manner::Dead;
        match heard.get(&it.id) {
            None if dead => {}
            None => findings.push(format!("{}: never told", it.id)),
            Some(heard) if heard.events.len() != 1 => {
                findings.push(format!("{}: {} successes", it.id, heard.events.len()));
            }
            Some(_) => {}
        }
    }
    let known: HashSet<_> = expected.iter().map(|it| &it.id).collect();
    findings
        .extend(heard.keys().filter(|id| !known.contains(id)).map(|it| format!("{it}: unknown")));
    findings
}

/// The channel was paid for exactly these, and for each once.
async fn books(stage: &Stage, expected: &[Expected]) -> anyhow::Result<Vec<String>> {
    let (status, orders) = stage.client.get(&stage.sandbox("/control/orders"), "").await?;
    ensure!(status == 200, "the sandbox did not show its orders: {status}");
    let orders = orders.as_array().cloned().unwrap_or_default();
    let number = |it: &Value| it["out_trade_no"].as_str().unwrap_or_default().to_owned();
    let mut paid: BTreeMap<_, _> =
        orders.iter().map(|it| (number(it), it["paid_fen"].as_i64().unwrap_or(0))).collect();
    let mut findings = vec![];
    for it in expected {
        match paid.remove(&it.out_trade_no) {
            Some(AMOUNT) => {}
            found => findings.push(format!("{}: the channel's books say {found:?}", it.id)),
        }
    }
    let strange = paid.into_iter().filter(|it| it.1 != 0);
    findings.extend(strange.map(|(number, fen)| format!("{number}: {fen} fen of no payment")));
    findings.extend(sums(stage, expected).await?);
    Ok(findings)
}

async fn sums(stage: &Stage, expected: &[Expected]) -> anyhow::Result<Option<String>> {
    let (_, books) = stage.client.get(&stage.sandbox("/control/books"), "").await?;
    let sum = |field: &str| -> i64 {
        let channels = books.as_object().map(|it| it.values().collect::<Vec<_>>());
        channels.unwrap_or_default().iter().filter_map(|it| it[field].as_i64()).sum()
    };
    let payments = i64::try_from(expected.len())?;
    let same = sum("paid_orders") == payments && sum("paid_fen") == payments * AMOUNT;
    Ok((!same).then(|| format!("{payments} payments of {AMOUNT} fen; the books: {books}")))
}
