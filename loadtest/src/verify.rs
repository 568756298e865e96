//! By id: each payment succeeded once, was told, and is in the channel's books.

use serde_json::Value;

use crate::load::{AMOUNT, Run};
use crate::stage::Stage;

/// Everything that is not as it must be, one line each.
pub(crate) async fn verify(stage: &Stage, run: &Run) -> anyhow::Result<Vec<String>> {
    let mut findings = vec![];
    for created in &run.created {
        let url = format!("{}/{}", stage.payments(), created.id);
        let (_, payment) = stage.client.get(&url).await?;
        if payment["status"] != "succeeded" {
            findings.push(format!("{}: {}", created.id, payment["status"]));
        }
    }
    findings.extend(told(stage, run));
    findings.extend(books(stage, run).await?);
    Ok(findings)
}

/// At least one delivery of exactly one success, and no word of anybody else's payment.
fn told(stage: &Stage, run: &Run) -> Vec<String> {
    let heard = stage.inbox.heard();
    let mut findings = vec![];
    for created in &run.created {
        match heard.get(&created.id) {
            None => findings.push(format!("{}: never told", created.id)),
            Some(it) if it.events.len() != 1 => {
                findings.push(format!("{}: {} successes", created.id, it.events.len()));
            }
            Some(_) => {}
        }
    }
    let known = |id: &String| run.created.iter().any(|it| it.id == *id);
    findings.extend(heard.keys().filter(|id| !known(id)).map(|id| format!("{id}: unknown")));
    findings
}

async fn books(stage: &Stage, run: &Run) -> anyhow::Result<Vec<String>> {
    let (_, books) = stage.client.get(&stage.sandbox("/control/books")).await?;
    let sum = |field: &str| -> i64 {
        let channels = books.as_object().map(|it| it.values().collect::<Vec<_>>());
        channels.unwrap_or_default().iter().filter_map(|it| Value::as_i64(&it[field])).sum()
    };
    let payments = i64::try_from(run.created.len())?;
    let mut findings = vec![];
    if sum("paid_orders") != payments || sum("paid_fen") != payments * AMOUNT {
        findings.push(format!("{payments} payments of {AMOUNT} fen; the channel's books: {books}"));
    }
    Ok(findings)
}
