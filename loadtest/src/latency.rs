//! Times in a histogram with three digits, from a microsecond to an hour.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde_json::{Value, json};

/// More than any run waits for anything.
const LONGEST_US: u64 = 3_600_000_000;

#[derive(Clone)]
pub struct Latency(Histogram<u64>);

impl Default for Latency {
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, LONGEST_US, 3).expect("the bounds are in order"))
    }
}

impl Latency {
    pub fn note(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(LONGEST_US);
        self.0.saturating_record(micros.max(1));
    }

    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// In thousandths: 500 is the median.
    #[expect(clippy::float_arithmetic, reason = "the histogram's quantiles are floats")]
    pub fn at(&self, per_mille: u32) -> Duration {
        let quantile = f64::from(per_mille) / 1000.0;
        Duration::from_micros(if self.0.is_empty() {
            0
        } else {
            self.0.value_at_quantile(quantile)
        })
    }

    pub fn max(&self) -> Duration {
        Duration::from_micros(if self.0.is_empty() { 0 } else { self.0.max() })
    }

    /// The share of a thousand that took no longer.
    pub fn within(&self, micros: u64) -> u64 {
        let below = self.0.count_between(0, micros);
        (below * 1000).checked_div(self.count()).unwrap_or(0)
    }

    pub fn row(&self) -> String {
        let row = [self.at(500), self.at(990), self.at(999), self.max()];
        row.map(|it| format!("{:>11}", micros(it))).join(" ")
    }

    pub fn json(&self) -> Value {
        let us = |it: Duration| u64::try_from(it.as_micros()).unwrap_or(u64::MAX);
        json!({
            "count": self.count(),
            "p50_us": us(self.at(500)),
            "p99_us": us(self.at(990)),
            "p999_us": us(self.at(999)),
            "max_us": us(self.max()),
        })
    }
}

impl FromIterator<Duration> for Latency {
    fn from_iter<I: IntoIterator<Item = Duration>>(times: I) -> Self {
        let mut all = Self::default();
        times.into_iter().for_each(|it| all.note(it));
        all
    }
}

pub fn micros(it: Duration) -> String {
    format!("{} µs", it.as_micros())
}

/// The load generator's stopwatch.
pub fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slow_ones_are_seen() {
        let times = (1..=1000).map(|it| Duration::from_millis(if it > 990 { 900 } else { 1 }));
        let latency: Latency = times.collect();
        assert_eq!(latency.at(500).as_millis(), 1);
        assert!(latency.at(999) >= Duration::from_millis(899), "{:?}", latency.at(999));
        assert!(latency.at(990) < Duration::from_millis(2), "{:?}", latency.at(990));
        assert_eq!(latency.within(2000), 990);
    }

    #[test]
    fn none_is_none() {
        let none = Latency::default();
        assert_eq!((none.count(), none.at(999), none.max()), (0, Duration::ZERO, Duration::ZERO));
    }
}
