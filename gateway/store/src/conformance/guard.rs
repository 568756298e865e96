//! What every guard promises while it can be asked.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::guard::{Claim, Guard, LONGEST_KEY, Token};

const LEASE: Duration = Duration::from_secs(30);
/// Over before anybody has waited long.
const SHORT: Duration = Duration::from_millis(20);
const AT_ONCE: usize = 16;

/// All of them, over one guard whose keys nobody else uses.
pub async fn run<G: Guard + 'static>(guard: Arc<G>) {
    a_claim_is_one_holders_until_it_is_settled_or_released(&*guard).await;
    nobody_settles_or_releases_anothers_claim(&*guard).await;
    keys_are_apart(&*guard).await;
    a_key_too_long_is_not_guarded(&*guard).await;
    one_of_many_takes_it(guard).await;
}

async fn taken(guard: &impl Guard, key: &str, lease: Duration) -> Token {
    match guard.claim(key, lease).await {
        Claim::Taken(token) => token,
        other @ (Claim::Busy | Claim::Done | Claim::Away) => panic!("{key:?}: {other:?}"),
    }
}

async fn check(guard: &impl Guard, key: &str, expect: Claim) {
    assert_eq!(guard.claim(key, LEASE).await, expect, "{key:?}");
}

/// Until the claim of somebody else is over.
async fn taken_in_time(guard: &impl Guard, key: &str) -> Token {
    let mut look = tokio::time::interval(Duration::from_millis(1));
    loop {
        look.tick().await;
        match guard.claim(key, LEASE).await {
            Claim::Taken(token) => return token,
            Claim::Busy => {}
            other @ (Claim::Done | Claim::Away) => panic!("{key:?}: {other:?}"),
        }
    }
}

async fn a_claim_is_one_holders_until_it_is_settled_or_released(guard: &impl Guard) {
    let token = taken(guard, "a", LEASE).await;
    check(guard, "a", Claim::Busy).await;
    guard.release("a", token).await;
    let token = taken(guard, "a", LEASE).await;
    check(guard, "a", Claim::Busy).await;
    guard.settle("a", token).await;
    check(guard, "a", Claim::Done).await;
    guard.release("a", token).await;
    guard.settle("a", token).await;
    check(guard, "a", Claim::Done).await;
}

async fn nobody_settles_or_releases_anothers_claim(guard: &impl Guard) {
    let late = taken(guard, "b", SHORT).await;
    let holder = taken_in_time(guard, "b").await;
    assert_ne!(late, holder);
    guard.release("b", late).await;
    check(guard, "b", Claim::Busy).await;
    guard.settle("b", late).await;
    check(guard, "b", Claim::Busy).await;
    guard.settle("b other", holder).await;
    taken(guard, "b other", LEASE).await;
    guard.settle("b", holder).await;
    check(guard, "b", Claim::Done).await;
}

async fn keys_are_apart(guard: &impl Guard) {
    let keys = ["k", "k ", " k", "K", "k/1", "k{1}", "{k}", "k\r\nDEL k", "k\0", "支付", ""];
    let mut tokens = BTreeSet::new();
    for key in keys {
        tokens.insert(taken(guard, key, LEASE).await.0);
    }
    assert_eq!(tokens.len(), keys.len(), "no two claims have one token");
    for key in keys {
        check(guard, key, Claim::Busy).await;
    }
}

async fn a_key_too_long_is_not_guarded(guard: &impl Guard) {
    taken(guard, &"l".repeat(LONGEST_KEY), LEASE).await;
    check(guard, &"l".repeat(LONGEST_KEY + 1), Claim::Away).await;
}

async fn one_of_many_takes_it<G: Guard + 'static>(guard: Arc<G>) {
    let claims: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let guard = Arc::clone(&guard);
            tokio::spawn(async move { guard.claim("m", LEASE).await })
        })
        .collect();
    let mut taken = 0;
    for claim in claims {
        match claim.await.expect("it does not panic") {
            Claim::Taken(_) => taken += 1,
            Claim::Busy => {}
            other @ (Claim::Done | Claim::Away) => panic!("{other:?}"),
        }
    }
    assert_eq!(taken, 1);
}
