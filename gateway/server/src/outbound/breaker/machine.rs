//! The breaker's states and what moves it between them; time is an argument.
//!
//! Open lets calls pass and shut keeps them away, as a gate does.

use std::time::Duration;

use paymux_core::route::Health;
use tokio::time::Instant;

use super::window::Window;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::outbound) struct Rules {
    /// Failures in a row that shut it.
    pub(in crate::outbound) failures: u32,
    /// Or so many of a hundred calls of the last seconds.
    pub(in crate::outbound) ratio: u32,
    /// How long it stays shut.
    pub(in crate::outbound) pause: Duration,
    /// Calls let through on probation; all must work.
    pub(in crate::outbound) probes: u32,
}

/// What a call said about the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Worked,
    Failed,
    /// It never left, or its answer is about us.
    Silent,
}

/// Let through in this epoch. What ends in a later one was begun before the breaker moved, and
/// says nothing about the channel of now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::outbound) struct Permit(u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Calls pass; so many of the last ones failed in a row.
    Open { row: u32 },
    /// No call passes until then.
    Shut { until: Instant },
    /// A few calls find out. Should they be lost on their way, others go when it is over.
    Probation { until: Instant, left: u32, worked: u32 },
}

#[derive(Debug)]
pub(super) struct Machine {
    rules: Rules,
    state: State,
    window: Window,
    epoch: u64,
}

impl Machine {
    pub(super) fn new(rules: Rules, now: Instant) -> Self {
        Self { rules, state: State::Open { row: 0 }, window: Window::new(now), epoch: 0 }
    }

    /// Other rules for what is known already.
    pub(super) fn rule(&mut self, rules: Rules) {
        self.rules = rules;
    }

    pub(super) fn enter(&mut self, now: Instant) -> Option<Permit> {
        match &mut self.state {
            State::Open { .. } => {}
            State::Probation { left, .. } if *left > 0 => *left -= 1,
            State::Shut { until } | State::Probation { until, .. } if now >= *until => {
                let (until, left) = (now + self.rules.pause, self.rules.probes - 1);
                self.turn(State::Probation { until, left, worked: 0 });
            }
            State::Shut { .. } | State::Probation { .. } => return None,
        }
        Some(Permit(self.epoch))
    }

    pub(super) fn leave(&mut self, permit: Permit, verdict: Verdict, now: Instant) {
        if permit.0 != self.epoch {
            return;
        }
        match (&mut self.state, verdict) {
            (State::Open { row }, Verdict::Worked) => {
                *row = 0;
                self.window.add(false, now);
            }
            (State::Open { row }, Verdict::Failed) => {
                *row += 1;
                let in_a_row = *row >= self.rules.failures;
                self.window.add(true, now);
                if in_a_row || self.window.fails(self.rules.ratio) {
                    self.shut(now);
                }
            }
            (State::Probation { worked, .. }, Verdict::Worked) => {
                *worked += 1;
                if *worked >= self.rules.probes {
                    self.window = Window::new(now);
                    self.turn(State::Open { row: 0 });
                }
            }
            (State::Probation { .. }, Verdict::Failed) => self.shut(now),
            // It found nothing out: another may.
            (State::Probation { left, .. }, Verdict::Silent) => *left += 1,
            (State::Open { .. }, Verdict::Silent) | (State::Shut { .. }, _) => {}
        }
    }

    pub(super) fn health(&self, now: Instant) -> Health {
        match self.state {
            State::Open { .. } => Health::Fit,
            State::Shut { until } if now < until => Health::Shut,
            State::Shut { .. } | State::Probation { .. } => Health::Probation,
        }
    }

    pub(super) fn shut_for(&self, now: Instant) -> Duration {
        match self.state {
            State::Shut { until } => until.saturating_duration_since(now),
            State::Open { .. } | State::Probation { .. } => Duration::ZERO,
        }
    }

    /// When a call that nobody waits for should find out what nobody else has.
    pub(super) const fn trial(&self) -> Option<Instant> {
        match self.state {
            State::Open { .. } => None,
            State::Shut { until } | State::Probation { until, .. } => Some(until),
        }
    }

    fn shut(&mut self, now: Instant) {
        self.turn(State::Shut { until: now + self.rules.pause });
    }

    fn turn(&mut self, state: State) {
        self.epoch += 1;
        self.state = state;
    }
}

#[cfg(test)]
mod tests;
