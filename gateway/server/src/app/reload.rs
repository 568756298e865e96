//! Reading the configuration again while serving: all of it is checked and built, then swapped in
//! one step, or nothing changes.

use std::sync::Arc;

use arc_swap::ArcSwap;
use paymux_engine::Gateway;
use paymux_store::Store;
use tokio::sync::Mutex;

use super::identity;
use super::keepers::Keepers;
use super::leaving::{self, Warning};
use super::managing;
use super::snapshot::{Before, Ground, snapshot};
use super::successor::successor;
use super::watch;
use crate::admin::access::Access;
use crate::registry;
use crate::seal::SealKey;
use crate::settings::managed::Book;
use crate::settings::{self, Channels, Difference, Looks, Problems, Settings};

/// What asked for it; a closed set of words for logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Admin,
    Files,
    /// An item of the store, changed here or on another node.
    Managed,
    Signal,
}

impl Cause {
    const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Files => "files",
            Self::Managed => "managed",
            Self::Signal => "signal",
        }
    }
}

/// Nothing has changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReloadError {
    #[error("the configuration is no file: there is nothing to read again")]
    NoFile,
    #[error("{0}")]
    Refused(Problems),
}

/// What was taken, and what was not since it needs a restart.
#[derive(Debug)]
pub(crate) struct Reloaded {
    pub(crate) generation: u64,
    pub(crate) news: News,
}

/// What a reload changes, and what an operator should know of it.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) difference: Difference,
    pub(crate) warnings: Vec<Warning>,
}

pub(crate) struct Reloader<S> {
    pub(super) gateway: Gateway<S>,
    ground: Ground,
    keepers: Keepers<S>,
    /// Held through a whole reload: there is one at a time.
    pub(super) running: Mutex<Settings>,
    /// How the files and the store's items stood before they were read last, for good or bad.
    looks: ArcSwap<Sources>,
}

/// What a configuration is read from: files, and items of the store by their generation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sources {
    pub(super) looks: Looks,
    pub(super) generation: u64,
}

impl Sources {
    fn of(settings: &Settings) -> Self {
        Self { looks: settings.looks.clone(), generation: settings.managed.generation }
    }
}

/// A configuration that may follow.
pub(super) struct Successor {
    pub(super) settings: Settings,
    pub(super) channels: Channels,
    pub(super) news: News,
}

impl<S: Store> Reloader<S> {
    /// `settings` are those that `gateway` was built from.
    pub(super) fn new(
        gateway: Gateway<S>,
        ground: Ground,
        keepers: Keepers<S>,
        settings: Settings,
    ) -> Self {
        gateway.metrics.config_last_reload_ok.set(1);
        keepers.keep(&settings, &ground.states, &gateway.snapshot.load());
        let looks = ArcSwap::from_pointee(Sources::of(&settings));
        Self { gateway, ground, keepers, running: Mutex::new(settings), looks }
    }

    pub(crate) async fn reload(&self, cause: Cause) -> Result<Reloaded, ReloadError> {
        let mut running = self.running.lock().await;
        if let Some(file) = &running.file {
            let before = self.looks.load();
            let sources = watch::sources(&self.gateway.store, file, before.generation).await;
            self.looks.store(Arc::new(sources));
        }
        let outcome = match self.bound(&running).await {
            Ok(successor) => Ok(self.take(&mut running, successor)),
            Err(error) => Err(error),
        };
        self.tell(cause, &outcome);
        outcome
    }

    pub(super) fn access(&self) -> Arc<Access> {
        Arc::clone(&self.ground.access)
    }

    /// What was read otherwise than by a reload is not read again.
    pub(super) fn has_read(&self, settings: &Settings) {
        self.looks.store(Arc::new(Sources::of(settings)));
    }

    pub(super) fn looks(&self) -> Arc<Sources> {
        self.looks.load_full()
    }

    /// What a reload would change.
    pub(crate) async fn difference(&self) -> Result<News, ReloadError> {
        let running = self.running.lock().await;
        let book = self.book(&running).await?;
        self.successor(&running, book).await.map(|it| it.news)
    }

