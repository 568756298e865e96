//! The queue of tasks: hand-outs and what is known of it in numbers.

use std::time::Duration;

use paymux_core::Timestamp;
use tokio_postgres::Row;

use super::connect::Connections;
use super::read::{get, one};
use super::{fault, read, text};
use crate::{Backlog, Leased, Read, TaskKind, cell};

pub(super) async fn lease(
    from: &Connections,
    now: Timestamp,
    lease: Duration,
    limit: usize,
) -> Read<Vec<Leased>> {
    let (limit, until) = (cell::limit(limit), now.after(lease).0);
    let rows = read::once(from, text::LEASE, &[&now.0, &limit, &until]).await?;
    let mut leased: Vec<(i64, String, u64)> = rows.iter().map(row).collect::<Read<_>>()?;
    leased.sort();
    Ok(leased.into_iter().filter_map(readable).collect())
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

pub(super) async fn backlog(from: &Connections, now: Timestamp) -> Read<Backlog> {
    let numbers = |row: &Row| {
        let read = || Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
        read().map_err(|it| fault::fault(&it))
    };
    let found: Option<(i64, i64, Option<i64>)> =
        one(from, text::BACKLOG, &[&now.0], numbers).await?;
    let (tasks, due, oldest) = found.unwrap_or_default();
    let oldest_due = oldest.map(Timestamp);
    Ok(Backlog { tasks: cell::unsigned(tasks)?, due: cell::unsigned(due)?, oldest_due })
}
