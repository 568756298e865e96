//! `[store]`: the keys of all drivers are read, whichever is chosen, so that a slip is found early.

use std::path::PathBuf;

use paymux_store::postgres::{Options, Url, UrlError};

use super::item::Item;
use super::reference::References;
use super::section::Section;
use super::sections::{MINUTE, SECOND, millis};
use super::{Driver, Postgres, Store};

#[derive(Clone, Copy)]
enum Kind {
    Memory,
    Sqlite,
    Postgres,
}

pub(super) fn store(read: &mut Section<'_>, references: &References<'_>) -> Store {
    let kinds = [("memory", Kind::Memory), ("sqlite", Kind::Sqlite), ("postgres", Kind::Postgres)];
    let kind = read.word("driver", &kinds);
    let path =
        read.parsed("path", |it| if it.is_empty() { Err("is empty") } else { Ok(it.into()) });
    let path: PathBuf = path.unwrap_or_default();
    let postgres = postgres(read, references, matches!(kind, Kind::Postgres));
    let driver = match (kind, postgres) {
        (Kind::Sqlite, _) => Driver::Sqlite { path: references.base_dir.join(path) },
        (Kind::Postgres, Some(postgres)) => Driver::Postgres(Box::new(postgres)),
        // Without a url there is a problem, and nobody will see what stands in.
        (Kind::Memory, _) | (Kind::Postgres, None) => Driver::Memory,
    };
    Store { driver }
}

fn postgres(
    read: &mut Section<'_>,
    references: &References<'_>,
    is_chosen: bool,
) -> Option<Postgres> {
    let item = if is_chosen { read.required("url") } else { read.optional("url") };
    let url = item.and_then(|it| url(&it, references));
    let connections = read.number("connections", 2..=500);
    let mut timeout = |key| read.duration(key, millis(SECOND / 10, MINUTE));
    let connect_timeout = timeout("connect_timeout");
    let (statement_timeout, lock_timeout) = (timeout("statement_timeout"), timeout("lock_timeout"));
    let certificates = |path: &str| std::fs::read(references.base_dir.join(path));
    let root_certificates = read.optional("root_certificates").and_then(|it| {
        it.parsed(|path| certificates(path).map_err(|error| format!("cannot be read: {error}")))
    });
    let options =
        Options { url: url?, connections, connect_timeout, statement_timeout, lock_timeout };
    Some(Postgres { options, root_certificates })
}

/// Secret as a whole: it may hold a password.
fn url(item: &Item<'_>, references: &References<'_>) -> Option<Url> {
    let text = item.secret(references)?;
    let url = text.expose().parse();
    url.map_err(|error: UrlError| item.problem(error.to_string())).ok()
}
