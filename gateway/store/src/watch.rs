//! What a store tells of its own work, for metrics: a store knows no metric by name.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

use crate::CommitError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// One change from its hand-over to its answer. A closed set of words.
    Commit { outcome: &'static str, elapsed: Duration },
    /// So many changes shared one transaction.
    Batch { changes: usize },
    /// Somebody had to have a connection of the pool.
    Connection { waited: Duration },
}

pub type Watch = Box<dyn Fn(Sight) + Send + Sync>;

/// Tells whoever watches, if anybody does.
#[derive(Clone, Default)]
pub(crate) struct Watched(Arc<OnceLock<Watch>>);

impl Watched {
    pub(crate) fn by(&self, watch: Watch) {
        // The first one stays.
        let _ = self.0.set(watch);
    }

    pub(crate) fn see(&self, sight: Sight) {
        if let Some(watch) = self.0.get() {
            watch(sight);
        }
    }

    pub(crate) fn committed(&self, begun: Instant, outcome: &Result<(), CommitError>) {
        let outcome = outcome.as_ref().map_or_else(CommitError::name, |()| "written");
        self.see(Sight::Commit { outcome, elapsed: begun.elapsed() });
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watched({})", self.0.get().is_some())
    }
}
