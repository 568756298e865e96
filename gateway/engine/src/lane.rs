//! Whose turn it is: the places of the worker shared between merchants and their endpoints, so that
//! a slow or dead endpoint delays nobody else.
//!
//! Hints of one process, like the breakers of accounts: losing them costs time and never an event.
//! Their number is bounded by the endpoints that were configured while the process ran.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use paymux_core::{EndpointId, MerchantId, Timestamp};

/// Whoever waits comes again no sooner and no later than this. The later, the less a flood of tasks
/// costs that cannot run yet; the sooner, the sooner a place that got free is used.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Of the mean, a new measurement is an eighth.
const MEAN_OVER: u32 = 8;

/// How much may run at once, and when an endpoint is left in peace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Tasks the worker runs at once.
    pub places: usize,
    pub per_endpoint: usize,
    /// So many failures in a row shut an endpoint's breaker.
    pub breaker_failures: u32,
    pub breaker_pause: Duration,
    /// Failing for so long, an endpoint is disabled.
    pub disable_after: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            places: 256,
            per_endpoint: 16,
            breaker_failures: 10,
            breaker_pause: Duration::from_secs(30),
            disable_after: Duration::from_secs(5 * 24 * 3600),
        }
    }
}

/// Not now; nothing was sent, so nothing is counted as an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    pub pause: Duration,
    /// A closed set of words for metrics.
    pub why: &'static str,
}

#[derive(Clone, Debug, Default)]
pub struct Lanes(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    under_way: usize,
    merchants: BTreeMap<MerchantId, usize>,
    lanes: BTreeMap<Key, Lane>,
}

type Key = (MerchantId, EndpointId);

#[derive(Debug, Default)]
struct Lane {
    under_way: usize,
    gate: Gate,
    /// The mean time of an attempt.
    took: Duration,
    /// When the last of those that wait may have its turn.
    last_turn: Timestamp,
}

/// The breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    Open {
        failures: u32,
    },
    Shut {
        until: Timestamp,
    },
    /// One at a time, until one gets through.
    Probation,
}

impl Default for Gate {
    fn default() -> Self {
        Self::Open { failures: 0 }
    }
}

/// A place that is held while an attempt runs, and given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    lanes: Lanes,
    key: Key,
}

impl Lanes {
    pub(crate) fn admit(
        &self,
        merchant: &MerchantId,
        endpoint: &EndpointId,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<Place, Wait> {
        let key = (merchant.clone(), endpoint.clone());
        let mut state = self.lock();
        let free = terms.places.saturating_sub(state.under_way);
        let theirs = state.merchants.get(merchant).copied().unwrap_or(0);
        let lane = state.lanes.entry(key.clone()).or_default();
        lane.admit(terms, now)?;
        // A merchant may hold as much as is left for all others: alone the half, two a third each.
        // So there is always room for one that holds nothing.
        if theirs >= free.max(1) {
            let why = "over_share";
            return Err(Wait { pause: lane.turn(theirs, now), why });
        }
        lane.under_way += 1;
        state.under_way += 1;
        *state.merchants.entry(merchant.clone()).or_default() += 1;
        Ok(Place { lanes: self.clone(), key })
    }

    /// How long a batch of its places takes an endpoint, as far as is known.
    pub(crate) fn pace(&self, key: &Key, now: Timestamp) -> Duration {
        let state = self.lock();
        let Some(lane) = state.lanes.get(key) else { return SHORTEST_WAIT };
        let ahead = match lane.gate {
            Gate::Shut { until } => until.since(now),
            Gate::Open { .. } | Gate::Probation => lane.last_turn.since(now),
        };
        ahead.max(lane.took).clamp(SHORTEST_WAIT, LONGEST_WAIT)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lane {
    fn admit(&mut self, terms: &Terms, now: Timestamp) -> Result<(), Wait> {
        if let Gate::Shut { until } = self.gate {
            // A clock that was set back must not keep it shut.
            let rest = until.since(now).min(terms.breaker_pause);
            if rest > Duration::ZERO {
                return Err(Wait { pause: rest + self.turn(1, now), why: "shut" });
            }
            self.gate = Gate::Probation;
        }
        let (places, why) = match self.gate {
            Gate::Open { .. } => (terms.per_endpoint, "shed"),
            Gate::Shut { .. } | Gate::Probation => (1, "shut"),
        };
        let full = self.under_way >= places;
        if full { Err(Wait { pause: self.turn(places, now), why }) } else { Ok(()) }
    }

    /// Those that wait line up behind each other at the pace at which places get free, so that they
    /// come again when there is room for them, and not all at once.
    fn turn(&mut self, places: usize, now: Timestamp) -> Duration {
        let places = u32::try_from(places.max(1)).unwrap_or(u32::MAX);
        let latest = now.after(LONGEST_WAIT);
        let next = self.last_turn.max(now).after(self.took / places);
        // Nobody is sent beyond the horizon, and the line does not grow beyond it.
        self.last_turn = next.min(latest);
        self.last_turn.since(now).max(SHORTEST_WAIT)
    }

    fn judge(&mut self, reached: bool, terms: &Terms, now: Timestamp) {
        let shut = Gate::Shut { until: now.after(terms.breaker_pause) };
        self.gate = match (reached, self.gate) {
            (true, _) => Gate::Open { failures: 0 },
            (false, Gate::Probation) => shut,
            (false, Gate::Shut { until }) => Gate::Shut { until },
            (false, Gate::Open { failures }) if failures + 1 >= terms.breaker_failures => shut,
            (false, Gate::Open { failures }) => Gate::Open { failures: failures + 1 },
        };
    }
}

impl Place {
    /// The attempt has ended: whether the endpoint was there and answered of its own free will, and
    /// how long that took. True while its breaker is shut: it failed often, in a row.
    pub(crate) fn conclude(
        self,
        reached: bool,
        took: Duration,
        terms: &Terms,
        now: Timestamp,
    ) -> bool {
        let mut state = self.lanes.lock();
        let Some(lane) = state.lanes.get_mut(&self.key) else { return false };
        if reached && lane.gate == Gate::Probation {
            // It is back: what was learnt of its bad time does not count.
            (lane.took, lane.last_turn) = (took, now);
        }
        lane.judge(reached, terms, now);
        lane.took = (lane.took * (MEAN_OVER - 1) + took) / MEAN_OVER;
        !matches!(lane.gate, Gate::Open { .. })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.lanes.lock();
        state.under_way = state.under_way.saturating_sub(1);
        if let Some(lane) = state.lanes.get_mut(&self.key) {
            lane.under_way = lane.under_way.saturating_sub(1);
        }
        if let Some(held) = state.merchants.get_mut(&self.key.0) {
            *held = held.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests;
