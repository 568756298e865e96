//! Three nodes, and every notification at all of them at once: on each store, under each guard.
//!
//! With the three processes of `tests/tests/nodes`, these are the configurations there are.

use std::sync::Arc;
use std::time::Duration;

use paymux_core::payment::State;
use paymux_services::{Postgres as PostgresService, Redis as RedisService};
use paymux_store::Store;
use paymux_store::guard::{Guard, LocalGuard};
use paymux_store::memory::MemoryStore;
use paymux_store::postgres::{Options, Postgres, migrate};
use paymux_store::sqlite::Sqlite;
use tokio::task::JoinSet;
use tokio_postgres::NoTls;

use super::guards::{Lying, received, redis};
use crate::api::tests::rig::{Reply, Rig, limits};

const PAYMENTS: usize = 60;
const ROUNDS: usize = 8;

type Guards<'a> = &'a dyn Fn() -> Arc<dyn Guard>;

fn local() -> Arc<dyn Guard> {
    Arc::new(LocalGuard::default())
}

fn lying() -> Arc<dyn Guard> {
    Arc::new(Lying::default())
}

async fn postgres(service: &PostgresService) -> Postgres {
    let options = Options {
        url: format!("{}?sslmode=disable", service.database()).parse().unwrap(),
        connections: 8,
        connect_timeout: Duration::from_secs(10),
        statement_timeout: Duration::from_secs(20),
        lock_timeout: Duration::from_secs(10),
    };
    migrate(&options, NoTls).await.unwrap();
    Postgres::open(&options, NoTls).await.unwrap()
}

fn sqlite(folder: &tempfile::TempDir, name: &str) -> Sqlite {
    Sqlite::open(&folder.path().join(name)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_guard_loses_anything_or_does_anything_twice() {
    let (database, hints) = (PostgresService::start(), RedisService::start());
    let folder = tempfile::tempdir().unwrap();
    let shared = || redis(hints.port);
    check("memory", MemoryStore::default(), &local).await;
    check("sqlite", sqlite(&folder, "local.db"), &local).await;
    check("sqlite + redis", sqlite(&folder, "redis.db"), &shared).await;
    check("postgres", postgres(&database).await, &local).await;
    check("postgres + redis", postgres(&database).await, &shared).await;
    check_lying("sqlite + lies", sqlite(&folder, "lies.db")).await;
    check_lying("postgres + lies", postgres(&database).await).await;
}

/// Whatever a guard keeps back for a while is sent again, and taken then.
async fn check<S: Store>(name: &str, store: S, guard: Guards<'_>) {
    let (payments, acknowledged) = spray(&store, guard).await;
    assert!(acknowledged.iter().all(|it| *it), "{name}: {acknowledged:?}");
    told_once(name, &store, &payments).await;
}

async fn check_lying<S: Store>(name: &str, store: S) {
    let (payments, acknowledged) = spray(&store, &lying).await;
    let unheard = acknowledged.iter().filter(|it| !**it).count();
    assert!(unheard > 0 && unheard < PAYMENTS / 2, "{name}: {unheard} were busy for ever");
    for (payment, acknowledged) in payments.iter().zip(acknowledged) {
        let paid = is_paid(&store, payment).await;
        assert_eq!(paid, acknowledged, "{name}: what is acknowledged is written");
    }
    // The channel does not give up, and some day the guard is another one.
    let honest = Rig::over(store.clone(), local(), &limits());
    for payment in &payments {
        assert!(received(&honest.pay(payment).await), "{name}");
    }
    told_once(name, &store, &payments).await;
}

/// The payments, and which of their notifications somebody acknowledged.
async fn spray<S: Store>(store: &S, guard: Guards<'_>) -> (Vec<Arc<Reply>>, Vec<bool>) {
    let node = || Arc::new(Rig::over(store.clone(), guard(), &limits()));
    let nodes = [node(), node(), node()];
    let mut payments = vec![];
    for number in 0..PAYMENTS {
        payments.push(Arc::new(nodes[0].page(&format!("A-{number}")).await));
    }
    let mut acknowledged = vec![false; PAYMENTS];
    for _ in 0..ROUNDS {
        let mut round = JoinSet::new();
        for (number, payment) in payments.iter().enumerate() {
            for node in &nodes {
                let (node, payment) = (Arc::clone(node), Arc::clone(payment));
                round.spawn(async move { (number, received(&node.pay(&payment).await)) });
            }
        }
        for (number, received) in round.join_all().await {
            acknowledged[number] |= received;
        }
    }
    (payments, acknowledged)
}

async fn told_once<S: Store>(name: &str, store: &S, payments: &[Arc<Reply>]) {
    let merchant = "shop".parse().unwrap();
    let events = store.events(&merchant, 0, 1000).await.unwrap();
    let told = events.iter().filter(|it| it.row.kind == "payment.succeeded").count();
    assert_eq!(told, PAYMENTS, "{name}: each is told once");
    for payment in payments {
        assert!(is_paid(store, payment).await, "{name}");
        let id = payment.text("/id").parse().unwrap();
        let deliveries = store.deliveries(id).await.unwrap();
        assert_eq!(deliveries.len(), 1, "{name}: one event, one endpoint");
    }
}

async fn is_paid(store: &impl Store, payment: &Reply) -> bool {
    let id = payment.text("/id").parse().unwrap();
    let payment = store.payment(id).await.unwrap().unwrap();
    matches!(payment.state(), State::Succeeded { .. })
}
