//! Changing the store's items of the configuration: the whole configuration as it would be is read
//! and checked like any other, then the item is committed, then it is taken.

use std::fmt::Display;
use std::sync::Arc;

use paymux_engine::clock::World;
use paymux_store::{Act, Change, CommitError, Managed, ManagedKind, Store};

use serde_json::json;

use super::identity;
use super::reload::{Cause, News, ReloadError, Reloaded, Reloader, Successor};
use crate::admin::access::Who;
use crate::admin::deed::action;
use crate::seal::SealKey;
use crate::settings::managed::{Book, Item, sealed_name};
use crate::settings::{Problems, Settings};

/// Another node may commit between reading and writing; each time the change is made anew.
const TRIES: usize = 5;

/// Far more than a gateway serves, and few enough to be read at every reload.
const MAX_ITEMS: usize = 10_000;

/// Of one change to one item, more would be noise.
const MAX_CHANGES_TOLD: usize = 32;

/// One item's name.
pub(crate) type Name = (ManagedKind, String);

/// What an item is to become, from what it is; None where it is not, or is to be no more.
pub(crate) type Edit<'a, E> =
    &'a mut (dyn FnMut(Option<&Item>) -> Result<Option<toml::Table>, E> + Send);

#[derive(Debug, thiserror::Error)]
pub(crate) enum ManageError {
    #[error(transparent)]
    Refused(#[from] ReloadError),
    #[error("`managed.seal_keys` names no key: nothing can be kept")]
    Off,
    #[error("stands in the file, and is changed there")]
    InFile,
    #[error("other nodes change the configuration at the same time")]
    Busy,
    #[error("the store does not say whether it was written: read the item again")]
    Store,
}

/// What became of an item, and what that changes.
#[derive(Debug)]
pub(crate) struct Managing {
    /// False where it was only checked.
    pub(crate) applied: bool,
    pub(crate) version: u64,
    pub(crate) news: News,
}

impl<S: Store> Reloader<S> {
    /// All items, opened.
    pub(crate) async fn items(&self) -> Result<Book, ReloadError> {
        let running = self.running.lock().await;
        self.book(&running).await
    }

    pub(crate) async fn settings(&self) -> Settings {
        self.running.lock().await.clone()
    }

    pub(crate) fn world(&self) -> Arc<dyn World> {
        Arc::clone(&self.gateway.world)
    }

    /// Whether a file's section has this name.
    pub(crate) async fn in_file(&self, name: &Name) -> bool {
        in_file(&*self.running.lock().await, name)
    }

    /// Tells what the change would do, and where it is not only to be checked, does it.
    pub(crate) async fn manage<E: From<ManageError>>(
        &self,
        name: Name,
        who: &Who,
        only_check: bool,
        edit: Edit<'_, E>,
    ) -> Result<Managing, E> {
        let mut running = self.running.lock().await;
        for _ in 0..TRIES {
            let keys = self.seal_keys(&running).await.map_err(ManageError::from)?;
            let book = book(&self.gateway.store, &keys).await.map_err(ReloadError::Refused);
            let mut book = book.map_err(ManageError::from)?;
            if in_file(&running, &name) {
                return Err(ManageError::InFile.into());
            }
            let key = keys.first().ok_or(ManageError::Off)?;
            let table = edit(book.items.get(&name))?;
            room(&book, &name).map_err(ManageError::from)?;
            let row = self.row(&name, table.as_ref(), &book, key, &who.name);
            put(&mut book, &name, table, &row);
            let successor = self.successor(&running, book).await.map_err(ManageError::from)?;
            let version = row.version;
            if only_check {
                return Ok(Managing { applied: false, version, news: successor.news });
            }
            if self.write(row, &successor, who).await? {
                self.has_read(&successor.settings);
                let reloaded = Ok(self.take(&mut running, successor));
                self.tell(Cause::Managed, &reloaded);
                let Reloaded { news, .. } = reloaded.map_err(ManageError::Refused)?;
                return Ok(Managing { applied: true, version, news });
            }
        }
        Err(ManageError::Busy.into())
    }

