//! Every metric name, once. Labels come from closed sets, so the number of series is bounded by
//! the configuration and never by traffic.

use std::time::Duration;

use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

/// From a local commit to a channel that is about to be given up.
const SECONDS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

pub struct Metrics {
    registry: Registry,
    pub events: IntCounterVec,
    pub stale_commits: IntCounter,
    pub fenced_commits: IntCounter,
    pub contradictions: IntCounterVec,
    pub notifications: IntCounterVec,
    pub channel_calls: IntCounterVec,
    pub channel_call_seconds: HistogramVec,
    pub breaker: IntGaugeVec,
    pub breaker_probes: IntCounterVec,
    pub quota_refusals: IntCounterVec,
    pub quota_limited: IntCounterVec,
    pub quota_rate: IntGaugeVec,
    pub redis_answers: IntCounterVec,
    pub redis_seconds: HistogramVec,
    pub deliveries: IntCounterVec,
    pub delivery_seconds: HistogramVec,
    pub delivery_duplicates_possible: IntCounter,
    pub endpoints_disabled: IntCounterVec,
    pub tasks: IntCounterVec,
    pub task_lag_seconds: HistogramVec,
    pub tasks_open: IntGauge,
    pub tasks_due: IntGauge,
    pub http_requests: IntCounterVec,
    pub http_request_seconds: HistogramVec,
    pub problems: IntCounterVec,
    pub authenticated: IntCounterVec,
    pub unauthenticated: IntCounterVec,
    pub authentications_slowed: IntCounter,
    pub signature_verifications: IntCounterVec,
    pub config_generation: IntGauge,
    pub config_reloads: IntCounterVec,
    pub config_last_reload_ok: IntGauge,
    pub info: IntGaugeVec,
    pub attention: IntCounterVec,
    pub shadow_decisions: IntCounterVec,
}

