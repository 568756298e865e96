//! Notifications: new ones beside a bare store, repeats beside a bare server and a bare Redis,
//! forged ones beside bare verifications.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use paymux_services::Redis;
use paymux_store::sqlite::Sqlite;
use paymux_store::{Change, Store as _};

use super::create::{address, disk};
use super::peers::{Peer, Server};
use super::{Bar, Figure, Terms, Unit};
use crate::crowd::{self, per_second};
use crate::latency::{Latency, now};
use crate::pace::Pace;
use crate::relay::Message;
use crate::rows::Rows;
use crate::scenario::notify;
use crate::stage::{Plan, Signing, Stage};
use crate::store::Kind;

pub(super) const WIDTH: usize = 64;
/// Repeats and forgeries are quick: more of them make a round.
const TIMES: usize = 5;
const EPOCH_MS: i64 = 1_790_000_000_000;

pub(super) async fn run(terms: &Terms) -> anyhow::Result<Vec<Figure>> {
    let mut fresh =
        Figure::new("notification, new ÷ bare commits, SQLite", Unit::Ratio, Bar::AtLeast(550));
    let mut again =
        Figure::new("notification, repeated ÷ bare server", Unit::Ratio, Bar::AtLeast(600));
    let mut redis = Figure::new("notification, repeated ÷ redis SET NX", Unit::Ratio, Bar::None);
    let mut forged =
        Figure::new("notification, forged ÷ bare verify", Unit::Ratio, Bar::AtLeast(800));
    let stage = stage(terms, Kind::Sqlite).await?;
    let total = terms.each * (terms.rounds + 1);
    let (_, messages) = notify::prepare(&stage, total, "storm").await?;
    let reads = Server::start(Peer::Reads).await?;
    let verifies = Server::start(Peer::Verifies).await?;
    let set_nx = Redis::start();
    let gateway = address(&stage);
    let mut rounds = messages.chunks(terms.each());
    warm(&stage, rounds.next().context("messages")?).await?;
    for chunk in rounds.take(terms.rounds as usize) {
        let bare = bare_commits(chunk.len()).await?;
        fresh.rate(new(&stage, chunk).await?, bare);
        let many = Arc::new(repeated(chunk, TIMES));
        let read = crowd::fire(WIDTH, &reads.address, many.clone(), success).await?;
        let ours = crowd::clean(crowd::fire(WIDTH, &gateway, many, success).await?)?;
        again.rate(ours.per_second(), read.per_second());
        redis.rate(ours.per_second(), benchmark(&set_nx)?);
        let false_ones: Vec<_> = chunk.iter().map(Message::forged).collect();
        let many = Arc::new(repeated(&false_ones, TIMES));
        let verified = crowd::fire(WIDTH, &verifies.address, many.clone(), success).await?;
        let refused = crowd::fire(WIDTH, &gateway, many, |_, body| body != b"success");
        let refused = crowd::clean(refused.await?)?;
        forged.rate(refused.per_second(), verified.per_second());
    }
    drop(stage);
    let mut figures = vec![fresh, again, redis, forged];
    for store in [Kind::Sqlite, Kind::Postgres] {
        figures.push(added(terms, store).await?);
    }
    Ok(figures)
}

pub(super) async fn stage(terms: &Terms, store: Kind) -> anyhow::Result<Stage> {
    let (paymux, signing) = (terms.paymux.clone(), Signing::AlipayRsa2);
    let plan = Plan { store, signing, caught: true, paymux, ..Plan::default() };
    Stage::set(plan).await?.without_worker().await
}

/// "Received" in the words of either channel.
fn success(_: u16, body: &[u8]) -> bool {
    body == b"success" || body.windows(9).any(|it| it == b"[SUCCESS]")
}

async fn warm(stage: &Stage, messages: &[Message]) -> anyhow::Result<u64> {
    new(stage, messages).await
}