    fn row(
        &self,
        (kind, id): &Name,
        table: Option<&toml::Table>,
        book: &Book,
        key: &SealKey,
        by: &str,
    ) -> Managed {
        let version = book.generation + 1;
        let name = sealed_name(*kind, id, version);
        Managed {
            kind: *kind,
            id: id.clone(),
            version,
            sealed: table.map(|it| key.seal(&name, it.to_string().as_bytes())),
            changed_at: self.gateway.now(),
            changed_by: by.to_owned(),
        }
    }

    /// With whom its accounts are at their channels, and who asked for it; false where another
    /// was first.
    async fn write(
        &self,
        row: Managed,
        successor: &Successor,
        who: &Who,
    ) -> Result<bool, ManageError> {
        let Successor { settings, channels, .. } = successor;
        let store = &self.gateway.store;
        let once = identity::unbound(store, settings, channels).await;
        let once = once.map_err(ReloadError::Refused)?;
        let act = Some(deed(&row, &successor.news, who));
        let change = Change { once, act, managed: Some(row), ..Change::default() };
        match store.commit(change).await {
            Ok(()) => Ok(true),
            Err(CommitError::Stale | CommitError::Duplicate(_)) => Ok(false),
            Err(
                error @ (CommitError::Fenced
                | CommitError::Exceeded(_)
                | CommitError::Constraint(_)
                | CommitError::Short(_)
                | CommitError::Unavailable(_)
                | CommitError::Unknown(_)),
            ) => Err(unwritten(&error)),
        }
    }
}

/// As the audit log keeps it: what a reload would say it changes, which holds no secret.
fn deed(row: &Managed, news: &News, who: &Who) -> Act {
    let action = match (row.kind, &row.sealed) {
        (ManagedKind::Merchant, Some(_)) => action::MERCHANT_CHANGE,
        (ManagedKind::Merchant, None) => action::MERCHANT_REMOVE,
        (ManagedKind::Account, Some(_)) => action::ACCOUNT_CHANGE,
        (ManagedKind::Account, None) => action::ACCOUNT_REMOVE,
    };
    let changes = news.difference.0.iter().take(MAX_CHANGES_TOLD);
    let changes: Vec<_> = changes.map(ToString::to_string).collect();
    let detail = json!({ "version": row.version, "changes": changes });
    who.tried(action, &row.id, "done", detail, row.changed_at)
}

/// Where it is not known whether it was written, the next look at the generation finds out.
fn unwritten(error: &impl Display) -> ManageError {
    tracing::error!(%error, "managed.not_written");
    ManageError::Store
}

fn room(book: &Book, name: &Name) -> Result<(), ReloadError> {
    let fits = book.items.len() < MAX_ITEMS || book.items.contains_key(name);
    let full = || Problems::managed(&format!("there are {MAX_ITEMS} items, and no room for more"));
    if fits { Ok(()) } else { Err(ReloadError::Refused(full())) }
}

fn in_file(settings: &Settings, (kind, id): &Name) -> bool {
    let place = settings.places.of(&format!("{kind}.{id}"));
    place.is_some_and(|it| !it.is_managed())
}

fn put(book: &mut Book, name: &Name, table: Option<toml::Table>, row: &Managed) {
    book.generation = row.version;
    match table {
        None => drop(book.items.remove(name)),
        Some(table) => {
            let Managed { version, changed_at, changed_by, .. } = row.clone();
            book.items.insert(name.clone(), Item { version, table, changed_at, changed_by });
        }
    }
}

/// The store's items, opened; at a start and at each reload.
pub(crate) async fn book<S: Store>(store: &S, keys: &[SealKey]) -> Result<Book, Problems> {
    match store.managed().await {
        Ok(rows) => Book::open(keys, &rows),
        Err(error) => {
            tracing::error!(%error, "store.failed");
            Err(Problems::managed("the store cannot say what it has: try again"))
        }
    }
}
