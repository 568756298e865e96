//! What is answered about items: never a secret, but for one that was made just now.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use http::header::ETAG;
use http::{HeaderValue, StatusCode};
use paymux_engine::problem::{self, Problem};
use paymux_engine::render;
use paymux_store::ManagedKind;
use serde::Serialize;
use toml::Table;

use super::super::reload::{Changes, changes, refused};
use crate::api::problem::Refusal;
use crate::api::reply;
use crate::app::managing::{ManageError, Managing, Name};
use crate::app::reload::ReloadError;
use crate::manage::{Made, shown};
use crate::settings::Settings;
use crate::settings::managed::{Book, Item};

/// Why nothing was done.
pub(crate) enum Told {
    Problem(Problem),
    /// With every problem of the configuration that would be.
    Refused(ReloadError),
}

impl From<Problem> for Told {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<ReloadError> for Told {
    fn from(error: ReloadError) -> Self {
        Self::Refused(error)
    }
}

impl From<ManageError> for Told {
    fn from(error: ManageError) -> Self {
        let kind = match error {
            ManageError::Refused(error) => return Self::Refused(error),
            ManageError::Off => problem::MANAGED_OFF,
            ManageError::InFile => problem::DEFINED_IN_FILE,
            ManageError::Busy => problem::OVERLOADED,
            ManageError::Store => problem::STORE_UNAVAILABLE,
        };
        Self::Problem(Problem::new(kind, error.to_string()))
    }
}

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => Refusal(problem).into_response(),
            Self::Refused(error) => refused(&error),
        }
    }
}

/// One item, alone or in a list.
#[derive(Serialize)]
struct View {
    id: String,
    /// `file` or `store`.
    source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_by: Option<String>,
    /// As a section of a file would say it, with masks for its secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Table>,
}

#[derive(Serialize)]
struct Changed<'a> {
    id: &'a str,
    source: &'static str,
    /// What it is now; where it was only checked, what it would be.
    version: u64,
    applied: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Table>,
    /// Secrets that were made, by where they stand: they are told this once.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    made: BTreeMap<&'a str, &'a str>,
    #[serde(flatten)]
    changes: Changes,
}

pub(super) const fn word(kind: ManagedKind) -> &'static str {
    match kind {
        ManagedKind::Account => "account",
        ManagedKind::Merchant => "merchant",
    }
}

fn view(id: &str, source: &'static str) -> View {
    let (version, changed_at, changed_by, settings) = (None, None, None, None);
    View { id: id.into(), source, version, changed_at, changed_by, settings }
}

fn stored(id: &str, item: &Item) -> View {
    View {
        version: Some(item.version),
        changed_at: Some(render::time(item.changed_at)),
        changed_by: Some(item.changed_by.clone()),
        settings: Some(shown(&item.table)),
        ..view(id, "store")
    }
}

/// Those of the file first; of these the names alone, since their settings stand in the file.
pub(super) fn list(kind: ManagedKind, book: &Book, settings: &Settings) -> Response {
    let names = match kind {
        ManagedKind::Account => settings.accounts.keys().map(ToString::to_string).collect(),
        ManagedKind::Merchant => settings.merchants.keys().map(ToString::to_string).collect(),
    };
    let names: Vec<String> = names;
    let of_store = book.items.iter().filter(|((of, _), _)| *of == kind);
    let of_store: BTreeMap<_, _> = of_store.map(|((_, id), item)| (id.as_str(), item)).collect();
    let of_file = names.iter().filter(|it| !of_store.contains_key(it.as_str()));
    let mut data: Vec<_> = of_file.map(|it| view(it, "file")).collect();
    data.extend(of_store.iter().map(|(id, item)| stored(id, item)));
    reply::json(StatusCode::OK, &reply::List { data })
}

pub(super) fn of_file((_, id): &Name) -> Response {
    reply::json(StatusCode::OK, &view(id, "file"))
}

pub(super) fn of_store((_, id): &Name, item: &Item) -> Response {
    tagged(reply::json(StatusCode::OK, &stored(id, item)), item.version)
}

pub(super) fn changed(
    (_, id): &Name,
    table: Option<&Table>,
    managing: &Managing,
    made: &[Made],
) -> Response {
    let Managing { applied, version, news } = managing;
    let told = made.iter().filter(|_| *applied);
    let body = Changed {
        id,
        source: "store",
        version: *version,
        applied: *applied,
        settings: table.map(shown),
        made: told.map(|it| (it.path.as_str(), it.secret.as_str())).collect(),
        changes: changes(news),
    };
    tagged(reply::json(StatusCode::OK, &body), *version)
}

fn tagged(mut response: Response, version: u64) -> Response {
    if let Ok(tag) = HeaderValue::try_from(format!("\"{version}\"")) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}
