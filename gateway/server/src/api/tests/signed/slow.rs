//! Who fails too often waits; who has the right key does not.

use std::time::Duration;

use tokio::time::Instant;

use super::super::rig::SHOP;
use super::*;

async fn seconds(rig: &Rig, key: &str, expect: u16) -> u64 {
    let begun = Instant::now();
    assert_eq!(rig.get_as(key, "/v1/events").await.status, expect);
    begun.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn guessing_is_slow_and_knowing_is_not() {
    let rig = signing_rig();
    for _ in 0..20 {
        assert_eq!(seconds(&rig, "guess", 401).await, 0);
    }
    assert_eq!(seconds(&rig, "guess", 401).await, 2);
    assert_eq!(seconds(&rig, SHOP, 200).await, 0, "from the same address");
    let wish = reading("knowing000000000");
    let begun = Instant::now();
    assert_eq!(send(&rig, &signers()[0], &wish).await.outcome(), "200");
    assert_eq!(begun.elapsed().as_secs(), 0);
    assert_eq!(send(&rig, &signers()[0], &wish).await.status, 401, "a replay is a failure");
    assert_eq!(begun.elapsed().as_secs(), 2);
    assert_eq!(count(&rig, "paymux_authentications_slowed_total"), 2);
    tokio::time::advance(Duration::from_secs(6)).await;
    assert_eq!(seconds(&rig, "guess", 401).await, 0, "one is forgiven");
}
