//! A breaker: open while calls work, shut after too many failures, then on probation.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use paymux_channel::Response;
use paymux_engine::outbound::CallError;
use tokio::time::Instant;

use super::gate::Gate;

pub(super) struct Breaker {
    /// Failures in a row that shut it.
    failures_max: u32,
    /// How long it stays shut.
    pause: Duration,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Calls pass; so many of the last ones failed in a row.
    Open { failures: u32 },
    /// No call passes until then.
    Shut { until: Instant },
    /// One call is on its way to find out; should it be dropped, another may go then.
    Probation { until: Instant },
}

impl Breaker {
    pub(super) fn new(failures_max: u32, pause: Duration) -> Self {
        Self { failures_max, pause, state: Mutex::new(State::Open { failures: 0 }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, state: State) -> State {
        let shut = State::Shut { until: Instant::now() + self.pause };
        match state {
            State::Open { failures } if failures + 1 < self.failures_max => {
                State::Open { failures: failures + 1 }
            }
            State::Open { .. } | State::Probation { .. } => shut,
            State::Shut { until } => State::Shut { until },
        }
    }
}

impl Gate for Breaker {
    type Pass = ();

    fn enter(&self) -> Result<(), CallError> {
        let mut state = self.state();
        match *state {
            State::Open { .. } => Ok(()),
            State::Shut { until } | State::Probation { until } if Instant::now() >= until => {
                *state = State::Probation { until: Instant::now() + self.pause };
                Ok(())
            }
            State::Shut { .. } | State::Probation { .. } => Err(CallError::Shut),
        }
    }

    /// Any answer but a server error shows that the channel works; what we shed ourselves does not
    /// count against it.
    fn leave(&self, (): (), answer: Result<&Response, CallError>) {
        let mut state = self.state();
        *state = match answer {
            Ok(response) if !response.status().is_server_error() => State::Open { failures: 0 },
            Err(CallError::Shed | CallError::Quota | CallError::Shut) => match *state {
                State::Probation { .. } => State::Shut { until: Instant::now() },
                state @ (State::Open { .. } | State::Shut { .. }) => state,
            },
            Ok(_)
            | Err(
                CallError::Connect | CallError::Deadline | CallError::Broken | CallError::TooLarge,
            ) => self.failed(*state),
        };
    }
}
