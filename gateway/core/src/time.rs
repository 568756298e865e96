//! Instants as numbers: always an argument, never read here.

use std::time::Duration;

/// Milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self(self.0.saturating_add(millis(delay)))
    }

    /// How long ago `earlier` was; zero when it lies ahead, as after a clock step.
    pub fn since(self, earlier: Self) -> Duration {
        let elapsed = self.0.saturating_sub(earlier.0);
        Duration::from_millis(u64::try_from(elapsed).unwrap_or(0))
    }
}

/// Whole milliseconds of a duration, capped instead of wrapped.
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_and_never_runs_backwards() {
        let t = Timestamp(10_000);
        assert_eq!(t.after(Duration::from_secs(2)), Timestamp(12_000));
        assert_eq!(t.since(Timestamp(4_000)), Duration::from_secs(6));
        assert_eq!(t.since(Timestamp(99_000)), Duration::ZERO);
        assert_eq!(Timestamp(i64::MAX).after(Duration::MAX), Timestamp(i64::MAX));
        assert_eq!(Timestamp(-1).as_secs(), -1);
    }
}
