//! Notices that the configuration's files, or the store's items of it, have changed: looks at them
//! again and again, so that an editor's rename and an exchanged link are seen like a write.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use paymux_store::Store;
use tokio_util::sync::CancellationToken;

use super::reload::{Cause, Reloader, Sources};
use crate::settings::{self, Looks};

/// Tells a change once it has stood still: half of a written file is not read.
#[derive(Debug)]
struct Watch<T> {
    last: T,
}

impl<T: PartialEq> Watch<T> {
    /// Whether it is time to read, where `read` is what was read last.
    fn look(&mut self, now: T, read: &T) -> bool {
        let still = now == self.last;
        self.last = now;
        still && self.last != *read
    }
}

/// Until stopped.
pub(super) async fn watch<S: Store>(
    reloader: Arc<Reloader<S>>,
    file: PathBuf,
    every: Duration,
    stop: CancellationToken,
) {
    let mut watch = Watch { last: now(&reloader, &file).await };
    while stop.run_until_cancelled(tokio::time::sleep(every)).await.is_some() {
        let (now, read) = (now(&reloader, &file).await, reloader.looks());
        let cause = if now.looks == read.looks { Cause::Managed } else { Cause::Files };
        if watch.look(now, &read) {
            // Told by itself.
            drop(reloader.reload(cause).await);
        }
    }
}

async fn now<S: Store>(reloader: &Reloader<S>, file: &Path) -> Sources {
    sources(&reloader.gateway.store, file, reloader.looks().generation).await
}

/// A store that cannot be asked is asked again at the next look; until then `known` stands.
pub(super) async fn sources<S: Store>(store: &S, file: &Path, known: u64) -> Sources {
    let generation = store.managed_generation().await.unwrap_or(known);
    Sources { looks: looks(file).await, generation }
}

async fn looks(file: &Path) -> Looks {
    let file = file.to_owned();
    let looks = tokio::task::spawn_blocking(move || settings::looks(&file));
    looks.await.expect("looking at files does not panic")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each letter is one look at the files, the first one the state that was read at the start;
    /// `!` follows where they are read.
    #[test]
    fn a_change_is_read_once_and_when_it_stands_still() {
        let check = |looks: &str, expect: &str| {
            let mut looks = looks.chars();
            let mut read = looks.next().unwrap();
            let mut watch = Watch { last: looks.next().unwrap() };
            let mut told = String::new();
            for it in looks {
                told.push(it);
                if watch.look(it, &read) {
                    told.push('!');
                    read = it;
                }
            }
            assert_eq!(told, expect);
        };
        check("aaaaa", "aaa");
        check("aabbbb", "bb!bb");
        check("aabcdd", "bcdd!");
        check("aabbaa", "bb!aa!");
        check("aaba", "ba");
        check("aabaabb", "baabb!");
        // Changed between reading at the start and the first look.
        check("abbb", "b!b");
    }
}
