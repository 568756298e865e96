//! A merchant's endpoint over time: since when nothing reaches it, and whether it is disabled.

use std::time::Duration;

use crate::id::{EndpointId, MerchantId};
use crate::time::Timestamp;

/// Failed attempts of one delivery before its failures can disable an endpoint: after days without
/// an event, one slip is no proof.
const MIN_FAILURES: u16 = 3;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointState {
    pub merchant: MerchantId,
    pub endpoint: EndpointId,
    /// The first failure since it last acknowledged anything.
    pub failing_since: Option<Timestamp>,
    pub disabled: Option<Disabled>,
    /// Zero before the first write.
    pub version: u64,
}

/// Nothing is sent; deliveries are held until it is enabled again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disabled {
    pub at: Timestamp,
    pub reason: DisabledReason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisabledReason {
    /// It answered 410.
    Gone,
    /// Nothing was acknowledged for too long.
    Failing,
    /// The merchant asked for it.
    Merchant,
    Operator,
}

impl DisabledReason {
    pub const ALL: [Self; 4] = [Self::Gone, Self::Failing, Self::Merchant, Self::Operator];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Failing => "failing",
            Self::Merchant => "merchant",
            Self::Operator => "operator",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// Each change is `None` where there is nothing to change.
impl EndpointState {
    pub fn new(merchant: MerchantId, endpoint: EndpointId) -> Self {
        Self { merchant, endpoint, failing_since: None, disabled: None, version: 0 }
    }

    pub fn is_enabled(&self) -> bool {
        self.disabled.is_none()
    }

    /// It acknowledged something. What was disabled meanwhile stays so.
    #[must_use]
    pub fn heard(&self) -> Option<Self> {
        let news = self.is_enabled() && self.failing_since.is_some();
        news.then(|| Self { failing_since: None, ..self.next() })
    }

    /// An attempt failed, the `failures`th of its delivery, or the `last` one of its schedule.
    #[must_use]
    pub fn failed(
        &self,
        at: Timestamp,
        failures: u16,
        last: bool,
        limit: Duration,
    ) -> Option<Self> {
        if !self.is_enabled() {
            return None;
        }
        let Some(since) = self.failing_since else {
            return Some(Self { failing_since: Some(at), ..self.next() });
        };
        let lasting = failures >= MIN_FAILURES || last;
        let over = at.since(since) >= limit;
        (lasting && over).then(|| self.disable(at, DisabledReason::Failing)).flatten()
    }

    #[must_use]
    pub fn disable(&self, at: Timestamp, reason: DisabledReason) -> Option<Self> {
        self.is_enabled().then(|| Self { disabled: Some(Disabled { at, reason }), ..self.next() })
    }

    /// With a clean slate: failures before do not count.
    #[must_use]
    pub fn enable(&self) -> Option<Self> {
        let news = !self.is_enabled();
        news.then(|| Self { disabled: None, failing_since: None, ..self.next() })
    }

    fn next(&self) -> Self {
        Self { version: self.version + 1, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);
    const LIMIT: Duration = DAY.saturating_mul(5);

    fn after(days: u32) -> Timestamp {
        Timestamp(1_000_000).after(DAY * days)
    }

    /// Enabled or not, and failing for how many days on day 10.
    fn state(disabled: bool, failing_days: Option<u32>) -> EndpointState {
        let (merchant, endpoint) = ("demo".parse().unwrap(), "shop".parse().unwrap());
        let reason = DisabledReason::Gone;
        EndpointState {
            failing_since: failing_days.map(|it| after(10 - it)),
            disabled: disabled.then_some(Disabled { at: after(9), reason }),
            version: 7,
            ..EndpointState::new(merchant, endpoint)
        }
    }

    /// Whether it is enabled and whether it is failing, or `None` for no change.
    fn outcome(next: Option<EndpointState>) -> Option<(bool, bool)> {
        let next = next?;
        assert_eq!(next.version, 8, "each change is a version");
        Some((next.is_enabled(), next.failing_since.is_some()))
    }

    #[test]
    fn failing_for_days_disables_and_one_slip_does_not() {
        let check = |disabled, failing, failures, last, expect| {
            let next = state(disabled, failing).failed(after(10), failures, last, LIMIT);
            assert_eq!(outcome(next), expect, "{disabled} {failing:?} {failures} {last}");
        };
        check(false, None, 1, false, Some((true, true)));
        check(false, None, 9, true, Some((true, true)));
        check(false, Some(4), 8, true, None);
        check(false, Some(5), 1, false, None);
        check(false, Some(5), 2, false, None);
        check(false, Some(5), 3, false, Some((false, true)));
        check(false, Some(9), 1, true, Some((false, true)));
        check(true, Some(9), 8, true, None);
        check(true, None, 1, false, None);
    }

    #[test]
    fn one_success_forgets_all_failures() {
        assert_eq!(outcome(state(false, Some(4)).heard()), Some((true, false)));
        assert_eq!(outcome(state(false, None).heard()), None);
        assert_eq!(outcome(state(true, Some(4)).heard()), None, "a late answer enables nothing");
    }

    #[test]
    fn enabling_and_disabling_once() {
        let gone = |it: EndpointState| outcome(it.disable(after(10), DisabledReason::Gone));
        assert_eq!(gone(state(false, None)), Some((false, false)));
        assert_eq!(gone(state(true, None)), None);
        assert_eq!(outcome(state(true, Some(9)).enable()), Some((true, false)));
        assert_eq!(outcome(state(false, Some(9)).enable()), None);
        for reason in DisabledReason::ALL {
            assert_eq!(DisabledReason::from_name(reason.name()), Some(reason));
        }
    }
}
