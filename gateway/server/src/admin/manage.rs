//! `/admin/v1/merchants` and `/admin/v1/accounts`: what the store has of the configuration, and
//! what it is to have.

mod answer;
mod edits;
mod request;

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use paymux_store::{ManagedKind, Store};

use super::access::Desk;
use crate::api::reply;
use crate::app::managing::Name;
use crate::app::reload::{ReloadError, Reloader};
use crate::manage::{ListName, Made, Makers};

use answer::Told;
use edits::Edit;
use request::{Asked, Demand};

type Answer = Result<Response, Told>;

/// Who reads and takes configurations.
pub(super) struct Reload<S>(Arc<Reloader<S>>);

impl<S: Store> FromRequestParts<Desk<S>> for Reload<S> {
    type Rejection = Told;

    async fn from_request_parts(_: &mut Parts, desk: &Desk<S>) -> Result<Self, Told> {
        desk.reloader.clone().map(Self).ok_or(Told::Refused(ReloadError::NoFile))
    }
}

const fn kind(is_merchant: bool) -> ManagedKind {
    if is_merchant { ManagedKind::Merchant } else { ManagedKind::Account }
}

pub(super) async fn list<S: Store, const MERCHANT: bool>(Reload(reloader): Reload<S>) -> Answer {
    let (book, settings) = (reloader.items().await?, reloader.settings().await);
    Ok(answer::list(kind(MERCHANT), &book, &settings))
}

pub(super) async fn show<S: Store, const MERCHANT: bool>(
    Reload(reloader): Reload<S>,
    Path(id): Path<String>,
) -> Answer {
    let name = (kind(MERCHANT), id);
    if reloader.in_file(&name).await {
        return Ok(answer::of_file(&name));
    }
    let book = reloader.items().await?;
    let item = book.items.get(&name).ok_or_else(|| reply::unknown(answer::word(name.0)))?;
    Ok(answer::of_store(&name, item))
}

pub(super) async fn replace<S: Store, const MERCHANT: bool>(
    Reload(reloader): Reload<S>,
    Path(id): Path<String>,
    asked: Asked,
    body: Bytes,
) -> Answer {
    let (name, table) = ((kind(MERCHANT), request::id(&id)?), request::table(&body)?);
    let edit = edits::replace(table, MERCHANT);
    act(reloader, name, asked.with(Demand::Version), edit).await
}

pub(super) async fn remove<S: Store, const MERCHANT: bool>(
    Reload(reloader): Reload<S>,
    Path(id): Path<String>,
    asked: Asked,
) -> Answer {
    act(reloader, (kind(MERCHANT), id), asked.with(Demand::Version), edits::remove()).await
}

pub(super) async fn add_api_key<S: Store>(
    Reload(reloader): Reload<S>,
    Path(merchant): Path<String>,
    asked: Asked,
) -> Answer {
    act(reloader, (ManagedKind::Merchant, merchant), asked, edits::add_api_key()).await
}

pub(super) async fn remove_api_key<S: Store>(
    Reload(reloader): Reload<S>,
    Path((merchant, key)): Path<(String, String)>,
    asked: Asked,
) -> Answer {
    let edit = edits::forget("api_keys", key);
    act(reloader, (ManagedKind::Merchant, merchant), asked, edit).await
}

pub(super) async fn put_key<S: Store>(
    Reload(reloader): Reload<S>,
    Path((merchant, key)): Path<(String, String)>,
    asked: Asked,
    body: Bytes,
) -> Answer {
    let edit = edits::put(ListName::Keys, key, request::table(&body)?);
    act(reloader, (ManagedKind::Merchant, merchant), asked, edit).await
}

pub(super) async fn remove_key<S: Store>(
    Reload(reloader): Reload<S>,
    Path((merchant, key)): Path<(String, String)>,
    asked: Asked,
) -> Answer {
    let edit = edits::forget("keys", key);
    act(reloader, (ManagedKind::Merchant, merchant), asked, edit).await
}

pub(super) async fn put_plate<S: Store>(
    Reload(reloader): Reload<S>,
    Path((merchant, plate)): Path<(String, String)>,
    asked: Asked,
    body: Bytes,
) -> Answer {
    let edit = edits::put(ListName::Plates, plate, request::table(&body)?);
    act(reloader, (ManagedKind::Merchant, merchant), asked, edit).await
}

pub(super) async fn remove_plate<S: Store>(
    Reload(reloader): Reload<S>,
    Path((merchant, plate)): Path<(String, String)>,
    asked: Asked,
) -> Answer {
    let edit = edits::forget("plates", plate);
    act(reloader, (ManagedKind::Merchant, merchant), asked, edit).await
}

pub(super) async fn put_endpoint<S: Store>(
    Reload(reloader): Reload<S>,
    Path((merchant, endpoint)): Path<(String, String)>,
    asked: Asked,
    body: Bytes,
) -> Answer {
    let edit = edits::put(ListName::Endpoints, endpoint, request::table(&body)?);
    act(reloader, (ManagedKind::Merchant, merchant), asked, edit).await
}

pub(super) async fn remove_endpoint<S: Store>(
    Reload(reloader): Reload<S>,
    Path((merchant, endpoint)): Path<(String, String)>,
    asked: Asked,
) -> Answer {
    let edit = edits::forget("endpoints", endpoint);
    act(reloader, (ManagedKind::Merchant, merchant), asked, edit).await
}

pub(super) async fn rotate<S: Store>(
    Reload(reloader): Reload<S>,
    Path((merchant, endpoint)): Path<(String, String)>,
    asked: Asked,
) -> Answer {
    act(reloader, (ManagedKind::Merchant, merchant), asked, edits::rotate(endpoint)).await
}

/// Goes on to its end although the caller may be gone.
async fn act<S: Store>(reloader: Arc<Reloader<S>>, name: Name, asked: Asked, edit: Edit) -> Answer {
    let acted = tokio::spawn(async move { done(&reloader, &name, &asked, edit).await }).await;
    acted.expect("a change does not panic")
}

async fn done<S: Store>(reloader: &Reloader<S>, name: &Name, asked: &Asked, edit: Edit) -> Answer {
    let world = reloader.world();
    let (mut table, mut made): (_, Vec<Made>) = (None, vec![]);
    let managing = reloader
        .manage::<Told>(name.clone(), &asked.who, asked.check, &mut |old| {
            asked.admits(old)?;
            let chance = || world.entropy();
            made.clear();
            table = edit(old.map(|it| &it.table), &Makers(&chance), &mut made)?;
            Ok(table.clone())
        })
        .await?;
    Ok(answer::changed(name, table.as_ref(), &managing, &made))
}
