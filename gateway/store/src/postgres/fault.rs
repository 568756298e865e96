//! What a failure of PostgreSQL means: the change's own fault, nothing written, or nobody knows.

use deadpool_postgres::PoolError;
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::{CommitError, StoreError};

/// How a batch failed as a whole.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server said that it rolled back, because of others: again, and it may pass.
    Conflict(StoreError),
    /// Nothing was written, perhaps because of one change alone: it waited in vain for a lock.
    Spoiled(StoreError),
    /// Nothing was written: the server cannot, whatever the change.
    Undone(StoreError),
    /// No answer, or one that ends the connection: the commit may have come before it.
    Unknown(StoreError),
}

impl Failure {
    /// Of a statement that was sent. Only a plain ERROR promises a roll-back: a backend that is
    /// told to end says FATAL, also when its commit is done.
    pub(super) fn of(error: &Error) -> Self {
        match error.as_db_error() {
            Some(it) if it.parsed_severity() != Some(Severity::Error) => {
                Self::Unknown(fault(error))
            }
            Some(it) if is_conflict(it.code()) => Self::Conflict(fault(error)),
            Some(it) if is_helpless(it.code()) => Self::Undone(fault(error)),
            Some(_) => Self::Spoiled(fault(error)),
            None => Self::Unknown(fault(error)),
        }
    }

    /// The same for each change of the batch.
    pub(super) fn of_each(self, count: usize) -> Vec<Result<(), CommitError>> {
        let (known, StoreError(text)) = match self {
            Self::Conflict(error) | Self::Spoiled(error) | Self::Undone(error) => (true, error),
            Self::Unknown(error) => (false, error),
        };
        tracing::warn!(error = text, known, count, "store.batch_failed");
        let error = || StoreError(text.clone());
        let of_one = |_| {
            Err(if known {
                CommitError::Unavailable(error())
            } else {
                CommitError::Unknown(error())
            })
        };
        (0..count).map(of_one).collect()
    }
}

fn is_conflict(code: &SqlState) -> bool {
    *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED
}

/// No room, read-only, shutting down, a broken disk.
fn is_helpless(code: &SqlState) -> bool {
    let class = code.code().get(..2).unwrap_or_default();
    *code != SqlState::QUERY_CANCELED && ["25", "53", "57", "58"].contains(&class)
}

/// In words that hold no value of a row.
pub(super) fn fault(error: &Error) -> StoreError {
    StoreError(error.as_db_error().map_or_else(|| chain(error), told))
}

/// PostgreSQL's messages name tables and settings; those of class 22 repeat the value.
fn told(error: &DbError) -> String {
    let code = error.code().code();
    if code.starts_with("22") {
        return format!("{code}: a value does not fit");
    }
    format!("{code}: {}", error.message())
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// No connection to be had.
pub(super) fn unreachable(error: &PoolError) -> StoreError {
    match error {
        PoolError::Backend(error) => fault(error),
        PoolError::Timeout(_) => StoreError("no connection in time".into()),
        PoolError::Closed => StoreError("it is closed".into()),
        PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
            StoreError(error.to_string())
        }
    }
}
