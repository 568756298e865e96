//! Notifications under every kind of guard: the same effects, whatever it says.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use http::Request;
use paymux_services::Redis as Service;
use paymux_store::guard::{Answer, Claim, Guard, LocalGuard, RedisGuard, Token};
use paymux_store::memory::MemoryStore;
use paymux_store::redis::{Access, Redis, Server, Topology};

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
pub(super) struct Lying {
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

pub(super) fn redis(port: u16) -> Arc<dyn Guard> {
    let server = Server { host: "127.0.0.1".into(), port, tls: false };
    let (topology, access) = (Topology::Single(server), Access::default());
    let redis = Redis::new(&topology, &access, "paymux", Box::new(|_, _, _| ())).unwrap();
    let drawn = AtomicU64::new(1);
    Arc::new(RedisGuard::new(redis, move || drawn.fetch_add(1, Ordering::Relaxed)))
}

pub(super) fn received(reply: &Reply) -> bool {
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
