//! Opening the file: what must hold before the first payment is read.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::lock::{LockFile, private};
use super::{fault, schema};
use crate::StoreError;

/// Before it, two connections could corrupt the file while a log was started over.
const OLDEST_SQLITE: i32 = 3_051_003;
/// `PYMX`: so that another program's file is never taken for ours.
pub(super) const APPLICATION_ID: i32 = 0x5059_4d58;
/// Nobody else should write; a backup tool may hold the file for a moment.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Of the writer: a few pages of each index, and those of the last minutes.
const CACHE_KIB: i32 = 16 * 1024;
/// More than the statements there are.
const STATEMENTS: usize = 64;

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{0:?} is not the path of a file")]
    Path(PathBuf),
    #[error("another process has {0:?} open")]
    Locked(PathBuf),
    #[error("{0:?}: {1}")]
    File(PathBuf, std::io::Error),
    #[error("the file belongs to another program")]
    Foreign,
    #[error("the file's schema {found} is newer than {known}, the newest this program knows")]
    Newer { found: usize, known: usize },
    #[error("schema {version} of the file is not the one this program knows by that number")]
    Altered { version: usize },
    #[error("the file is damaged: {0}")]
    Damaged(String),
    #[error("the linked SQLite {0} is too old")]
    OldSqlite(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => Self::Damaged(error.to_string()),
            Some(..) | None => Self::Store(fault(&error)),
        }
    }
}

/// The only connection that writes, on a file that is locked, whole and of our schema.
pub(super) fn writer(path: &Path) -> Result<(LockFile, Connection), OpenError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(OpenError::OldSqlite(rusqlite::version()));
    }
    // SQLite would take these for a database that is never on disk.
    if path == Path::new(":memory:") || path.file_name().is_none() {
        return Err(OpenError::Path(path.into()));
    }
    let lock = LockFile::take(path)?;
    private(path).map_err(|it| OpenError::File(path.into(), it))?;
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    check(&connection)?;
    configure(&connection)?;
    schema::migrate(&mut connection)?;
    Ok((lock, connection))
}

/// Cannot write, nor start the log over.
pub(super) fn reader(path: &Path) -> Result<Connection, OpenError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// No `SQLITE_OPEN_URI`: a path is a path, whatever it looks like.
fn connect(path: &Path, access: OpenFlags) -> Result<Connection, OpenError> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Checkpoints are the writer's, and it looks at their errors.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // Plans for all values: else statements whose indexes hold a part of their table would be
    // parsed anew for each value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}

/// Looks before anything is written; an empty file has nothing to look at.
fn check(connection: &Connection) -> Result<(), OpenError> {
    if schema::is_empty(connection)? {
        return Ok(());
    }
    let owner: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if owner != APPLICATION_ID {
        return Err(OpenError::Foreign);
    }
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(OpenError::Damaged(verdict)) }
}

/// Every commit is on disk when it returns, also on systems whose `fsync` stops short of it.
fn configure(connection: &Connection) -> Result<(), OpenError> {
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError(format!("the file system allows no write-ahead log: {mode}")).into());
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is written most stays in memory, or each commit would read it again.
    connection.pragma_update(None, "cache_size", CACHE_KIB.saturating_neg())?;
    // What a savepoint would take back is kept in memory: a change touches more pages than SQLite
    // keeps by itself, and would write each of them into a file, for nobody.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // SQLite ignores errors of its own checkpoints; the writer's are not ignored.
    let _frames: i64 =
        connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |row| row.get(0))?;
    Ok(())
}
