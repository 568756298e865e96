//! Notifications under every kind of guard: the same effects, whatever it says.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use http::Request;
use paymux_core::payment::State;
use paymux_services::Redis as Service;
use paymux_store::Store;
use paymux_store::guard::{Answer, Claim, Guard, LocalGuard, RedisGuard, Token};
use paymux_store::memory::MemoryStore;
use paymux_store::redis::{Access, Redis, Server, Topology};
use paymux_store::sqlite::Sqlite;
use tokio::task::JoinSet;

use super::counting::Counting;
use crate::api::tests::rig::{Reply, Rig, limits, paid};

/// Says one thing, however often it is asked.
struct Stubborn(Claim);

impl Guard for Stubborn {
    fn is_shared(&self) -> bool {
        true
    }

    fn claim<'a>(&'a self, _: &'a str, _: Duration) -> Answer<'a, Claim> {
        Box::pin(std::future::ready(self.0.clone()))
    }

    fn settle<'a>(&'a self, _: &'a str, _: Token) -> Answer<'a, ()> {
        Box::pin(std::future::ready(()))
    }

    fn release<'a>(&'a self, _: &'a str, _: Token) -> Answer<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Says anything at all: taken where another is at it, done where nobody was, busy for no reason,
/// and of some keys for ever.
#[derive(Default)]
struct Lying {
    asked: AtomicU64,
}

impl Guard for Lying {
    fn is_shared(&self) -> bool {
        true
    }

    fn claim<'a>(&'a self, key: &'a str, _: Duration) -> Answer<'a, Claim> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let of_key = key.bytes().fold(7_u64, |hash, it| hash.wrapping_mul(31) + u64::from(it));
        let lies = [Claim::Taken(Token(asked)), Claim::Done, Claim::Busy, Claim::Away];
        let lie = asked.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 62;
        let claim = match of_key % 5 {
            0 => Claim::Busy,
            _ => lies[usize::try_from(lie).unwrap()].clone(),
        };
        Box::pin(async move {
            tokio::task::yield_now().await;
            claim
        })
    }

    fn settle<'a>(&'a self, _: &'a str, _: Token) -> Answer<'a, ()> {
        Box::pin(std::future::ready(()))
    }

    fn release<'a>(&'a self, _: &'a str, _: Token) -> Answer<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}

fn redis(port: u16) -> Arc<dyn Guard> {
    let server = Server { host: "127.0.0.1".into(), port, tls: false };
    let (topology, access) = (Topology::Single(server), Access::default());
    let redis = Redis::new(&topology, &access, "paymux", Box::new(|_, _, _| ())).unwrap();
    let drawn = AtomicU64::new(1);
    Arc::new(RedisGuard::new(redis, move || drawn.fetch_add(1, Ordering::Relaxed)))
}

fn received(reply: &Reply) -> bool {
    &reply.body[..] == b"success"
}

/// Repeats of one notification, of what is known and of what is for nobody, write nothing.
#[tokio::test]
async fn a_repeat_writes_nothing_whatever_the_guard_says() {
    let service = Service::start();
    let stubborn = |it| Arc::new(Stubborn(it)) as Arc<dyn Guard>;
    let guards: [(&str, Arc<dyn Guard>); 6] = [
        ("local", Arc::new(LocalGuard::default())),
        ("forgetful", Arc::new(LocalGuard::new(0))),
        ("redis", redis(service.port)),
        ("away", stubborn(Claim::Away)),
        ("done", stubborn(Claim::Done)),
        ("taken", stubborn(Claim::Taken(Token(1)))),
    ];
    for (name, guard) in guards {
        let rig = Rig::over(Counting::new(MemoryStore::default()), guard, &limits());
        let payment = rig.page("A-1").await;
        let before = rig.store.commits();
        assert!(received(&rig.pay(&payment).await), "{name}");
        assert_eq!(rig.store.commits(), before + 1, "{name}: the first is written");
        for _ in 0..3 {
            assert!(received(&rig.pay(&payment).await), "{name}");
        }
        assert_eq!(rig.store.commits(), before + 1, "{name}: no repeat is");
        let nobodys = paid("other");
        let before = rig.store.commits();
        for _ in 0..3 {
            let request = Request::post("/notify/ali").body(Body::from(nobodys.clone())).unwrap();
            assert!(!received(&rig.send(request).await), "{name}");
        }
        assert_eq!(rig.store.commits(), before + 1, "{name}: nor of what is nobody's");
    }
}

/// Three nodes on one file, every notification at all of them at once, again and again.
#[tokio::test(flavor = "multi_thread")]
async fn a_lying_guard_loses_nothing_and_does_nothing_twice() {
    const PAYMENTS: usize = 60;
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("paymux.db")).unwrap();
    let node = || Arc::new(Rig::over(store.clone(), Arc::new(Lying::default()), &limits()));
    let nodes = [node(), node(), node()];
    let mut payments = vec![];
    for number in 0..PAYMENTS {
        payments.push(Arc::new(nodes[0].page(&format!("A-{number}")).await));
    }
    let mut acknowledged = [false; PAYMENTS];
    for _ in 0..8 {
        let mut spray = JoinSet::new();
        for (number, payment) in payments.iter().enumerate() {
            for node in &nodes {
                let (node, payment) = (Arc::clone(node), Arc::clone(payment));
                spray.spawn(async move { (number, received(&node.pay(&payment).await)) });
            }
        }
        for (number, received) in spray.join_all().await {
            acknowledged[number] |= received;
        }
    }
    let unheard = acknowledged.iter().filter(|it| !**it).count();
    assert!(unheard > 0 && unheard < PAYMENTS / 2, "{unheard} were busy for ever");
    for (number, payment) in payments.iter().enumerate() {
        let paid = is_paid(&store, payment).await;
        assert_eq!(paid, acknowledged[number], "{number}: what is acknowledged is written");
    }
    // The channel does not give up, and some day the guard is another one.
    let honest = Rig::over(store.clone(), Arc::new(LocalGuard::default()), &limits());
    for payment in &payments {
        assert!(received(&honest.pay(payment).await));
        assert!(is_paid(&store, payment).await);
    }
    let merchant = "shop".parse().unwrap();
    let events = store.events(&merchant, 0, 1000).await.unwrap();
    let told = events.iter().filter(|it| it.row.kind == "payment.succeeded").count();
    assert_eq!(told, PAYMENTS, "each is told once");
    for payment in &payments {
        let id = payment.text("/id").parse().unwrap();
        assert_eq!(store.deliveries(id).await.unwrap().len(), 1, "one event, one endpoint");
    }
}

async fn is_paid(store: &impl Store, payment: &Reply) -> bool {
    let id = payment.text("/id").parse().unwrap();
    let payment = store.payment(id).await.unwrap().unwrap();
    matches!(payment.state(), State::Succeeded { .. })
}
