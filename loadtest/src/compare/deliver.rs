//! Deliveries: a backlog that the worker works off, beside a bare client that posts the same bytes
//! to the same merchants.

use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;

use super::intake::{WIDTH, new};
use super::{Bar, Figure, Terms, Unit};
use crate::crowd::{self, per_second};
use crate::latency::now;
use crate::merchants::Temper;
use crate::relay::Message;
use crate::scenario::{Scenario, notify};
use crate::stage::{Plan, Signing, Stage};
use crate::store::Kind;

const PATIENCE: Duration = Duration::from_secs(60);
/// As many deliveries at once as the bare client has connections.
const PLACES: Option<u32> = Some(64);

pub(super) async fn run(terms: &Terms) -> anyhow::Result<Vec<Figure>> {
    let name = "delivery ÷ bare client, SQLite";
    let mut figure = Figure::new(name, Unit::Ratio, Bar::AtLeast(500));
    let mut stage = stage(terms).await?;
    for round in 0..terms.rounds {
        let name = format!("deliver-{round}");
        let (_, messages) = notify::prepare(&stage, terms.each, &name).await?;
        new(&stage, &messages).await?;
        let bare = bare(&stage, messages.len()).await?;
        figure.rate(backlog(&mut stage, messages.len()).await?, bare);
        stage.restart(&["--role", "api"]).await?;
    }
    Ok(vec![figure, neighbours(terms).await?])
}

async fn stage(terms: &Terms) -> anyhow::Result<Stage> {
    let (paymux, signing) = (terms.paymux.clone(), Signing::AlipayRsa2);
    let plan = Plan { signing, caught: true, paymux, places: PLACES, ..Plan::default() };
    Stage::set(plan).await?.without_worker().await
}

/// From the first webhook to the last.
async fn backlog(stage: &mut Stage, count: usize) -> anyhow::Result<u64> {
    let before = stage.inbox.heard().len();
    stage.gateway.stop().await?;
    let begun = now();
    stage.start(&["--role", "worker"]).await?;
    ensure!(stage.inbox.wait_for(before + count, PATIENCE).await, "a backlog was not worked off");
    let heard = stage.inbox.heard();
    let times: Vec<_> = heard.values().map(|it| it.first).filter(|it| *it > begun).collect();
    let (first, last) = (times.iter().min(), times.iter().max());
    let elapsed = first.zip(last).map_or(Duration::ZERO, |(first, last)| *last - *first);
    Ok(per_second(times.len(), elapsed))
}

async fn bare(stage: &Stage, count: usize) -> anyhow::Result<u64> {
    // Of the length of a webhook, and of no payment.
    let body = format!("{{\"type\":\"payment.none\",\"filler\":\"{}\"}}", "0".repeat(600));
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let message = Message { path: "/webhook/0".into(), headers, body: body.into() };
    let address = format!("127.0.0.1:{}", stage.webhooks());
    let burst =
        crowd::fire(WIDTH, &address, Arc::new(vec![message; count]), |status, _| status == 200);
    Ok(crowd::clean(burst.await?)?.per_second())
}

/// The others' p99 with one dead merchant of a hundred, by what it is without one.
async fn neighbours(terms: &Terms) -> anyhow::Result<Figure> {
    let name = "delivery, others' p99 beside a dead merchant";
    let mut figure = Figure::new(name, Unit::Ratio, Bar::AtMost(1200));
    for _ in 0..terms.rounds.min(3) {
        let (well, dead) = (others(terms, 0).await?, others(terms, 1).await?);
        let detail = format!("{} µs, without {} µs", dead.as_micros(), well.as_micros());
        figure.note(u64::try_from(dead.as_micros() * 1000 / well.as_micros().max(1))?, detail);
    }
    Ok(figure)
}

async fn others(terms: &Terms, dead: u32) -> anyhow::Result<Duration> {
    let plan = Plan {
        store: Kind::Sqlite,
        signing: Signing::WechatV2,
        temper: Temper { merchants: 100, dead, slow: 0 },
        paymux: terms.paymux.clone(),
        ..Plan::default()
    };
    let stage = Stage::set(plan.clone()).await?;
    let run = crate::scenario::Terms {
        scenario: Scenario::Fanout,
        pace: crate::pace::Pace::of(200, 4),
        plan,
        patience: PATIENCE,
    };
    let expected = crate::scenario::trip::begin(&stage, &run).await?;
    let quick = expected.iter().filter(|it| it.merchant >= 1).count();
    ensure!(stage.inbox.wait_for(quick, PATIENCE).await, "the others were not told");
    let heard = stage.inbox.heard();
    let time = |it: &crate::verify::Expected| {
        let heard = heard.get(&it.id)?;
        Some(heard.first.duration_since(it.due?))
    };
    let quick = expected.iter().filter(|it| it.merchant >= 1);
    Ok(quick.filter_map(time).collect::<crate::latency::Latency>().at(990))
}
