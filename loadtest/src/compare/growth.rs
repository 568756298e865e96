//! Growth: the same rates with an empty store and with a full one, round by round beside each
//! other; and how much memory pending tasks take.

use std::time::Duration;

use paymux_core::Timestamp;
use paymux_store::sqlite::Sqlite;
use paymux_store::{Change, Store as _, Task, TaskKind};

use super::create::{fire, orders};
use super::intake::new;
use super::{Bar, Figure, Terms, Unit};
use crate::flock;
use crate::rows::Rows;
use crate::scenario::notify;
use crate::stage::{Plan, Signing, Stage};
use crate::store::Kind;

const WIDTH: usize = 64;
/// Tasks in one commit of the filler.
const BATCH: u32 = 1000;
/// Long ago for payments, and far away for tasks: nobody works on what only fills.
const THEN_MS: i64 = 1_700_000_000_000;
const LATER_MS: i64 = 4_000_000_000_000;

pub(super) async fn run(terms: &Terms) -> anyhow::Result<Vec<Figure>> {
    let full = format!("with {} payments and {} tasks ÷ empty", terms.stored, terms.tasks);
    let figure =
        |what: &str| Figure::new(&format!("growth, {what} {full}"), Unit::Ratio, Bar::AtLeast(850));
    let (mut create, mut intake) = (figure("create"), figure("notification"));
    let (empty, kib) = stage(terms, 0, 0).await?;
    let mut idle = Figure::new("resident, idle", Unit::Kib, Bar::AtMost(40 * 1024));
    idle.note(kib, String::new());
    let (filled, kib) = stage(terms, terms.stored, terms.tasks).await?;
    let mut resident =
        Figure::new("resident with pending tasks", Unit::Kib, Bar::AtMost(150 * 1024));
    resident.note(kib, format!("{} tasks", terms.tasks));
    let total = terms.each * (terms.rounds + 1);
    let (one, other) = (
        notify::prepare(&empty, total, "grow").await?.1,
        notify::prepare(&filled, total, "grow").await?.1,
    );
    let both = one.chunks(terms.each()).zip(other.chunks(terms.each())).enumerate();
    for (round, (without, with)) in both {
        let name = format!("growth-{round}");
        let count = terms.each() * 2;
        let bare = fire(&empty, WIDTH, orders(&empty, &name, count)).await?.0.per_second();
        let ours = fire(&filled, WIDTH, orders(&filled, &name, count)).await?.0.per_second();
        let told = (new(&empty, without).await?, new(&filled, with).await?);
        // The first one warms both.
        if round > 0 {
            create.rate(ours, bare);
            intake.rate(told.1, told.0);
        }
    }
    Ok(vec![create, intake, idle, resident])
}

/// And what is resident, all at rest.
async fn stage(terms: &Terms, stored: u32, tasks: u32) -> anyhow::Result<(Stage, u64)> {
    let (paymux, signing) = (terms.paymux.clone(), Signing::WechatV2);
    let store = Kind::Sqlite;
    let mut stage =
        Stage::set(Plan { store, signing, caught: true, paymux, ..Plan::default() }).await?;
    stage.gateway.stop().await?;
    let file = Sqlite::open(&stage.dir.join("paymux.db"))?;
    fill(&file, stored, tasks).await?;
    file.close().await;
    stage.start(&["--role", "api,worker"]).await?;
    // What opening the store took is not what it takes to serve it.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let resident = stage.gateway.usage()?.resident_kib;
    Ok((stage.without_worker().await?, resident))
}

/// Through the driver, so that every row is as the gateway writes it.
pub(super) async fn fill(store: &Sqlite, stored: u32, tasks: u32) -> anyhow::Result<()> {
    let rows = Rows::new(THEN_MS)?;
    for first in (0..stored).step_by(BATCH as usize) {
        let changes = (first..stored.min(first + BATCH)).map(|it| rows.whole(it));
        let changes = changes.collect::<anyhow::Result<Vec<_>>>()?;
        commit(store, changes).await?;
    }
    let mut changes = vec![];
    for first in (0..tasks).step_by(BATCH as usize) {
        let task = |number| {
            // Of payments that are not there: a task is a hint, and these are never due.
            let attempt = rows.attempt(stored + number)?;
            Ok(Task { kind: TaskKind::Resolve(attempt), due: Timestamp(LATER_MS) })
        };
        let tasks = (first..tasks.min(first + BATCH)).map(task);
        let tasks = tasks.collect::<anyhow::Result<Vec<_>>>()?;
        changes.push(Change { tasks, ..Change::default() });
    }
    commit(store, changes).await
}

async fn commit(store: &Sqlite, changes: Vec<Change>) -> anyhow::Result<()> {
    let one = |change| {
        let store = store.clone();
        async move { Ok(store.commit(change).await?) }
    };
    flock::of(WIDTH, changes, one).await.into_iter().collect()
}
