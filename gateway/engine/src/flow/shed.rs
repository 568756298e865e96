//! When a task comes back whose call did not leave: sooner than one that was answered, and not with
//! all the others.

use std::ops::Range;
use std::time::Duration;

use paymux_core::Timestamp;
use paymux_store::Store;

use crate::gateway::Gateway;
use crate::snapshot::Account;

const SOONEST: Duration = Duration::from_secs(2);
/// Where the state itself asks often, a few seconds spread enough.
const SOON: Duration = Duration::from_secs(15);
/// Whatever the state asks for, the channel may be back by now.
pub const LATEST: Duration = Duration::from_secs(120);

/// The channel was not asked, so its silence says nothing about what to do next.
#[derive(Clone, Copy, Debug)]
pub struct Shed {
    /// For so long the breaker keeps calls away.
    rest: Duration,
    chance: u128,
}

impl<S: Store> Gateway<S> {
    pub(super) fn shed(&self, account: &Account) -> Shed {
        Shed { rest: account.gauge.shut_for(), chance: self.world.entropy() }
    }
}

impl Shed {
    /// `asked` is when the state asks for it: never later than that, which spreads them as well.
    pub(crate) fn again(self, asked: Timestamp, now: Timestamp) -> Timestamp {
        let pause = self.rest + within(spread(asked.since(now)), self.chance);
        asked.min(now.after(pause))
    }
}

/// Up to half the pause that the state asks for. So tasks that cannot run cost a few times what
/// asking would cost, however many they are.
fn spread(pause: Duration) -> Range<Duration> {
    SOONEST..(pause / 2).clamp(SOON, LATEST)
}

/// Some time out of a range, by chance.
fn within(range: Range<Duration>, chance: u128) -> Duration {
    let millis = (range.end - range.start).as_millis();
    range.start + Duration::from_millis(u64::try_from(chance % millis).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first and the last moment at which it may come back, in seconds.
    fn check(rest: u64, pause: u64, expect: [u64; 2]) {
        let now = Timestamp::from_secs(1_000_000);
        let asked = now.after(Duration::from_secs(pause));
        let rest = Duration::from_secs(rest);
        let again = |chance| Shed { rest, chance }.again(asked, now).since(now);
        let all: Vec<_> = (0..LATEST.as_millis()).map(again).collect();
        let (first, last) = (all.iter().min().unwrap(), all.iter().max().unwrap());
        let shown = [first.as_secs(), last.as_millis().div_ceil(1000).try_into().unwrap()];
        assert_eq!(shown, expect, "shut for {rest:?}, asked about after {pause} s");
    }

    #[test]
    fn what_found_no_room_comes_back_soon_and_the_later_the_rarer_it_is_asked_about() {
        check(0, 1, [1, 1]);
        check(0, 5, [2, 5]);
        check(0, 30, [2, 15]);
        check(0, 60, [2, 30]);
        check(0, 150, [2, 75]);
        check(0, 300, [2, 120]);
        check(0, 3600, [2, 120]);
    }

    #[test]
    fn what_met_a_shut_breaker_comes_back_soon_after_it() {
        check(10, 5, [5, 5]);
        check(10, 60, [12, 40]);
        check(10, 3600, [12, 130]);
        check(600, 3600, [602, 720]);
        check(600, 300, [300, 300]);
    }

    #[test]
    fn a_thousand_old_tasks_do_not_come_back_in_step() {
        let now = Timestamp::from_secs(1_000_000);
        let asked = now.after(Duration::from_secs(300));
        let shed = |it: u128| Shed { rest: Duration::ZERO, chance: it * 7919 };
        let mut seconds = [0_u32; 120];
        for task in 0..1000 {
            let second = shed(task).again(asked, now).since(now).as_secs();
            seconds[usize::try_from(second).unwrap()] += 1;
        }
        let most = seconds.into_iter().max().unwrap();
        assert!(most <= 20, "{most} of them in one second");
    }
}
