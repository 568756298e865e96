//! One process per file: an advisory lock beside it, held until the last thread has closed it.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::watch;

use super::OpenError;

#[derive(Debug)]
pub(super) struct LockFile {
    /// The operating system gives the lock back when this is closed, also after a crash.
    _file: File,
}

impl LockFile {
    /// A file of its own, since SQLite locks parts of the database file itself.
    pub(super) fn take(database: &Path) -> Result<Self, OpenError> {
        let path = beside(database, "lock");
        let file = private(&path).map_err(|it| OpenError::File(path.clone(), it))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::Locked(database.into())),
            Err(TryLockError::Error(error)) => Err(OpenError::File(path, error)),
        }
    }
}

/// Opens or creates a file that nobody else may read: it holds payers' and merchants' data.
pub(super) fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

/// A thread that has the file open. Dropped after its connection.
#[derive(Clone, Debug)]
pub(super) struct Guest {
    // In this order: whoever hears that the last guest left finds the file unlocked.
    _lock: Arc<LockFile>,
    _here: watch::Receiver<()>,
}

impl Guest {
    pub(super) fn new(lock: Arc<LockFile>, here: watch::Receiver<()>) -> Self {
        Self { _lock: lock, _here: here }
    }
}
