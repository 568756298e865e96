//! A group of changes: each in its savepoint, all in one commit, answered after it.

use rusqlite::{Connection, ErrorCode};

use super::super::write::Refused;
use super::super::{fault, queue, write};
use super::Job;
use crate::{CommitError, Leased, StoreError, crashpoint};

/// What became of one job, if the group is committed.
pub(super) enum Outcome {
    Commit(Result<(), CommitError>),
    Lease(Vec<Leased>),
}

/// The group as a whole failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// Before its commit: nothing is written.
    Before(rusqlite::Error),
    /// In its commit: the log may hold it, and only a restart finds out.
    During(rusqlite::Error, Vec<Outcome>),
}

impl Failure {
    pub(super) fn error(&self) -> StoreError {
        match self {
            Self::Before(error) | Self::During(error, _) => fault(error),
        }
    }

    /// Whether the file can be trusted no more. A full disk before the commit can be emptied;
    /// pages whose write failed may be marked as written, so nothing is tried a second time.
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::Before(error) => is_damage(error),
            Self::During(..) => true,
        }
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    use ErrorCode::{DatabaseCorrupt, NotADatabase, SystemIoFailure};
    let code = error.sqlite_error_code();
    matches!(code, Some(SystemIoFailure | DatabaseCorrupt | NotADatabase))
}

impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Commit(result) => write!(f, "{result:?}"),
            Self::Lease(leased) => write!(f, "{leased:?}"),
        }
    }
}

pub(super) fn write(to: &Connection, group: &[Job]) -> Result<Vec<Outcome>, Failure> {
    let outcomes = prepare(to, group).inspect_err(|_| roll_back(to)).map_err(Failure::Before)?;
    crashpoint!("store.before_commit");
    let committed = to.execute_batch("COMMIT");
    crashpoint!("store.after_commit");
    match committed {
        Ok(()) => Ok(outcomes),
        Err(error) => {
            roll_back(to);
            Err(Failure::During(error, outcomes))
        }
    }
}

/// All but the commit.
fn prepare(to: &Connection, group: &[Job]) -> Result<Vec<Outcome>, rusqlite::Error> {
    to.execute_batch("BEGIN IMMEDIATE")?;
    group.iter().map(|job| one(to, job)).collect()
}

fn one(to: &Connection, job: &Job) -> Result<Outcome, rusqlite::Error> {
    run(to, "SAVEPOINT one")?;
    let outcome = match job {
        Job::Commit(change, _) => write::change(to, change).map(|()| Outcome::Commit(Ok(()))),
        Job::Lease(hand_out, _) => queue::lease(to, hand_out).map(Outcome::Lease),
        Job::Close => Ok(Outcome::Lease(vec![])),
    };
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(Refused::Fault(error)) => return Err(error),
        Err(Refused::Change(error)) => {
            run(to, "ROLLBACK TO one")?;
            Outcome::Commit(Err(error))
        }
    };
    run(to, "RELEASE one")?;
    Ok(outcome)
}

fn run(to: &Connection, sql: &str) -> Result<(), rusqlite::Error> {
    to.prepare_cached(sql)?.execute([]).map(drop)
}

/// SQLite may have rolled back by itself; else this must, or the next group would inherit it.
fn roll_back(to: &Connection) {
    if !to.is_autocommit()
        && let Err(error) = to.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "store.roll_back_failed");
    }
}

pub(super) fn answer(group: Vec<Job>, ended: Result<Vec<Outcome>, Failure>) {
    match ended {
        Ok(outcomes) => group.into_iter().zip(outcomes).for_each(|(job, it)| settle(job, it)),
        Err(Failure::Before(error)) => refuse(group, &fault(&error)),
        Err(Failure::During(error, outcomes)) => {
            group.into_iter().zip(outcomes).for_each(|(job, it)| doubt(job, it, &fault(&error)));
        }
    }
}

/// Whoever asked may have left; the change stands all the same.
fn settle(job: Job, outcome: Outcome) {
    match (job, outcome) {
        (Job::Commit(_, answer), Outcome::Commit(result)) => drop(answer.send(result)),
        (Job::Lease(_, answer), Outcome::Lease(leased)) => drop(answer.send(Ok(leased))),
        (Job::Lease(_, answer), Outcome::Commit(result)) => {
            drop(answer.send(Err(unreadable(result))));
        }
        (Job::Commit(..) | Job::Close, Outcome::Commit(_) | Outcome::Lease(_)) => {}
    }
}

/// A row of the queue that does not parse.
fn unreadable(result: Result<(), CommitError>) -> StoreError {
    result
        .err()
        .map_or_else(|| StoreError("nothing leased".into()), |it| StoreError(it.to_string()))
}

/// Nothing of these was written.
pub(super) fn refuse(group: Vec<Job>, error: &StoreError) {
    for job in group {
        match job {
            Job::Commit(_, answer) => {
                drop(answer.send(Err(CommitError::Unavailable(same(error)))));
            }
            Job::Lease(_, answer) => drop(answer.send(Err(same(error)))),
            Job::Close => {}
        }
    }
}

/// What would have been written is in doubt; what was refused was never written, though the
/// reason for the refusal is in doubt as well.
fn doubt(job: Job, outcome: Outcome, error: &StoreError) {
    match (job, outcome) {
        (Job::Commit(_, answer), Outcome::Commit(Ok(()))) => {
            drop(answer.send(Err(CommitError::Unknown(same(error)))));
        }
        (job, _) => refuse(vec![job], error),
    }
}

fn same(error: &StoreError) -> StoreError {
    StoreError(error.0.clone())
}
