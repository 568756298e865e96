//! Every metric name, once. Labels come from closed sets, so the number of series is bounded by
//! the configuration and never by traffic.

mod attention;
mod register;
mod tell;

use paymux_core::endpoint::DisabledReason;
use prometheus::{
    Gauge, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry, TextEncoder,
};
use register::{counter, counters, gauge, gauges, histogram, histogram_of, seconds};

/// From a merchant that hears at once to one that hears at the last attempt of a day.
const UNTIL_HEARD: [f64; 12] =
    [0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0, 21600.0, 86400.0];
/// The largest batch of any store is below the last.
const CHANGES: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 48.0, 64.0];

pub struct Metrics {
    registry: Registry,
    pub events: IntCounterVec,
    pub stale_commits: IntCounter,
    pub fenced_commits: IntCounter,
    pub contradictions: IntCounterVec,
    pub notifications: IntCounterVec,
    pub bills: IntCounterVec,
    pub bill_lines: IntCounterVec,
    pub reconciliation_differences: IntGaugeVec,
    pub reconciled_until_seconds: IntGaugeVec,
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
    pub outbox_lag_seconds: Gauge,
    pub paid_but_undelivered: IntGaugeVec,
    pub paid_but_undelivered_seconds: Gauge,
    pub paid_to_acknowledged_seconds: HistogramVec,
    pub unknown_attempts: IntGauge,
    pub settlements_open: IntGaugeVec,
    pub settlements_oldest_seconds: IntGaugeVec,
    pub unknown_attempt_seconds: Gauge,
    pub replayed_answers: IntCounter,
    pub worker_tasks_running: IntGauge,
    pub worker_places: IntGauge,
    pub store_commit_seconds: HistogramVec,
    pub store_batch_changes: HistogramVec,
    pub store_connection_wait_seconds: HistogramVec,
    pub store_bytes: IntGauge,
    pub certificate_not_after_seconds: IntGaugeVec,
    pub connections_refused: IntCounterVec,
    pub http_requests_in_flight: IntGauge,
    pub spans: IntCounterVec,
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
    pub fn new() -> Self {
        let all = Self::registered();
        for reason in attention::ATTENTION {
            all.attention.with_label_values(&[reason]);
        }
        for reason in DisabledReason::ALL {
            all.endpoints_disabled.with_label_values(&[reason.name()]);
        }
        all
    }

    #[expect(clippy::too_many_lines, reason = "a list of names, and the longer the better")]
    fn registered() -> Self {
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
            bills: counters(
                &r,
                "bills_total",
                "Walks of bills by the state they left behind",
                &["account", "state"],
            ),
            bill_lines: counters(
                &r,
                "bill_lines_total",
                "Lines of bills by what became of them",
                &["account", "outcome"],
            ),
            reconciliation_differences: gauges(
                &r,
                "reconciliation_differences",
                "What bills and our books differ in, and nobody has decided about",
                &["account", "kind"],
            ),
            reconciled_until_seconds: gauges(
                &r,
                "reconciled_until_seconds",
                "When the last day ended that was compared with its bill",
                &["account"],
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
                &["merchant", "endpoint", "outcome"],
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
            outbox_lag_seconds: seconds(
                &r,
                "outbox_lag_seconds",
                "How long the task that waits longest has been due",
            ),
            paid_but_undelivered: gauges(
                &r,
                "paid_but_undelivered",
                "Deliveries of money that came, and that its merchant has not acknowledged",
                &["state"],
            ),
            paid_but_undelivered_seconds: seconds(
                &r,
                "paid_but_undelivered_seconds",
                "How long ago the oldest money came that is due or held",
            ),
            paid_to_acknowledged_seconds: histogram_of(
                &r,
                "paid_to_acknowledged_seconds",
                "From the channel's moment of payment to the merchant's acknowledgement",
                &[],
                &UNTIL_HEARD,
            ),
            unknown_attempts: gauge(
                &r,
                "unknown_attempts",
                "Payments with an attempt of which nobody knows what became of it",
            ),
            unknown_attempt_seconds: seconds(
                &r,
                "unknown_attempt_seconds",
                "How long the oldest of these has been unknown",
            ),
            settlements_open: gauges(
                &r,
                "settlements_open",
                "Settlements for which somebody still has to do something",
                &["state"],
            ),
            settlements_oldest_seconds: gauges(
                &r,
                "settlements_oldest_seconds",
                "How long ago the oldest of these was drafted",
                &["state"],
            ),
            replayed_answers: counter(
                &r,
                "replayed_answers_total",
                "Repeated requests of merchants that were answered as before",
            ),
            worker_tasks_running: gauge(&r, "worker_tasks_running", "Tasks being worked on"),
            worker_places: gauge(&r, "worker_places", "Tasks that may be worked on at once"),
            store_commit_seconds: histogram(
                &r,
                "store_commit_seconds",
                "Time from a change to the store's answer, its queue included",
                &["outcome"],
            ),
            store_batch_changes: histogram_of(
                &r,
                "store_batch_changes",
                "Changes that shared one transaction",
                &[],
                &CHANGES,
            ),
            store_connection_wait_seconds: histogram(
                &r,
                "store_connection_wait_seconds",
                "Time until a connection of PostgreSQL's pool was free",
                &[],
            ),
            store_bytes: gauge(&r, "store_bytes", "Room the database takes on its disk"),
            certificate_not_after_seconds: gauges(
                &r,
                "certificate_not_after_seconds",
                "When an account's certificate ends, in seconds since 1970",
                &["account", "certificate"],
            ),
            spans: counters(
                &r,
                "spans_total",
                "Spans of traces by what became of them",
                &["outcome"],
            ),
            connections_refused: counters(
                &r,
                "connections_refused_total",
                "Connections that were turned away",
                &["listener", "reason"],
            ),
            http_requests_in_flight: gauge(
                &r,
                "http_requests_in_flight",
                "Requests that have no answer yet",
            ),
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
            info: gauges(
                &r,
                "info",
                "What runs: its version, and the roles it has",
                &["version", "roles"],
            ),
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
