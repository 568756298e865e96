//! When asking Redis is not worth it: after a few failures nobody waits for it, and one task at a
//! time finds out whether it is back.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// In a row. One may be a broken connection out of several.
const FAILURES: u32 = 3;
/// Between two looks at a Redis that does not answer.
const PAUSE: Duration = Duration::from_millis(500);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Pass,
    Refuse,
    /// Refused as well, and whoever was refused has it probed.
    RefuseAndProbe,
}

#[derive(Debug, Default)]
pub(super) struct Circuit(Mutex<State>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open { failures: u32 },
    Shut { until: Instant },
    Probing,
}

impl Default for State {
    fn default() -> Self {
        Self::Open { failures: 0 }
    }
}

impl Circuit {
    pub(super) fn enter(&self, now: Instant) -> Entry {
        let mut state = self.state();
        match *state {
            State::Open { .. } => Entry::Pass,
            State::Shut { until } if now >= until => {
                *state = State::Probing;
                Entry::RefuseAndProbe
            }
            State::Shut { .. } | State::Probing => Entry::Refuse,
        }
    }

    /// What comes in after it shut was asked before.
    pub(super) fn leave(&self, answered: bool, now: Instant) {
        let mut state = self.state();
        let State::Open { failures } = *state else { return };
        *state = match failures + 1 {
            _ if answered => State::Open { failures: 0 },
            FAILURES => {
                tracing::warn!("redis.away");
                State::Shut { until: now + PAUSE }
            }
            failures => State::Open { failures },
        };
    }

    /// Whether it is open now.
    pub(super) fn probed(&self, answered: bool, now: Instant) -> bool {
        *self.state() =
            if answered { State::Open { failures: 0 } } else { State::Shut { until: now + PAUSE } };
        answered
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `+` an answer, `-` none, `s` a probe that works, `f` one that fails, `_` waits for a pause.
    /// Each question shows `1` where it passes, `0` where not, `p` where it starts a probe.
    fn check(story: &str, expect: &str) {
        let (circuit, mut now, mut shown) = (Circuit::default(), Instant::now(), String::new());
        for step in story.chars() {
            match step {
                's' | 'f' => drop(circuit.probed(step == 's', now)),
                '_' => now += PAUSE,
                _ => match circuit.enter(now) {
                    Entry::Pass => {
                        shown.push('1');
                        circuit.leave(step == '+', now);
                    }
                    Entry::Refuse => shown.push('0'),
                    Entry::RefuseAndProbe => shown.push('p'),
                },
            }
        }
        assert_eq!(shown, expect, "{story}");
    }

    #[test]
    fn a_dead_redis_is_left_alone_and_found_again() {
        check("--+--+", "111111");
        check("---++", "11100");
        check("---_++", "111p0");
        check("---_+__+", "111p0");
        check("---_+f+_+", "111p0p");
        check("---_+s+--+", "111p1111");
    }

    #[test]
    fn a_late_answer_opens_nothing() {
        let (circuit, now) = (Circuit::default(), Instant::now());
        (0..FAILURES).for_each(|_| circuit.leave(false, now));
        circuit.leave(true, now);
        assert_eq!(circuit.enter(now), Entry::Refuse);
    }
}
