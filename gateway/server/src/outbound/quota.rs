//! What an account may call in a second, of each kind: over it is refused at once, and never sent.

mod pace;
mod rates;
mod shares;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use paymux_channel::{Request, Response};
use paymux_core::{AccountId, MerchantId};
use paymux_engine::flow::call::{MerchantName, OperationName};
use paymux_engine::metrics::Metrics;
use paymux_engine::outbound::CallError;
use paymux_store::quota::{Ask, LocalQuota, Quota, Taken};
use tokio::time::Instant;

pub use rates::{OPERATIONS, Rates, TOTAL};

use pace::Pace;
use shares::{Share, Shares};

use super::gate::Gate;

const SECOND_US: i64 = 1_000_000;
/// How early a call may come. All that a burst can bring beyond the rate is a fifth of a second's
/// calls, so that two bursts within ten seconds stay below 5 % of them: two, since a Redis that was
/// flushed has forgotten the first.
const SLACK_US: i64 = SECOND_US / 5;

/// Where calls are counted, and by how many.
#[derive(Clone)]
pub struct Counting {
    /// None where every node counts its own.
    pub shared: Option<Arc<dyn Quota>>,
    /// How many nodes there are: what each takes for its own while nobody counts for all.
    pub nodes: u32,
}

pub(super) struct Quotas {
    account: AccountId,
    counting: Counting,
    local: LocalQuota,
    began: Instant,
    metrics: Arc<Metrics>,
    lines: Mutex<Lines>,
}

struct Lines {
    total: u32,
    operations: BTreeMap<&'static str, Line>,
}

/// What is known of one operation.
struct Line {
    pace: Pace,
    shares: Shares,
}

impl Quotas {
    pub(super) fn new(
        account: AccountId,
        counting: Counting,
        rates: &Rates,
        metrics: Arc<Metrics>,
    ) -> Self {
        let lines = Mutex::new(Lines { total: 1, operations: BTreeMap::new() });
        let (local, began) = (LocalQuota::default(), Instant::now());
        let quotas = Self { account, counting, local, began, metrics, lines };
        quotas.rule(rates);
        quotas
    }

    /// Other rates for what is known already.
    pub(super) fn rule(&self, rates: &Rates) {
        let mut lines = self.lines();
        lines.total = rates.of(TOTAL);
        self.show(TOTAL, lines.total);
        for operation in OPERATIONS {
            let limit = rates.of(operation);
            let line = lines.operations.entry(operation);
            let new = || Line { pace: Pace::new(limit), shares: Shares::default() };
            let line = line.or_insert_with(new);
            line.pace.rule(limit);
            self.show(operation, line.pace.rate(self.now()));
            // There before the first refusal, so that it is seen to rise.
            let labels = &[self.account.as_str(), operation];
            self.metrics.quota_refusals.with_label_values(labels);
        }
    }

    /// The channel said "too often".
    pub(super) fn limited(&self, operation: &str) {
        let (mut lines, now) = (self.lines(), self.now());
        let Some((operation, line)) = lines.operations.iter_mut().find(|it| *it.0 == operation)
        else {
            return;
        };
        if line.pace.limited(now) {
            let rate = line.pace.rate(now);
            let account = self.account.as_str();
            tracing::warn!(account, operation, rate, "quota.limited_by_channel");
            self.metrics.quota_limited.with_label_values(&[account, operation]).inc();
            self.show(operation, rate);
        }
    }

    /// What a call asks for, by the share it belongs to.
    fn ask(&self, operation: &'static str, merchant: Option<&MerchantId>) -> (Share, [Ask; 2]) {
        let (mut lines, now) = (self.lines(), self.now());
        let total = lines.total;
        let Some(line) = lines.operations.get_mut(operation) else {
            let asks = [ask(TOTAL, total, Share::Own), ask(operation, total, Share::Own)];
            return (Share::Own, asks);
        };
        let rate = line.pace.rate(now);
        let own = interval(rate) * i64::from(self.counting.nodes);
        let share = merchant.map_or(Share::Own, |it| line.shares.take(it, own, now));
        self.show(operation, rate);
        (share, [ask(TOTAL, total, share), ask(operation, rate, share)])
    }

    async fn take(&self, asks: &[Ask; 2]) -> Taken {
        let own = self.share_of_a_node(asks);
        if let Some(shared) = &self.counting.shared {
            match shared.take(self.account.as_str(), asks).await {
                Taken::All => {
                    self.local.note(self.account.as_str(), &own);
                    return Taken::All;
                }
                Taken::Over(count) => return Taken::Over(count),
                Taken::Away => {}
            }
        }
        self.local.take(self.account.as_str(), &own).await
    }

    fn share_of_a_node(&self, asks: &[Ask; 2]) -> [Ask; 2] {
        let nodes = i64::from(self.counting.nodes);
        asks.clone().map(|it| Ask { interval_us: it.interval_us * nodes, ..it })
    }

    fn refuse(&self, operation: &'static str, merchant: Option<&MerchantId>, share: Share) {
        if let (Some(merchant), Some(line)) = (merchant, self.lines().operations.get_mut(operation))
        {
            line.shares.give_back(merchant, share);
        }
        let labels = &[self.account.as_str(), operation];
        self.metrics.quota_refusals.with_label_values(labels).inc();
    }

    fn show(&self, operation: &str, rate: u32) {
        let labels = &[self.account.as_str(), operation];
        self.metrics.quota_rate.with_label_values(labels).set(rate.into());
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_micros()).unwrap_or(i64::MAX)
    }
}

impl Gate for Quotas {
    /// The operation, which its answer may be about.
    type Pass = &'static str;

    async fn enter(&self, request: &Request) -> Result<&'static str, CallError> {
        let extensions = request.extensions();
        let operation = extensions.get::<OperationName>().map_or(TOTAL, |it| it.0);
        let merchant = extensions.get::<MerchantName>().map(|it| &it.0);
        let (share, asks) = self.ask(operation, merchant);
        match self.take(&asks).await {
            Taken::All => Ok(operation),
            Taken::Over(_) | Taken::Away => {
                self.refuse(operation, merchant, share);
                Err(CallError::Quota)
            }
        }
    }

    fn leave(&self, operation: &'static str, answer: Result<&Response, CallError>) {
        if answer.is_ok_and(|it| it.status() == http::StatusCode::TOO_MANY_REQUESTS) {
            self.limited(operation);
        }
    }
}

/// Rounded up: never more calls than were allowed.
const fn interval(per_second: u32) -> i64 {
    (SECOND_US + per_second as i64 - 1) / per_second as i64
}

/// A call of a merchant's own share may use the whole burst; one that is lent leaves half of it, and
/// at least one call, to those whose share it is.
fn ask(count: &'static str, per_second: u32, share: Share) -> Ask {
    let interval_us = interval(per_second);
    // A burst of less than one call would still be one call too many.
    let slack_us = if interval_us > 2 * SLACK_US { 0 } else { SLACK_US };
    let kept = match share {
        Share::Own => 0,
        Share::Lent => interval_us.max(slack_us / 2),
    };
    Ask { count, interval_us, slack_us: slack_us - kept }
}

#[cfg(test)]
mod tests;
