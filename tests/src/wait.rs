//! Waiting for a condition, with a deadline: the only way in which a test spends time.

use std::time::Duration;

use tokio::time::{Instant, interval};

/// Longer than anything takes that works, on a machine that does other things as well: a refund
/// that the channel does not know is sent again after a minute.
pub const PATIENCE: Duration = Duration::from_secs(150);
/// How often a condition is looked at.
const PACE: Duration = Duration::from_millis(15);

/// Looks until there is something to see, and fails with `what` when patience is over.
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    match within(PATIENCE, look).await {
        Some(seen) => seen,
        None => panic!("waited {PATIENCE:?} in vain: {what}"),
    }
}

/// Looks until there is something to see, or the time is over.
pub async fn within<T>(limit: Duration, look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    at_pace(PACE, limit, look).await
}

/// The same for what is costly to look at.
pub async fn at_pace<T>(
    pace: Duration,
    limit: Duration,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> Option<T> {
    let (end, mut pace) = (Instant::now() + limit, interval(pace));
    loop {
        pace.tick().await;
        if let Some(seen) = look().await {
            return Some(seen);
        }
        if Instant::now() >= end {
            return None;
        }
    }
}
