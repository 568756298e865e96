//! A group of changes: all in one commit, answered after it, and none of them half.

use rusqlite::{Connection, ErrorCode};

use super::super::write::Refused;
use super::super::{fault, queue, write};
use super::{Job, Reply, Work};
use crate::{CommitError, Leased, StoreError, crashpoint};

/// The group as a whole failed.
pub(super) enum Failure {
    /// Before its commit was on its way: nothing is written.
    Before(rusqlite::Error),
    /// In its commit: the log may hold it, and only a restart finds out.
    During(rusqlite::Error, Vec<Reply>),
}

impl Failure {
    pub(super) fn error(&self) -> StoreError {
        match self {
            Self::Before(error) | Self::During(error, _) => fault(error),
        }
    }

    /// The frame that makes a commit is written last, and only what is written whole is synced: a
    /// commit that found no room is none, in the log as in the answer.
    fn of_commit(error: rusqlite::Error, replies: Vec<Reply>) -> Self {
        if is_full(&error) { Self::Before(error) } else { Self::During(error, replies) }
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

pub(super) fn write(to: &Connection, group: &[Job]) -> Result<Vec<Reply>, Failure> {
    let replies = prepare(to, group).inspect_err(|_| roll_back(to)).map_err(Failure::Before)?;
    crashpoint!("store.before_commit");
    if let Err(error) = run(to, "COMMIT") {
        roll_back(to);
        return Err(Failure::of_commit(error, replies));
    }
    crashpoint!("store.after_commit");
    Ok(replies)
}

/// No room for a write. SQLite says so of a `write` alone, never of an `fsync`.
pub(super) fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}

/// All but the commit. Few changes are refused, and most of those before they wrote anything; so
/// savepoints, for which each page is copied that a change touches, are for the groups that need
/// them.
fn prepare(to: &Connection, group: &[Job]) -> Result<Vec<Reply>, rusqlite::Error> {
    run(to, "BEGIN IMMEDIATE")?;
    let bare = group.iter().map(|job| bare(to, &job.work));
    match bare.collect::<Result<_, Undone>>() {
        Ok(replies) => Ok(replies),
        Err(Undone::Fault(error)) => Err(error),
        Err(Undone::Half) => {
            run(to, "ROLLBACK")?;
            run(to, "BEGIN IMMEDIATE")?;
            group.iter().map(|job| saved(to, &job.work)).collect()
        }
    }
}

/// Why a group cannot go on.
enum Undone {
    Fault(rusqlite::Error),
    /// A change was refused after it wrote something.
    Half,
}

fn bare(to: &Connection, work: &Work) -> Result<Reply, Undone> {
    let before = to.total_changes();
    match one(to, work) {
        Ok(leased) => Ok(Ok(leased)),
        Err(Refused::Fault(error)) => Err(Undone::Fault(error)),
        Err(Refused::Change(error)) if to.total_changes() == before => Ok(Err(error)),
        Err(Refused::Change(_)) => Err(Undone::Half),
    }
}

fn saved(to: &Connection, work: &Work) -> Result<Reply, rusqlite::Error> {
    run(to, "SAVEPOINT one")?;
    let reply = match one(to, work) {
        Ok(leased) => Ok(leased),
        Err(Refused::Fault(error)) => return Err(error),
        Err(Refused::Change(error)) => {
            run(to, "ROLLBACK TO one")?;
            Err(error)
        }
    };
    run(to, "RELEASE one")?;
    Ok(reply)
}

fn one(to: &Connection, work: &Work) -> Result<Vec<Leased>, Refused> {
    match work {
        Work::Commit(change) => write::change(to, change).map(|()| vec![]),
        Work::Lease(hand_out) => queue::lease(to, hand_out),
    }
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

pub(super) fn answer(group: Vec<Job>, ended: Result<Vec<Reply>, Failure>) {
    match ended {
        Ok(replies) => group.into_iter().zip(replies).for_each(|(job, it)| job.answer(it)),
        Err(Failure::Before(error)) => refuse(group, &fault(&error)),
        Err(Failure::During(error, replies)) => {
            let doubts = replies.into_iter().map(|it| doubt(it, fault(&error)));
            group.into_iter().zip(doubts).for_each(|(job, it)| job.answer(it));
        }
    }
}

/// Nothing of these was written.
pub(super) fn refuse(group: Vec<Job>, error: &StoreError) {
    for job in group {
        job.answer(Err(CommitError::Unavailable(StoreError(error.0.clone()))));
    }
}

/// What would have been written is in doubt. What was refused was never written, but the reason
/// for its refusal may be a change that is in doubt.
fn doubt(reply: Reply, error: StoreError) -> Reply {
    match reply {
        Ok(_) => Err(CommitError::Unknown(error)),
        Err(_) => Err(CommitError::Unavailable(error)),
    }
}

impl Job {
    fn answer(self, reply: Reply) {
        // Whoever asked may have left; what is written stands all the same.
        let _ = self.answer.send(reply);
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;
    use tokio::sync::oneshot;

    use super::super::super::open;
    use super::*;
    use crate::{Change, Duplicate, Key, Once};

    fn once(numbers: &[&str]) -> Job {
        let key = |it: &&str| Key::Order("shop".parse().unwrap(), it.parse().unwrap());
        let once = numbers.iter().map(|it| Once { key: key(it), holder: (*it).into() });
        let change = Change { once: once.collect(), ..Change::default() };
        Job { work: Work::Commit(Box::new(change)), answer: oneshot::channel().0 }
    }

    #[test]
    fn what_is_refused_leaves_nothing_and_the_others_stand() {
        let folder = tempfile::tempdir().unwrap();
        let (_lock, connection) = open::writer(&folder.path().join("paymux.db")).unwrap();
        let check = |group: &[Job], expect: &[bool]| {
            let replies = write(&connection, group).map_err(|it| it.error()).unwrap();
            let refused =
                |it: &Reply| matches!(it, Err(CommitError::Duplicate(Duplicate::Once(_))));
            assert_eq!(replies.iter().map(refused).collect::<Vec<_>>(), expect);
        };
        // At its first word, and after it has written one.
        check(&[once(&["a"]), once(&["a"]), once(&["b"])], &[false, true, false]);
        check(&[once(&["c"]), once(&["d", "c"]), once(&["d"])], &[false, true, false]);
        check(&[once(&["b"]), once(&["c"]), once(&["d"])], &[true, true, true]);
    }

    #[test]
    fn a_full_disk_is_mended_and_a_failed_sync_never() {
        let commit = |code| {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            Failure::of_commit(error, vec![])
        };
        assert!(matches!(commit(ffi::SQLITE_FULL), Failure::Before(_)));
        assert!(!commit(ffi::SQLITE_FULL).is_final());
        for code in [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_CORRUPT] {
            assert!(matches!(commit(code), Failure::During(..)) && commit(code).is_final());
        }
    }
}
