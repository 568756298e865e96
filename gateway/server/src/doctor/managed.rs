//! What of the configuration the store has, where there are keys to open it.

use std::path::Path;

use paymux_store::Store;
use paymux_store::postgres::Postgres;
use paymux_store::sqlite::{OpenError, Sqlite};

use super::findings::Finding;
use crate::app::managing;
use crate::postgres_tls;
use crate::settings::managed::Book;
use crate::settings::{self, Driver, Settings};

const SUBJECT: &str = "managed";

/// Nothing, where the file names no key; its own problems are told with it.
pub(super) async fn book(config: &Path) -> (Book, Option<Finding>) {
    let keys = settings::seal_keys(config).unwrap_or_default();
    let Ok(ground) = Settings::load_ground(config) else { return (Book::default(), None) };
    if keys.is_empty() {
        return (Book::default(), None);
    }
    match read(&ground).await {
        Ok(book) => {
            let finding = format!("{} merchants and accounts in the store", book.items.len());
            (book, Some(Finding::well(SUBJECT, finding)))
        }
        Err(finding) => (Book::default(), Some(finding)),
    }
}

async fn read(settings: &Settings) -> Result<Book, Finding> {
    match &settings.store.driver {
        Driver::Memory => Ok(Book::default()),
        Driver::Sqlite { path } if !path.exists() => Ok(Book::default()),
        Driver::Sqlite { path } => match Sqlite::open(path) {
            Ok(store) => {
                let book = opened(&store, settings).await;
                store.close().await;
                book
            }
            Err(OpenError::Locked(_)) => Err(Finding::odd(
                SUBJECT,
                "the store is in use, so what it has of the configuration is not looked at",
                "ask the running gateway: `paymux merchant list`",
            )),
            Err(error) => Err(unread(&error.to_string())),
        },
        Driver::Postgres(postgres) => {
            let store = async {
                let tls = postgres_tls::connector(postgres)?;
                Ok::<_, anyhow::Error>(Postgres::open(&postgres.options, tls).await?)
            };
            let store = store.await.map_err(|it| unread(&format!("{it:#}")))?;
            let book = opened(&store, settings).await;
            store.close().await;
            book
        }
    }
}

async fn opened<S: Store>(store: &S, settings: &Settings) -> Result<Book, Finding> {
    let book = managing::book(store, &settings.managed.seal_keys).await;
    let advice = "bring back the key that `managed.seal_keys` lacks";
    book.map_err(|it| Finding::broken(SUBJECT, it.to_string().replace('\n', "; "), advice))
}

fn unread(error: &str) -> Finding {
    Finding::odd(SUBJECT, format!("it cannot be looked at: {error}"), "look at `store`")
}
