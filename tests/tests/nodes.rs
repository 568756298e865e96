//! Three nodes on one PostgreSQL and one Redis, notifications sprayed over all of them: whatever
//! happens meanwhile, each payment has one effect, and everybody is told.

mod nodes {
    pub(crate) mod crowd;
    pub(crate) mod trouble;
}

use nodes::crowd::{Crowd, orders};
use nodes::trouble::Trouble;
use tokio::sync::Mutex;

/// One after the other: three nodes and their database fill a machine.
static ALONE: Mutex<()> = Mutex::const_new(());

async fn check(trouble: Trouble, orders: u64) {
    let _alone = ALONE.lock().await;
    let findings = Crowd::new(trouble, orders).await.play().await;
    assert!(findings.is_empty(), "{trouble:?}:\n  {}", findings.join("\n  "));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_happens() {
    check(Trouble::None, orders(2_000)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_forgets() {
    check(Trouble::RedisForgets, orders(300)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_away() {
    check(Trouble::RedisAway, orders(300)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_slow() {
    check(Trouble::RedisSlow, orders(300)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_lies() {
    check(Trouble::RedisLies, orders(300)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_restarted() {
    check(Trouble::PostgresRestarted, orders(300)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_crashes() {
    check(Trouble::PostgresCrashes, orders(300)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_killed() {
    check(Trouble::NodeKilled, orders(300)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_frozen_past_its_leases() {
    check(Trouble::NodeFrozen, orders(300)).await;
}
