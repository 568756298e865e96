//! Notices that the configuration's files have changed: looks at them again and again, through
//! symbolic links, so that an editor's rename and an exchanged link are seen like a write.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use paymux_store::Store;
use tokio_util::sync::CancellationToken;

use super::reload::{Cause, Reloader};
use crate::settings;

/// Device, inode, length, and the time of the last change: none for what is not there.
type Look = Option<(u64, u64, u64, (i64, i64))>;
type Looks = BTreeMap<PathBuf, Look>;

/// Tells a change once it has stood still: half of a written file is not read.
#[derive(Debug)]
struct Watch<T> {
    /// What was read last.
    read: T,
    last: T,
}

impl<T: PartialEq + Clone> Watch<T> {
    fn new(looks: T) -> Self {
        Self { read: looks.clone(), last: looks }
    }

    /// Whether it is time to read.
    fn look(&mut self, now: T) -> bool {
        let still = now == self.last;
        self.last = now;
        let read = still && self.last != self.read;
        if read {
            self.read = self.last.clone();
        }
        read
    }
}

/// Until stopped.
pub(super) async fn watch<S: Store>(
    reloader: Arc<Reloader<S>>,
    file: PathBuf,
    every: Duration,
    stop: CancellationToken,
) {
    let mut watch = Watch::new(looks(&file).await);
    while stop.run_until_cancelled(tokio::time::sleep(every)).await.is_some() {
        if watch.look(looks(&file).await) {
            // Told by itself.
            drop(reloader.reload(Cause::Files).await);
        }
    }
}

async fn looks(file: &Path) -> Looks {
    let file = file.to_owned();
    let looks = tokio::task::spawn_blocking(move || {
        let files = settings::files(&file);
        files.into_iter().map(|it| (it.clone(), look(&it))).collect()
    });
    looks.await.expect("looking at files does not panic")
}

fn look(path: &Path) -> Look {
    use std::os::unix::fs::MetadataExt as _;
    let it = std::fs::metadata(path).ok()?;
    Some((it.dev(), it.ino(), it.len(), (it.ctime(), it.ctime_nsec())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each letter is one look at the files; `!` follows where they are read.
    #[test]
    fn a_change_is_read_once_and_when_it_stands_still() {
        let check = |looks: &str, expect: &str| {
            let mut looks = looks.chars();
            let mut watch = Watch::new(looks.next().unwrap());
            let told: String = looks
                .map(|it| if watch.look(it) { format!("{it}!") } else { it.to_string() })
                .collect();
            assert_eq!(told, expect);
        };
        check("aaaa", "aaa");
        check("abbbb", "bb!bb");
        check("abcdd", "bcdd!");
        check("abbaa", "bb!aa!");
        check("aba", "ba");
        check("abaabb", "baabb!");
    }

    #[test]
    fn an_exchanged_link_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("one"), "same").unwrap();
        std::fs::write(path("two"), "same").unwrap();
        assert_eq!(look(&path("config")), None);
        std::os::unix::fs::symlink(path("one"), path("config")).unwrap();
        let before = look(&path("config"));
        assert_eq!(before, look(&path("one")));
        std::os::unix::fs::symlink(path("two"), path("next")).unwrap();
        std::fs::rename(path("next"), path("config")).unwrap();
        assert_ne!(look(&path("config")), before);
    }
}
