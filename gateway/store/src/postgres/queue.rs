//! The queue of tasks: hand-outs and what is known of it in numbers.

use std::time::Duration;

use paymux_core::Timestamp;
use tokio_postgres::Row;

use super::connect::Connections;
use super::read::{get, one};
use super::{fault, read, text};
use crate::{Backlog, Leased, Read, StoreError, TaskKind, Untold, Waiting, cell};

pub(super) async fn lease(
    from: &Connections,
    now: Timestamp,
    lease: Duration,
    limit: usize,
    time: Option<Duration>,
) -> Read<Vec<Leased>> {
    let (limit, until) = (cell::limit(limit), now.after(lease).0);
    let apart = time.and_then(|it| i64::try_from(it.as_millis()).ok());
    let rows = read::once(from, text::LEASE, &[&now.0, &limit, &until, &apart]).await?;
    let mut leased: Vec<(i64, String, u64)> = rows.iter().map(row).collect::<Read<_>>()?;
    if let Some(time) = time
        && leased.is_empty()
    {
        agree(from, now, time).await?;
    }
    leased.sort();
    Ok(leased.into_iter().filter_map(readable).collect())
}

/// Nothing is handed out to a clock that is wrong, and whoever has it is to hear of it.
async fn agree(from: &Connections, now: Timestamp, time: Duration) -> Read<()> {
    let there = clock(from).await?.unwrap_or(now);
    let apart = now.since(there).max(there.since(now));
    if apart <= time {
        return Ok(());
    }
    Err(StoreError(format!("the clock here and the database's are {} s apart", apart.as_secs())))
}

/// In the order they are handed out.
fn row(row: &Row) -> Read<(i64, String, u64)> {
    Ok((get(row, "due")?, get(row, "kind")?, cell::unsigned(get(row, "fence")?)?))
}

/// A task that cannot be read is leased to nobody: it must not hold up the others behind it.
fn readable((due, kind, fence): (i64, String, u64)) -> Option<Leased> {
    let known = TaskKind::parse(&kind);
    if known.is_none() {
        tracing::error!(task = kind, "store.task_unreadable");
    }
    known.map(|kind| Leased { kind, fence, due: Timestamp(due) })
}

pub(super) async fn next_due(from: &Connections) -> Read<Option<Timestamp>> {
    let due = one(from, text::NEXT_DUE, &[], |row| row.try_get(0).map_err(|it| fault::fault(&it)));
    let due: Option<Option<i64>> = due.await?;
    Ok(due.flatten().map(Timestamp))
}

/// What time it is at the server, by which all nodes can compare theirs.
pub(super) async fn clock(from: &Connections) -> Read<Option<Timestamp>> {
    let now = one(from, text::CLOCK, &[], |row| row.try_get(0).map_err(|it| fault::fault(&it)));
    let now: Option<i64> = now.await?;
    Ok(now.map(Timestamp))
}

/// The queue, and what is not over elsewhere.
pub(super) async fn backlog(from: &Connections, now: Timestamp) -> Read<Backlog> {
    Ok(one(from, text::BACKLOG, &[&now.0], numbers).await?.unwrap_or_default())
}

fn numbers(row: &Row) -> Read<Backlog> {
    let waiting = |count: &str, since: &str| {
        let since: Option<i64> = get(row, since)?;
        Ok(Waiting { count: cell::unsigned(get(row, count)?)?, since: since.map(Timestamp) })
    };
    let queue = waiting("tasks_due", "oldest_due")?;
    Ok(Backlog {
        tasks: cell::unsigned(get(row, "tasks")?)?,
        due: queue.count,
        oldest_due: queue.since,
        untold: Untold {
            due: waiting("due", "due_since")?,
            held: waiting("held", "held_since")?,
            exhausted: waiting("exhausted", "exhausted_since")?,
        },
        doubts: waiting("doubts", "doubts_since")?,
    })
}

/// Of the whole database, indexes included.
pub(super) async fn size(from: &Connections) -> Read<Option<u64>> {
    let bytes = one(from, text::SIZE, &[], |row| get::<i64>(row, "pg_database_size")).await?;
    bytes.map(cell::unsigned).transpose()
}
