//! Creating payments: CPU by that of one signature, and how many there can be without one.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::{Bar, Figure, Terms, Unit};
use crate::bare::{self, Bare};
use crate::crowd::{self, Burst};
use crate::pace::Pace;
use crate::process::Usage;
use crate::relay::Message;
use crate::scenario::create;
use crate::stage::{Plan, Signing, Stage};
use crate::store::Kind;

/// Enough to keep two cores at work, few enough to wait in no queue of ours.
const SIGNED_WIDTH: usize = 64;
const WIDTH: usize = 256;

/// Requests that create payments of their own.
pub(super) fn orders(stage: &Stage, name: &str, count: usize) -> Arc<Vec<Message>> {
    let order = |number: usize| {
        let order_no = format!("{name}-{number}");
        let body = json!({
            "order_no": order_no, "amount": create::AMOUNT, "currency": "CNY",
            "subject": "Load test", "method": "qr", "channel": stage.plan.signing.channel(),
        });
        Message {
            path: "/v1/payments".into(),
            headers: vec![
                ("authorization".into(), format!("Bearer {}", stage.key(0))),
                ("content-type".into(), "application/json".into()),
                ("idempotency-key".into(), order_no),
            ],
            body: body.to_string().into(),
        }
    };
    Arc::new((0..count).map(order).collect())
}

pub(super) fn address(stage: &Stage) -> String {
    stage.gateway_url().trim_start_matches("http://").to_owned()
}

/// Without a worker: what is asked about payments later is no part of creating them.
pub(super) async fn stage(terms: &Terms, store: Kind, signing: Signing) -> anyhow::Result<Stage> {
    let paymux = terms.paymux.clone();
    Stage::set(Plan { store, signing, paymux, ..Plan::default() }).await?.without_worker().await
}

pub(super) async fn fire(
    stage: &Stage,
    width: usize,
    orders: Arc<Vec<Message>>,
) -> anyhow::Result<(Burst, Usage)> {
    let before = stage.gateway.usage()?;
    let burst = crowd::fire(width, &address(stage), orders, |status, _| status == 201).await?;
    Ok((crowd::clean(burst)?, stage.gateway.usage()? - before))
}

pub(super) async fn signed(terms: &Terms) -> anyhow::Result<Vec<Figure>> {
    let mut figures = vec![];
    for (store, most) in [(Kind::Sqlite, 1400), (Kind::Postgres, 1600)] {
        let stage = stage(terms, store, Signing::AlipayRsa2).await?;
        let name = format!("create, CPU ÷ signature, {}", store.name());
        let mut figure = Figure::new(&name, Unit::Ratio, Bar::AtMost(most));
        let count = terms.each() / 2;
        fire(&stage, SIGNED_WIDTH, orders(&stage, "warm", 50)).await?;
        for round in 0..terms.rounds {
            let sign = tokio::task::spawn_blocking(|| Bare::measure(2)).await??.sign;
            let orders = orders(&stage, &format!("round-{round}"), count);
            let before = stage.sandbox.usage()?;
            let (burst, used) = fire(&stage, SIGNED_WIDTH, orders).await?;
            let (channel, count) = (stage.sandbox.usage()? - before, u32::try_from(burst.count)?);
            let channel = (channel.cpu / count).as_micros();
            let (each, sign) = ((used.cpu / count).as_nanos(), sign.as_nanos().max(1));
            let (ours, bare) = (each / 1000, sign / 1000);
            let detail = format!("{ours} µs, a signature {bare} µs, the channel {channel} µs");
            figure.note(u64::try_from(each * 1000 / sign)?, detail);
        }
        figures.push(figure);
    }
    Ok(figures)
}

/// Where nothing is signed with RSA, the rest of the gateway is seen.
pub(super) async fn version_2(terms: &Terms) -> anyhow::Result<Vec<Figure>> {
    let stage = stage(terms, Kind::Sqlite, Signing::WechatV2).await?;
    let name = "create by WeChat v2, SQLite";
    let mut rate = Figure::new(name, Unit::PerSecond, Bar::AtLeast(5000));
    fire(&stage, WIDTH, orders(&stage, "warm", 500)).await?;
    let sandbox = |stage: &Stage| stage.sandbox.usage();
    for round in 0..terms.rounds {
        let orders = orders(&stage, &format!("round-{round}"), terms.each() * 4);
        let before = sandbox(&stage)?;
        let (burst, used) = fire(&stage, WIDTH, orders).await?;
        let (channel, count) = (sandbox(&stage)? - before, u32::try_from(burst.count)?);
        let detail = format!(
            "CPU each: gateway {} µs, channel {} µs",
            (used.cpu / count).as_micros(),
            (channel.cpu / count).as_micros()
        );
        rate.note(burst.per_second(), detail);
    }
    let mut figures = vec![added(terms, &stage, rate.median() / 2, Kind::Sqlite).await?];
    figures.insert(0, rate);
    let stage = self::stage(terms, Kind::Postgres, Signing::WechatV2).await?;
    let warm = fire(&stage, WIDTH, orders(&stage, "warm", terms.each())).await?.0;
    figures.push(added(terms, &stage, warm.per_second() / 2, Kind::Postgres).await?);
    Ok(figures)
}

/// A payment is committed twice before it is answered, a notification once.
pub(super) fn disk(stage: &Stage) -> anyhow::Result<String> {
    let syncs = tokio::task::block_in_place(|| bare::syncs(&stage.dir))?;
    let [p50, p99] = [500, 990].map(|it| syncs.at(it).as_micros());
    Ok(format!("a sync alone: p50 {p50}, p99 {p99} µs"))
}

/// Latency at half of what was possible. The channel's own time is in it: a fraction of a
/// millisecond, since the sandbox answers at once.
async fn added(terms: &Terms, stage: &Stage, rate: u64, store: Kind) -> anyhow::Result<Figure> {
    let most = if store == Kind::Sqlite { 5000 } else { 10_000 };
    let name = format!("create, p99 at half load, {}", store.name());
    let mut figure = Figure::new(&name, Unit::Micros, Bar::AtMost(most));
    let rate = u32::try_from(rate)?.max(1);
    for round in 0..terms.rounds {
        let run = create::create(stage, Pace::of(rate, 1), &format!("half-{round}")).await;
        let p99 = u64::try_from(run.latency.at(990).as_micros())?;
        let (p50, disk) = (run.latency.at(500).as_micros(), disk(stage)?);
        let failed = run.failed.len();
        figure.note(p99, format!("{rate}/s, p50 {p50} µs, {failed} failed; {disk}"));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(figure)
}
