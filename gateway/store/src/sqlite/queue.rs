//! The queue of tasks in SQL.

use paymux_core::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::write::{Refused, Step, run};
use super::{fault, text};
use crate::{CommitError, Finish, Leased, Read, Task, TaskKind, Then, cell};

/// Leased by nobody.
const FREE: i64 = i64::MIN;

/// Whose lease ends when: what the writer needs to know of a hand-out.
#[derive(Clone, Copy, Debug)]
pub(super) struct HandOut {
    pub(super) now: Timestamp,
    pub(super) until: Timestamp,
    pub(super) limit: usize,
}

pub(super) fn check_fence(to: &Connection, finish: &Finish) -> Step {
    let mut select = to.prepare_cached(text::FENCE)?;
    let kind = finish.kind.to_string();
    let fence: Option<i64> = select.query_row([kind], |row| row.get(0)).optional()?;
    let owned = fence.is_some_and(|it| u64::try_from(it) == Ok(finish.fence));
    if owned { Ok(()) } else { Err(CommitError::Fenced.into()) }
}

/// Its fence was checked by the same change.
pub(super) fn finish(to: &Connection, finish: &Finish) -> Step {
    let kind = finish.kind.to_string();
    match finish.then {
        Then::Again(due) => run(to, text::AGAIN, params![kind, due.0, FREE]).map(drop),
        Then::Done => {
            run(to, text::DONE, [kind])?;
            let fence = i64::try_from(finish.fence).unwrap_or(i64::MAX);
            run(to, text::FLOOR, [fence]).map(drop)
        }
    }
}

pub(super) fn put(to: &Connection, task: &Task) -> Step {
    run(to, text::PUT, params![task.kind.to_string(), task.due.0, FREE]).map(drop)
}

pub(super) fn lease(to: &Connection, it: &HandOut) -> Result<Vec<Leased>, Refused> {
    let kinds: Vec<String> = {
        let mut select = to.prepare_cached(text::WAITING)?;
        let rows = select.query_map(params![it.now.0, cell::limit(it.limit)], |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    let mut leased = vec![];
    for kind in kinds {
        leased.extend(hand_out(to, &kind, it.until)?);
    }
    Ok(leased)
}

/// A task that cannot be read is leased to nobody: it must not hold up the others behind it.
fn hand_out(to: &Connection, kind: &str, until: Timestamp) -> Result<Option<Leased>, Refused> {
    let mut update = to.prepare_cached(text::HAND_OUT)?;
    let values = params![kind, until.0];
    let (fence, due) = update.query_row(values, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let fence = cell::unsigned(fence)?;
    let Some(kind) = TaskKind::parse(kind) else {
        tracing::error!(task = kind, "store.task_unreadable");
        return Ok(None);
    };
    Ok(Some(Leased { kind, fence, due: Timestamp(due) }))
}

pub(super) fn next_due(from: &Connection) -> Read<Option<Timestamp>> {
    let mut select = from.prepare_cached(text::NEXT_DUE).map_err(|it| fault(&it))?;
    let due: Option<i64> = select.query_row([], |row| row.get(0)).map_err(|it| fault(&it))?;
    Ok(due.map(Timestamp))
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::super::{open, text};

    /// A value that made SQLite plan anew would cost more than the statement itself.
    #[test]
    fn no_value_makes_a_statement_be_parsed_again() {
        let folder = tempfile::tempdir().unwrap();
        let (_lock, connection) = open::writer(&folder.path().join("paymux.db")).unwrap();
        let looks = [text::WAITING, text::NEXT_DUE, text::BACKLOG, text::LIST_HELD];
        for sql in looks.into_iter().chain([text::LIST_FAILING, text::HAND_OUT, text::AGAIN]) {
            let mut statement = connection.prepare(sql).unwrap();
            for value in 1..4 {
                for place in 1..=statement.parameter_count() {
                    statement.raw_bind_parameter(place, value).unwrap();
                }
                let mut rows = statement.raw_query();
                while rows.next().unwrap().is_some() {}
            }
            assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{sql}");
        }
    }
}
