//! Counts of one process.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use super::{Answer, Ask, Quota, Taken};

/// Its counts are as many as accounts and operations of the configuration.
pub struct LocalQuota {
    began: Instant,
    due: Mutex<BTreeMap<(String, &'static str), i64>>,
}

impl Default for LocalQuota {
    fn default() -> Self {
        Self { began: Instant::now(), due: Mutex::default() }
    }
}

impl LocalQuota {
    /// At this moment of the clock; the pure half of [`Quota::take`].
    pub fn take_at(&self, account: &str, asks: &[Ask], now: i64) -> Taken {
        let mut counts = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let key = |ask: &Ask| (account.to_owned(), ask.count);
        let mut moved = vec![];
        for (index, ask) in asks.iter().enumerate() {
            match ask.moved(counts.get(&key(ask)).copied(), now) {
                Some(due) => moved.push((key(ask), due)),
                None => return Taken::Over(index),
            }
        }
        counts.extend(moved);
        Taken::All
    }

    /// Notes calls that were taken elsewhere, so that whoever falls back on this one does not begin
    /// with a burst. The debt is bounded: what was lent there is not owed here.
    pub fn note(&self, account: &str, asks: &[Ask]) {
        let now = self.now();
        let mut counts = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        for ask in asks {
            let due = counts.entry((account.to_owned(), ask.count)).or_insert(now);
            *due = ((*due).max(now) + ask.interval_us).min(now + ask.slack_us.max(0));
        }
    }

    fn now(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_micros()).unwrap_or(i64::MAX)
    }
}

impl Quota for LocalQuota {
    fn take<'a>(&'a self, account: &'a str, asks: &'a [Ask]) -> Answer<'a, Taken> {
        Box::pin(async move { self.take_at(account, asks, self.now()) })
    }
}
