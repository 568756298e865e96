//! What the overview draws: a few minutes of a few numbers, as lines that need no script.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use paymux_engine::metrics::Metrics;
use prometheus::core::Collector;

/// Between two samples.
pub(crate) const EVERY: Duration = Duration::from_secs(5);
/// Ten minutes of them.
const KEPT: usize = 120;
const WIDTH: u64 = 600;
const HEIGHT: u64 = 80;

/// Counted since the start, but for the last two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) events: u64,
    pub(crate) calls: u64,
    pub(crate) deliveries: u64,
    pub(crate) open: u64,
    pub(crate) due: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Series(Mutex<VecDeque<Sample>>);

/// One number over time.
pub(super) struct Chart {
    pub(super) name: &'static str,
    /// The newest value.
    pub(super) now: String,
    pub(super) points: String,
}

impl Series {
    pub(crate) fn push(&self, sample: Sample) {
        let mut samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        samples.push_back(sample);
        let over = samples.len().saturating_sub(KEPT);
        samples.drain(..over);
    }

    pub(super) fn samples(&self) -> Vec<Sample> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }
}

impl Sample {
    pub(crate) fn counted(metrics: &Metrics) -> Self {
        Self {
            events: sum(&metrics.events),
            calls: sum(&metrics.channel_calls),
            deliveries: sum(&metrics.deliveries),
            ..Self::default()
        }
    }
}

fn sum(counters: &impl Collector) -> u64 {
    let families = counters.collect();
    let each = families.iter().flat_map(|it| it.get_metric());
    // A count is a whole number, whatever the library keeps it in.
    each.map(|it| it.get_counter().get_value() as u64).sum()
}

/// What was counted between each two, in tenths a second.
pub(super) fn rates(name: &'static str, samples: &[Sample], of: fn(&Sample) -> u64) -> Chart {
    let tenths: Vec<_> = samples
        .windows(2)
        .map(|pair| of(&pair[1]).saturating_sub(of(&pair[0])) * 10 / EVERY.as_secs())
        .collect();
    let last = tenths.last().copied().unwrap_or_default();
    Chart { name, now: format!("{}.{}", last / 10, last % 10), points: line(&tenths) }
}

pub(super) fn levels(name: &'static str, samples: &[Sample], of: fn(&Sample) -> u64) -> Chart {
    let values: Vec<_> = samples.iter().map(of).collect();
    let last = values.last().copied().unwrap_or_default();
    Chart { name, now: last.to_string(), points: line(&values) }
}

/// The newest at the right edge; the highest touches the top.
fn line(values: &[u64]) -> String {
    let top = values.iter().copied().max().unwrap_or_default().max(1);
    let step = WIDTH / (KEPT as u64 - 1);
    let first = WIDTH - step * (values.len() as u64).saturating_sub(1).min(KEPT as u64 - 1);
    let mut points = String::new();
    for (place, value) in (0_u64..).zip(values) {
        let y = HEIGHT - HEIGHT * (*value).min(top) / top;
        let _ = write!(points, "{},{y} ", first + place * step);
    }
    points.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_the_right_edge() {
        assert_eq!(line(&[]), "");
        assert_eq!(line(&[0]), "600,80");
        assert_eq!(line(&[0, 5, 10]), "590,80 595,40 600,0");
        assert!(line(&[1; KEPT]).starts_with("5,0 "));
    }

    #[test]
    fn rates_are_differences() {
        let sample = |events| Sample { events, ..Sample::default() };
        let chart = rates("e", &[sample(0), sample(10), sample(13)], |it| it.events);
        assert_eq!((chart.now.as_str(), chart.points.as_str()), ("0.6", "595,0 600,56"));
        // A count that went back is no rate.
        assert_eq!(rates("e", &[sample(9), sample(1)], |it| it.events).now, "0.0");
    }

    #[test]
    fn old_samples_are_forgotten() {
        let series = Series::default();
        (0..500).for_each(|events| series.push(Sample { events, ..Sample::default() }));
        let samples = series.samples();
        assert_eq!((samples.len(), samples[0].events), (KEPT, 500 - KEPT as u64));
    }
}
