//! How many of the last calls failed, in two halves of a window that moves.

use std::time::Duration;

use tokio::time::Instant;

/// With the half before it: calls of the last five to ten seconds.
const HALF: Duration = Duration::from_secs(5);
/// Fewer calls than this have no ratio; failures in a row shut the breaker of a quiet account.
const MIN_CALLS: u32 = 20;

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    calls: u32,
    failed: u32,
}

#[derive(Debug)]
pub(super) struct Window {
    began: Instant,
    half: Count,
    before: Count,
}

impl Window {
    pub(super) fn new(now: Instant) -> Self {
        Self { began: now, half: Count::default(), before: Count::default() }
    }

    pub(super) fn add(&mut self, failed: bool, now: Instant) {
        self.roll(now);
        self.half.calls = self.half.calls.saturating_add(1);
        self.half.failed = self.half.failed.saturating_add(u32::from(failed));
    }

    /// Whether so many of a hundred failed.
    pub(super) fn fails(&self, ratio: u32) -> bool {
        let calls = u64::from(self.half.calls) + u64::from(self.before.calls);
        let failed = u64::from(self.half.failed) + u64::from(self.before.failed);
        calls >= u64::from(MIN_CALLS) && failed * 100 >= calls * u64::from(ratio)
    }

    fn roll(&mut self, now: Instant) {
        let age = now.saturating_duration_since(self.began);
        if age >= 2 * HALF {
            *self = Self::new(now);
        } else if age >= HALF {
            let half = Count::default();
            *self = Self { began: self.began + HALF, half, before: self.half };
        }
    }
}
