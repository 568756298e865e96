//! Whether the ledger adds up, and knows of every payment.

use std::time::Duration;

use paymux_engine::flow::settle::Audit;
use paymux_store::Store;
use paymux_store::postgres::Postgres;
use paymux_store::sqlite::Sqlite;

use super::findings::Finding;
use crate::postgres_tls;
use crate::settings::{Driver, Settings};

const SUBJECT: &str = "ledger";
/// A large one is looked through in a quiet hour, by a command of its own.
const PATIENCE: Duration = Duration::from_secs(20);

/// Nothing, where there is no store to look into: that is told of the store.
pub(super) async fn examine(settings: &Settings) -> Option<Finding> {
    match &settings.store.driver {
        Driver::Memory => None,
        // A file that is not there is not made.
        Driver::Sqlite { path } if !path.exists() => None,
        Driver::Sqlite { path } => {
            let store = Sqlite::open(path).ok()?;
            let found = looked_through(&store).await;
            store.close().await;
            Some(found)
        }
        Driver::Postgres(postgres) => {
            let tls = postgres_tls::connector(postgres).ok()?;
            let store = Postgres::open(&postgres.options, tls).await.ok()?;
            let found = looked_through(&store).await;
            store.close().await;
            Some(found)
        }
    }
}

async fn looked_through<S: Store>(store: &S) -> Finding {
    let advice = "run `paymux ledger check` in a quiet hour";
    match tokio::time::timeout(PATIENCE, look(store)).await {
        Ok(Ok(finding)) => finding,
        Ok(Err(error)) => Finding::odd(SUBJECT, format!("it cannot be read: {error}"), advice),
        Err(_) => Finding::odd(SUBJECT, "it is too large to be looked through here", advice),
    }
}

async fn look<S: Store>(store: &S) -> Result<Finding, String> {
    let unread = |it: paymux_store::StoreError| it.to_string();
    if let Some(it) = store.imbalances(1).await.map_err(unread)?.first() {
        let finding = format!("{} holds {}, and its postings say {}", it.book, it.kept, it.derived);
        let advice = "find out who writes to the database beside the gateway";
        return Ok(Finding::broken(SUBJECT, finding, advice));
    }
    if let Some(it) = Audit(store).of_all().await.map_err(|it| it.to_string())?.first() {
        let whose = it.settlement.as_ref().map_or(it.merchant.as_str(), |it| it.as_str());
        let advice = "`paymux ledger check` names all; pay nothing of it before it is explained";
        return Ok(Finding::broken(SUBJECT, format!("{whose}: {}", it.what), advice));
    }
    if let Some(it) = store.unbooked(1).await.map_err(unread)?.first() {
        let finding = format!("{it} was paid, and no book knows of it");
        let advice = "the store is from before there was a ledger: begin with a new one";
        return Ok(Finding::broken(SUBJECT, finding, advice));
    }
    Ok(Finding::well(SUBJECT, "books, settlements and payments agree"))
}

#[cfg(test)]
mod tests {
    use paymux_core::ledger::Posting;
    use paymux_core::{Currency, Money, Timestamp};
    use paymux_store::Change;
    use paymux_store::memory::MemoryStore;

    use super::*;
    use crate::api::tests::rig::Rig;

    #[tokio::test]
    async fn what_is_paid_and_booked_is_well() {
        let rig = Rig::new();
        rig.paid("A-1").await;
        assert!(!looked_through(&rig.store).await.is_broken());
    }

    /// A payment that a build without a ledger wrote, or a person beside the gateway.
    #[tokio::test]
    async fn money_that_no_book_knows_is_found() {
        let rig = Rig::new();
        let id = rig.paid("A-1").await.parse().unwrap();
        let payment = rig.store.payment(id).await.unwrap().unwrap();
        let other = MemoryStore::default();
        let payment = Some(paymux_store::Write { expected: 0, next: payment });
        other.commit(Change { payment, ..Change::default() }).await.unwrap();
        let amount = Money::new(5, Currency::Cny).unwrap();
        let (number, shop) = ("a".parse().unwrap(), "shop".parse().unwrap());
        let posting = Posting::adjust(&number, &shop, true, amount, Timestamp(1));
        let journal = posting.into_iter().collect();
        other.commit(Change { journal, ..Change::default() }).await.unwrap();
        let found = looked_through(&other).await;
        assert!(found.is_broken());
        assert!(super::super::findings::table(&[found], false).contains("no book knows"));
    }
}
