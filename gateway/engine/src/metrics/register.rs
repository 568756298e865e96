//! How a metric is made: under our own name, and known to the registry.

use prometheus::{
    Gauge, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry,
};

/// From a local commit to a channel that is about to be given up.
const SECONDS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

const VALID: &str = "metric names are constants, and each is registered once";

fn named(name: &str, help: &str) -> Opts {
    Opts::new(name, help).namespace("paymux")
}

pub(super) fn counter(registry: &Registry, name: &str, help: &str) -> IntCounter {
    let it = IntCounter::with_opts(named(name, help)).expect(VALID);
    registry.register(Box::new(it.clone())).expect(VALID);
    it
}

pub(super) fn gauge(registry: &Registry, name: &str, help: &str) -> IntGauge {
    let it = IntGauge::with_opts(named(name, help)).expect(VALID);
    registry.register(Box::new(it.clone())).expect(VALID);
    it
}

/// Of seconds, which are not whole.
pub(super) fn seconds(registry: &Registry, name: &str, help: &str) -> Gauge {
    let it = Gauge::with_opts(named(name, help)).expect(VALID);
    registry.register(Box::new(it.clone())).expect(VALID);
    it
}

pub(super) fn gauges(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
    let it = IntGaugeVec::new(named(name, help), labels).expect(VALID);
    registry.register(Box::new(it.clone())).expect(VALID);
    it
}

pub(super) fn counters(
    registry: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
) -> IntCounterVec {
    let it = IntCounterVec::new(named(name, help), labels).expect(VALID);
    registry.register(Box::new(it.clone())).expect(VALID);
    it
}

/// Of calls and commits.
pub(super) fn histogram(
    registry: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
) -> HistogramVec {
    histogram_of(registry, name, help, labels, &SECONDS)
}

pub(super) fn histogram_of(
    registry: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
    buckets: &[f64],
) -> HistogramVec {
    let opts = HistogramOpts { common_opts: named(name, help), buckets: buckets.to_vec() };
    let it = HistogramVec::new(opts, labels).expect(VALID);
    registry.register(Box::new(it.clone())).expect(VALID);
    it
}