pub(super) async fn new(stage: &Stage, messages: &[Message]) -> anyhow::Result<u64> {
    let messages = Arc::new(messages.to_vec());
    let burst = crowd::fire(WIDTH, &address(stage), messages, success).await?;
    Ok(crowd::clean(burst)?.per_second())
}

fn repeated(messages: &[Message], times: usize) -> Vec<Message> {
    messages.iter().cycle().take(messages.len() * times).cloned().collect()
}

/// The commits of as many notifications, in a store of this process.
async fn bare_commits(count: usize) -> anyhow::Result<u64> {
    let folder = tempfile::tempdir()?;
    let store = Sqlite::open(&folder.path().join("bare.db"))?;
    let paid = stored(&store, count).await?;
    let rate = commit_all(&store, paid).await?;
    store.close().await;
    Ok(rate)
}

/// Pending payments in the store, and the commits that would tell it that each is paid.
pub(super) async fn stored(store: &Sqlite, count: usize) -> anyhow::Result<Vec<Change>> {
    let rows = Rows::new(EPOCH_MS)?;
    let (mut created, mut paid) = (vec![], vec![]);
    for number in 0..u32::try_from(count)? {
        let ([intent, answered], payment) = rows.created(number)?;
        paid.push(rows.paid(&payment)?);
        created.push((intent, answered));
    }
    let one = |(intent, answered)| {
        let store = store.clone();
        async move {
            store.commit(intent).await?;
            Ok(store.commit(answered).await?)
        }
    };
    crate::flock::of(WIDTH, created, one).await.into_iter().collect::<anyhow::Result<()>>()?;
    Ok(paid)
}

pub(super) async fn commit_all(store: &Sqlite, changes: Vec<Change>) -> anyhow::Result<u64> {
    let (begun, count) = (now(), changes.len());
    let one = |change| {
        let store = store.clone();
        async move { Ok(store.commit(change).await?) }
    };
    crate::flock::of(WIDTH, changes, one).await.into_iter().collect::<anyhow::Result<()>>()?;
    Ok(per_second(count, begun.elapsed()))
}

/// Said by Redis' own tool, over as many connections.
fn benchmark(redis: &Redis) -> anyhow::Result<u64> {
    let port = redis.port.to_string();
    let said = std::process::Command::new("redis-benchmark")
        .args(["-p", &port, "-n", "40000", "-c", "64", "-r", "1000", "--csv"])
        .args(["SET", "notify:__rand_int__", "token", "NX", "PX", "30000"])
        .output()
        .context("redis-benchmark")?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let last = said.lines().last().and_then(|it| it.split("\",\"").nth(1));
    let rate = last.and_then(|it| it.split('.').next()?.parse().ok());
    rate.with_context(|| format!("redis-benchmark said {said}"))
}

/// No channel is asked while a notification is taken in, so all of its latency is ours.
async fn added(terms: &Terms, store: Kind) -> anyhow::Result<Figure> {
    let most = if store == Kind::Sqlite { 5000 } else { 10_000 };
    let name = format!("notification, p99 at half load, {}", store.name());
    let mut figure = Figure::new(&name, Unit::Micros, Bar::AtMost(most));
    let stage = stage(terms, store).await?;
    let (_, messages) = notify::prepare(&stage, terms.each * 2, "half").await?;
    let (first, second) = messages.split_at(terms.each());
    let half = u32::try_from(new(&stage, first).await? / 2)?.max(1);
    for chunk in second.chunks(terms.each() / terms.rounds as usize) {
        let total = u32::try_from(chunk.len())?;
        let (client, url) = (stage.client.clone(), stage.gateway_url());
        let run = Pace { rate: half, total }.run(|number| {
            let message = chunk[number as usize].clone();
            let (client, url) = (client.clone(), url.clone());
            async move { message.send(&client, &url).await }
        });
        let latency: Latency = run.await.latency;
        let (p50, p99) = (latency.at(500).as_micros(), latency.at(990).as_micros());
        figure.note(u64::try_from(p99)?, format!("{half}/s, p50 {p50} µs; {}", disk(&stage)?));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(figure)
}
