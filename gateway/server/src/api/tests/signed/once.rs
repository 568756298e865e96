//! A nonce counts once: here, on every node, and while it is remembered.

use std::time::Duration;

use paymux_engine::access::Rate;
use paymux_store::guard::{Answer, Claim, Token};

use tower::ServiceExt as _;

use super::*;
use crate::inbound::Limits;

/// What several nodes have in common, or cannot reach.
struct Common {
    guard: LocalGuard,
    is_away: bool,
}

impl Guard for Common {
    fn is_shared(&self) -> bool {
        true
    }

    fn claim<'a>(&'a self, key: &'a str, lease: Duration) -> Answer<'a, Claim> {
        assert_eq!(lease, Duration::from_secs(600), "both sides of the window");
        if self.is_away {
            return Box::pin(async { Claim::Away });
        }
        self.guard.claim(key, lease)
    }

    fn settle<'a>(&'a self, key: &'a str, token: Token) -> Answer<'a, ()> {
        self.guard.settle(key, token)
    }

    fn release<'a>(&'a self, key: &'a str, token: Token) -> Answer<'a, ()> {
        self.guard.release(key, token)
    }
}

fn two_nodes(is_away: bool) -> [Rig; 2] {
    let common = Arc::new(Common { guard: LocalGuard::default(), is_away });
    [rig(access(), common.clone()), rig(access(), common)]
}

#[tokio::test(start_paused = true)]
async fn a_replay_is_refused_here_and_elsewhere() {
    for signer in signers() {
        let [here, elsewhere] = two_nodes(false);
        let wish = reading("replayed00000000");
        assert_eq!(send(&here, &signer, &wish).await.outcome(), "200");
        for node in [&here, &here, &elsewhere, &elsewhere] {
            let reply = send(node, &signer, &wish).await;
            assert_eq!(reply.outcome(), "401 unauthenticated");
            assert_eq!(reply.header("paymux-signature"), "");
        }
        assert_eq!((refusals(&here, "nonce"), refusals(&elsewhere, "nonce")), (2, 2));
        // The same nonce for something else, or of another key, is another matter.
        let other = Wish { target: "/v1/events".into(), ..wish.clone() };
        assert_eq!(send(&here, &signer, &other).await.status, 401);
        let second = &signers()[usize::from(signer.key_id == HMAC)];
        assert_eq!(send(&elsewhere, second, &wish).await.outcome(), "200");
    }
}

/// Without the others, each node remembers alone; what an order did, it does once all the same.
#[tokio::test(start_paused = true)]
async fn a_node_that_is_alone_remembers_alone() {
    let [here, elsewhere] = two_nodes(true);
    let signer = &signers()[2];
    let wish = reading("alone00000000000");
    assert_eq!(send(&here, signer, &wish).await.outcome(), "200");
    assert_eq!(send(&here, signer, &wish).await.status, 401);
    assert_eq!(send(&elsewhere, signer, &wish).await.outcome(), "200");
    assert_eq!(send(&elsewhere, signer, &wish).await.status, 401);
}

/// What a restart forgets: the nonce, and nothing that an order did.
#[tokio::test(start_paused = true)]
async fn a_replayed_order_is_the_same_order() {
    let rig = signing_rig();
    let signer = &signers()[1];
    let (first, again) = (buying("ordered000000001"), buying("ordered000000001"));
    let made = send(&rig, signer, &first).await;
    assert_eq!(made.outcome(), "201");
    let router = crate::inbound::Public::new(&rig.gateway, &limits(), &rig.begun).into_service();
    let request = Sent::new(signer, &again).request();
    let replayed = Reply::of(router.oneshot(request).await.unwrap()).await;
    assert_eq!((replayed.outcome().as_str(), &replayed.body), ("201", &made.body));
    assert_eq!(replayed.header("idempotent-replayed"), "true");
    assert_eq!(rig.store.tables().payments.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_nonce_is_remembered_as_long_as_it_could_be_used() {
    let rig = signing_rig();
    let signer = &signers()[0];
    let wish = Wish { timestamp: NOW.as_secs() + 300, ..reading("window0000000000") };
    assert_eq!(send(&rig, signer, &wish).await.outcome(), "200");
    for seconds in [1, 298, 301] {
        rig.pass(Duration::from_secs(seconds));
        assert_eq!(send(&rig, signer, &wish).await.status, 401);
    }
    assert_eq!(
        (refusals(&rig, "nonce"), refusals(&rig, "timestamp")),
        (3, 0),
        "to the last second"
    );
    rig.pass(Duration::from_secs(1));
    assert_eq!(send(&rig, signer, &wish).await.status, 401);
    assert_eq!((refusals(&rig, "nonce"), refusals(&rig, "timestamp")), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn a_full_memory_refuses_and_forgets_nothing() {
    let guard = Arc::new(LocalGuard::default());
    // One for each of its shards.
    let rig = Rig::with_access(Limits { nonces: 16, ..limits() }, access(), guard);
    let signer = &signers()[0];
    let mut outcomes = std::collections::BTreeMap::<String, Vec<Wish>>::new();
    for number in 0..64 {
        let wish = reading(&format!("crowd00000000{number:03}"));
        let reply = send(&rig, signer, &wish).await;
        let outcome = reply.outcome();
        if outcome != "200" {
            assert_eq!(reply.header("retry-after"), "10");
            assert!(believes(signer, &wish, &reply, &Value::Null), "it was genuine: {outcome}");
        }
        outcomes.entry(outcome).or_default().push(wish);
    }
    let (taken, refused) = (&outcomes["200"], &outcomes["503 overloaded"]);
    assert!(taken.len() <= 16 && taken.len() + refused.len() == 64);
    for wish in taken {
        assert_eq!(send(&rig, signer, wish).await.status, 401, "{}", wish.nonce);
    }
    rig.pass(Duration::from_secs(301));
    let later = Wish { timestamp: NOW.as_secs() + 301, ..reading("crowd00000000064") };
    assert_eq!(send(&rig, signer, &later).await.outcome(), "200");
    assert_eq!(
        count(&rig, r#"paymux_attention_total{reason="nonces-full"}"#),
        refused.len() as u64
    );
}

/// A merchant in haste is told so before its nonce is remembered, and told by us.
#[tokio::test(start_paused = true)]
async fn haste_costs_no_memory() {
    let one = std::num::NonZeroU32::MIN;
    let rate = Rate { per_second: one, burst: one };
    let rig = rig(Access { rate, ..access() }, Arc::new(LocalGuard::default()));
    let signer = &signers()[0];
    assert_eq!(send(&rig, signer, &reading("haste00000000001")).await.outcome(), "200");
    let wish = reading("haste00000000002");
    let hasty = send(&rig, signer, &wish).await;
    assert_eq!(
        (hasty.outcome().as_str(), hasty.header("retry-after")),
        ("429 too-many-requests", "1")
    );
    assert!(believes(signer, &wish, &hasty, &Value::Null));
    // It was not used: a second time it is refused for its haste alone, or taken.
    assert_ne!(send(&rig, signer, &wish).await.status, 401);
}