    /// A successor whose accounts are who they were, for whichever node wrote it down. The last
    /// that can refuse it: a reload that is refused writes nothing.
    async fn bound(&self, running: &Settings) -> Result<Successor, ReloadError> {
        let book = self.book(running).await?;
        let successor = self.successor(running, book).await?;
        let Successor { settings, channels, .. } = &successor;
        let bound = identity::bind(&self.gateway.store, settings, channels).await;
        bound.map_err(ReloadError::Refused).map(|()| successor)
    }

    /// The store's items, opened with the keys that the file names now.
    pub(super) async fn book(&self, running: &Settings) -> Result<Book, ReloadError> {
        let keys = self.seal_keys(running).await?;
        managing::book(&self.gateway.store, &keys).await.map_err(ReloadError::Refused)
    }

    pub(super) async fn seal_keys(&self, running: &Settings) -> Result<Vec<SealKey>, ReloadError> {
        let path = running.file.clone().ok_or(ReloadError::NoFile)?;
        let keys = tokio::task::spawn_blocking(move || settings::seal_keys(&path)).await;
        keys.expect("reading settings does not panic").map_err(ReloadError::Refused)
    }

    /// Reads and checks; what is wrong is told together.
    pub(super) async fn successor(
        &self,
        running: &Settings,
        book: Book,
    ) -> Result<Successor, ReloadError> {
        let path = running.file.clone().ok_or(ReloadError::NoFile)?;
        // Files are read and keys are parsed: no work for a thread that serves.
        let opened = tokio::task::spawn_blocking(move || {
            settings::open_with(&path, registry::PLUGINS, &book)
        })
        .await;
        let opened = opened.expect("reading settings does not panic");
        let (new, channels) = opened.map_err(ReloadError::Refused)?;
        let difference = Difference::between(&running.flat, &new.flat);
        let snapshot = self.gateway.snapshot.load();
        let open = snapshot.accounts.iter().map(|(id, it)| (id.clone(), it.channel())).collect();
        let taken = successor((new, &channels), (running, &open));
        let settings = taken.map_err(ReloadError::Refused)?;
        let warnings = leaving::warnings(&self.gateway.store, &settings, running).await;
        Ok(Successor { settings, channels, news: News { difference, warnings } })
    }

    /// What is under way keeps the snapshot it began with.
    pub(super) fn take(&self, running: &mut Settings, successor: Successor) -> Reloaded {
        let Successor { settings, channels, news } = successor;
        let next = {
            let old = self.gateway.snapshot.load();
            let before = Before { snapshot: &old, flat: &running.flat };
            Arc::new(snapshot(&settings, &channels, &self.ground, Some(&before)))
        };
        self.gateway.snapshot.store(Arc::clone(&next));
        self.keepers.keep(&settings, &self.ground.states, &next);
        self.ground.access.take(&settings.admin);
        *running = settings;
        Reloaded { generation: next.generation, news }
    }

    pub(super) fn tell(&self, cause: Cause, outcome: &Result<Reloaded, ReloadError>) {
        let (metrics, cause) = (&self.gateway.metrics, cause.name());
        let word = match outcome {
            Ok(Reloaded { generation, news: News { difference, warnings } }) => {
                metrics.config_generation.set(i64::try_from(*generation).unwrap_or(i64::MAX));
                let restart: Vec<_> = difference.needing_restart().map(|it| &it.key).collect();
                tracing::info!(cause, generation, changes = %difference, "config.reloaded");
                if !restart.is_empty() {
                    tracing::warn!(keys = ?restart, "config.needs_restart");
                }
                for Warning { key, warning } in warnings {
                    tracing::warn!(key, warning, "config.warning");
                }
                "applied"
            }
            Err(error) => {
                tracing::error!(cause, problems = %error, "config.refused");
                "refused"
            }
        };
        metrics.config_last_reload_ok.set(i64::from(outcome.is_ok()));
        metrics.config_reloads.with_label_values(&[word]).inc();
    }
}
