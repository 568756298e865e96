//! Where the files of bills are kept: a folder of this machine, a file for each bill.
//!
//! Evidence, and no state: what is lost here is fetched from its channel again. Everything blocks.

use std::fs::{self, File, OpenOptions};
use std::io::{Error, ErrorKind, Result, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use paymux_channel::{Bill, china};
use paymux_core::AccountId;
use paymux_core::route::Day;
use tokio::sync::mpsc::Receiver;

/// Bytes of one file as it comes.
const MAX_BYTES: usize = 512 * 1024 * 1024;
/// Whole, and read once from its beginning to its end.
const WHOLE: &str = "bill";
/// Not believed, and kept to be looked at.
const REFUSED: &str = "refused";

/// Without a folder nothing can be kept, and so nothing is fetched.
#[derive(Clone, Debug, Default)]
pub struct Archive {
    folder: Option<PathBuf>,
    /// Names files that are on their way.
    count: Arc<AtomicU64>,
}

impl Archive {
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder: Some(folder), count: Arc::default() }
    }

    fn place(&self, account: &AccountId, bill: Bill, ending: &str) -> Result<PathBuf> {
        let folder = self.folder.as_ref().ok_or(ErrorKind::Unsupported)?;
        let date = china::date(bill.day).ok_or(ErrorKind::InvalidInput)?;
        Ok(folder.join(account.as_str()).join(format!("{date}-{}.{ending}", bill.kind.name())))
    }

    /// Takes what comes to its end. Until it is settled, it is nobody's bill.
    pub(crate) fn take(
        &self,
        account: &AccountId,
        bill: Bill,
        mut source: Receiver<Bytes>,
    ) -> Result<Arrived> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let ending = format!("{}-{number}.part", std::process::id());
        let path = self.place(account, bill, &ending)?;
        if let Some(folder) = path.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        let arrived = Arrived(path);
        let mut left = MAX_BYTES;
        while let Some(bytes) = source.blocking_recv() {
            left = left.checked_sub(bytes.len()).ok_or(ErrorKind::FileTooLarge)?;
            file.write_all(&bytes)?;
        }
        file.sync_all()?;
        Ok(arrived)
    }

    /// From here on it is the account's bill, or evidence against it.
    pub(crate) fn settle(
        &self,
        arrived: &Arrived,
        account: &AccountId,
        bill: Bill,
        whole: bool,
    ) -> Result<()> {
        let ending = if whole { WHOLE } else { REFUSED };
        fs::rename(&arrived.0, self.place(account, bill, ending)?)
    }

    /// The bill, if it is kept here.
    pub(crate) fn open(&self, account: &AccountId, bill: Bill) -> Result<Option<File>> {
        match File::open(self.place(account, bill, WHOLE)?) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What was whole once, and reads no more.
    pub(crate) fn forget(&self, account: &AccountId, bill: Bill) -> Result<()> {
        fs::remove_file(self.place(account, bill, WHOLE)?)
    }

    /// Removes the files of days before this one; tells how many.
    pub fn prune(&self, before: Day) -> Result<usize> {
        let Some(folder) = &self.folder else { return Ok(0) };
        let accounts = match fs::read_dir(folder) {
            Ok(accounts) => accounts,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(error),
        };
        let mut removed = 0;
        for account in accounts {
            for file in fs::read_dir(account?.path())? {
                let path = file?.path();
                if day_of(&path).is_none_or(|it| it >= before) {
                    continue;
                }
                match fs::remove_file(path) {
                    Ok(()) => removed += 1,
                    // Another account's keeper was as quick.
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(removed)
    }
}

fn day_of(path: &Path) -> Option<Day> {
    let name = path.file_name()?.to_str()?;
    china::read_date(name.get(..10)?)
}

/// A file that came whole and is not settled yet; whoever drops it has no use for it.
#[derive(Debug)]
pub(crate) struct Arrived(PathBuf);

impl Arrived {
    pub(crate) fn open(&self) -> Result<File> {
        File::open(&self.0)
    }
}

impl Drop for Arrived {
    fn drop(&mut self) {
        // Where it was settled it is there no more.
        let removed: std::result::Result<(), Error> = fs::remove_file(&self.0);
        drop(removed);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use paymux_channel::BillKind;

    use super::*;

    fn account() -> AccountId {
        "wx".parse().unwrap()
    }

    fn bill(date: &str) -> Bill {
        Bill { kind: BillKind::Trade, day: china::read_date(date).unwrap() }
    }

    fn taken(archive: &Archive, bill: Bill, parts: &[&'static [u8]]) -> Arrived {
        let (sink, source) = tokio::sync::mpsc::channel(9);
        parts.iter().for_each(|it| sink.try_send(Bytes::from_static(it)).unwrap());
        drop(sink);
        archive.take(&account(), bill, source).unwrap()
    }

    #[test]
    fn a_file_is_nobodys_bill_until_it_is_settled() {
        let folder = std::env::temp_dir().join(format!("paymux-archive-{}", std::process::id()));
        let archive = Archive::in_folder(folder.clone());
        let (old, new) = (bill("2026-01-14"), bill("2026-01-15"));
        assert!(archive.open(&account(), new).unwrap().is_none());
        drop(taken(&archive, new, &[b"half"]));
        assert!(archive.open(&account(), new).unwrap().is_none());
        for bill in [old, new] {
            let arrived = taken(&archive, bill, &[b"a ", b"bill"]);
            archive.settle(&arrived, &account(), bill, true).unwrap();
        }
        let mut text = String::new();
        archive.open(&account(), new).unwrap().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "a bill");
        let refused = taken(&archive, new, &[b"odd"]);
        archive.settle(&refused, &account(), new, false).unwrap();
        assert_eq!(archive.prune(new.day).unwrap(), 1);
        assert!(archive.open(&account(), old).unwrap().is_none());
        archive.forget(&account(), new).unwrap();
        assert_eq!(fs::read_dir(folder.join("wx")).unwrap().count(), 1, "what was refused stays");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn without_a_folder_nothing_is_kept() {
        let archive = Archive::default();
        assert!(archive.open(&account(), bill("2026-01-15")).is_err());
        assert_eq!(archive.prune(Day(0)).unwrap(), 0);
    }
}
