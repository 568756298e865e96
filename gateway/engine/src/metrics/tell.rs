//! What is told in more than one metric, or by somebody who knows none of them.

use std::time::Duration;

use paymux_store::watch::Sight;

use super::Metrics;

/// What becomes of notifications where something is wrong, or worth a look.
const NOTIFICATIONS: [&str; 4] = ["duplicate", "quarantined", "signature", "unrecorded"];

impl Metrics {
    /// What can be wrong with an account is counted from its first day.
    pub fn account(&self, account: &str) {
        self.contradictions.with_label_values(&[account]);
        for outcome in NOTIFICATIONS {
            self.notifications.with_label_values(&[account, outcome]);
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

    pub fn delivery(&self, merchant: &str, endpoint: &str, outcome: &str, elapsed: Duration) {
        self.deliveries.with_label_values(&[merchant, endpoint, outcome]).inc();
        self.delivery_seconds.with_label_values(&[outcome]).observe(elapsed.as_secs_f64());
    }

    /// A merchant has heard of money.
    pub fn acknowledged(&self, since: Duration) {
        let seconds = self.paid_to_acknowledged_seconds.with_label_values::<&str>(&[]);
        seconds.observe(since.as_secs_f64());
    }

    /// What the store tells of its own work.
    #[expect(clippy::cast_precision_loss, reason = "a batch has fewer changes than a float digits")]
    pub fn store(&self, sight: Sight) {
        match sight {
            Sight::Commit { outcome, elapsed } => {
                let seconds = self.store_commit_seconds.with_label_values(&[outcome]);
                seconds.observe(elapsed.as_secs_f64());
            }
            Sight::Batch { changes } => {
                let all = self.store_batch_changes.with_label_values::<&str>(&[]);
                all.observe(changes as f64);
            }
            Sight::Connection { waited } => {
                let seconds = self.store_connection_wait_seconds.with_label_values::<&str>(&[]);
                seconds.observe(waited.as_secs_f64());
            }
        }
    }
}