impl Metrics {
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "a list of names, and the longer the better")]
    pub fn new() -> Self {
        let r = Registry::new();
        Self {
            events: counters(&r, "events_total", "Events applied to payments", &["event"]),
            stale_commits: counter(&r, "stale_commits_total", "Commits another writer overtook"),
            fenced_commits: counter(&r, "fenced_commits_total", "Writes of a lost lease, refused"),
            contradictions: counters(
                &r,
                "contradictions_total",
                "Facts that cannot be true of their payment; a person is needed",
                &["account"],
            ),
            notifications: counters(
                &r,
                "notifications_total",
                "Channel notifications by what became of them",
                &["account", "outcome"],
            ),
            channel_calls: counters(
                &r,
                "channel_calls_total",
                "Calls to channels by what was answered",
                &["account", "operation", "outcome"],
            ),
            channel_call_seconds: histogram(
                &r,
                "channel_call_seconds",
                "Time a channel took to answer",
                &["account", "operation"],
            ),
            breaker: gauges(
                &r,
                "breaker",
                "0 where the account's breaker is open, 1 on probation, 2 where it is shut",
                &["account"],
            ),
            breaker_probes: counters(
                &r,
                "breaker_probes_total",
                "Questions whether a channel works again, by what was answered",
                &["account", "outcome"],
            ),
            quota_refusals: counters(
                &r,
                "quota_refusals_total",
                "Calls that were not sent, since the account's quota was spent",
                &["account", "operation"],
            ),
            quota_limited: counters(
                &r,
                "quota_limited_total",
                "Times the channel itself said \"too often\" and the rate was halved",
                &["account", "operation"],
            ),
            quota_rate: gauges(
                &r,
                "quota_rate",
                "Calls a second the account allows itself now",
                &["account", "operation"],
            ),
            redis_answers: counters(
                &r,
                "redis_answers_total",
                "Questions to Redis by how asking went",
                &["purpose", "outcome"],
            ),
            redis_seconds: histogram(
                &r,
                "redis_seconds",
                "Time a question to Redis took, with or without an answer",
                &["purpose"],
            ),
            deliveries: counters(
                &r,
                "delivery_attempts_total",
                "Webhook attempts by how they ended",
                &["outcome"],
            ),
            delivery_seconds: histogram(
                &r,
                "delivery_attempt_seconds",
                "Time a merchant's endpoint took",
                &["outcome"],
            ),
            delivery_duplicates_possible: counter(
                &r,
                "delivery_duplicates_possible_total",
                "Attempts that may be heard twice: unanswered, unrecorded, or asked for again",
            ),
            endpoints_disabled: counters(
                &r,
                "endpoints_disabled_total",
                "Endpoints that were disabled, so that their events are held",
                &["reason"],
            ),
            tasks: counters(&r, "tasks_total", "Tasks worked on", &["task", "outcome"]),
            task_lag_seconds: histogram(&r, "task_lag_seconds", "How late tasks began", &["task"]),
            tasks_open: gauge(&r, "tasks_open", "Tasks in the store"),
            tasks_due: gauge(&r, "tasks_due", "Tasks in the store whose time has come"),
            http_requests: counters(
                &r,
                "http_requests_total",
                "Requests by route and status",
                &["route", "status"],
            ),
            http_request_seconds: histogram(
                &r,
                "http_request_seconds",
                "Time to answer a request",
                &["route"],
            ),
            problems: counters(&r, "problems_total", "Problems told to merchants", &["type"]),
            authenticated: counters(
                &r,
                "authenticated_total",
                "Requests by whose key they showed",
                &["merchant", "key"],
            ),
            unauthenticated: counters(
                &r,
                "unauthenticated_total",
                "Requests of nobody, by what was wrong",
                &["reason"],
            ),
            authentications_slowed: counter(
                &r,
                "authentications_slowed_total",
                "Failures that were answered late, since there were too many",
            ),
            signature_verifications: counters(
                &r,
                "signature_verifications_total",
                "Signatures by whose key was asked",
                &["key"],
            ),
            config_generation: gauge(&r, "config_generation", "Configurations loaded"),
            config_reloads: counters(
                &r,
                "config_reloads_total",
                "Times the configuration was read again, by what came of it",
                &["outcome"],
            ),
            config_last_reload_ok: gauge(
                &r,
                "config_last_reload_ok",
                "Whether the configuration was good when last read",
            ),
            info: info(&r),
            attention: counters(
                &r,
                "attention_total",
                "Things a person should look at",
                &["reason"],
            ),
            shadow_decisions: counters(
                &r,
                "shadow_decisions_total",
                "Payments by whether a shadow rule set chose the account the live rules chose",
                &["rule_set", "outcome"],
            ),
            registry: r,
        }
    }

    pub fn call(&self, account: &str, operation: &str, outcome: &str, elapsed: Option<Duration>) {
        self.channel_calls.with_label_values(&[account, operation, outcome]).inc();
        if let Some(elapsed) = elapsed {
            let seconds = self.channel_call_seconds.with_label_values(&[account, operation]);
            seconds.observe(elapsed.as_secs_f64());
        }
    }

    pub fn redis(&self, purpose: &str, outcome: &str, elapsed: Duration) {
        self.redis_answers.with_label_values(&[purpose, outcome]).inc();
        // What was not asked took no time of Redis.
        if !elapsed.is_zero() {
            self.redis_seconds.with_label_values(&[purpose]).observe(elapsed.as_secs_f64());
        }
    }

    pub fn delivery(&self, outcome: &str, elapsed: Duration) {
        self.deliveries.with_label_values(&[outcome]).inc();
        self.delivery_seconds.with_label_values(&[outcome]).observe(elapsed.as_secs_f64());
    }

    /// The Prometheus text format.
    pub fn text(&self) -> String {
        TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap_or_default()
    }

    /// Where more metrics of the same process can be registered.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

const VALID: &str = "metric names are constants, and each is registered once";

fn named(name: &str, help: &str) -> Opts {
    Opts::new(name, help).namespace("paymux")
}

fn counter(registry: &Registry, name: &str, help: &str) -> IntCounter {
    let it = IntCounter::with_opts(named(name, help)).expect(VALID);
    registry.register(Box::new(it.clone())).expect(VALID);
    it
}

fn gauge(registry: &Registry, name: &str, help: &str) -> IntGauge {
    let it = IntGauge::with_opts(named(name, help)).expect(VALID);
    registry.register(Box::new(it.clone())).expect(VALID);
    it
}

fn gauges(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
    let it = IntGaugeVec::new(named(name, help), labels).expect(VALID);
    registry.register(Box::new(it.clone())).expect(VALID);
    it
}

/// One series of 1, whose labels tell what runs.
fn info(registry: &Registry) -> IntGaugeVec {
    gauges(registry, "info", "What runs: its version, and the roles it has", &["version", "roles"])
}

fn counters(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    let it = IntCounterVec::new(named(name, help), labels).expect(VALID);
    registry.register(Box::new(it.clone())).expect(VALID);
    it
}

fn histogram(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> HistogramVec {
    let opts = HistogramOpts { common_opts: named(name, help), buckets: SECONDS.to_vec() };
    let it = HistogramVec::new(opts, labels).expect(VALID);
    registry.register(Box::new(it.clone())).expect(VALID);
    it
}
