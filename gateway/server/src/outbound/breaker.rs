//! An account's breaker: which answers count against its channel, and who may ask about it.

mod machine;
mod window;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use paymux_channel::{Request, Response};
use paymux_core::route::Health;
use paymux_engine::outbound::CallError;
use prometheus::IntGauge;
use tokio::time::Instant;

use machine::{Machine, Verdict};
pub(super) use machine::{Permit, Rules};

use super::gate::Gate;

pub(super) struct Breaker {
    machine: Mutex<Machine>,
    /// Zero where it is open, the worse the more.
    shown: IntGauge,
}

impl Breaker {
    pub(super) fn new(rules: Rules, shown: IntGauge) -> Self {
        shown.set(0);
        Self { machine: Mutex::new(Machine::new(rules, Instant::now())), shown }
    }

    pub(super) fn rule(&self, rules: Rules) {
        self.machine().rule(rules);
    }

    pub(super) fn health(&self) -> Health {
        self.machine().health(Instant::now())
    }

    pub(super) fn shut_for(&self) -> Duration {
        self.machine().shut_for(Instant::now())
    }

    fn show(&self, health: Health) {
        self.shown.set(match health {
            Health::Fit => 0,
            Health::Probation => 1,
            Health::Shut => 2,
        });
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gate for Breaker {
    type Pass = Permit;

    async fn enter(&self, _: &Request) -> Result<Permit, CallError> {
        let (mut machine, now) = (self.machine(), Instant::now());
        let permit = machine.enter(now);
        self.show(machine.health(now));
        permit.ok_or(CallError::Shut)
    }

    fn leave(&self, permit: Permit, answer: Result<&Response, CallError>) {
        let (mut machine, now) = (self.machine(), Instant::now());
        machine.leave(permit, verdict(answer), now);
        self.show(machine.health(now));
    }
}

/// Any answer but a server error shows that the channel works, whatever it thinks of the request;
/// what we kept back ourselves, and "too often", say nothing about it.
fn verdict(answer: Result<&Response, CallError>) -> Verdict {
    match answer {
        Ok(response) if response.status().is_server_error() => Verdict::Failed,
        Ok(response) if response.status() == http::StatusCode::TOO_MANY_REQUESTS => Verdict::Silent,
        Ok(_) => Verdict::Worked,
        Err(CallError::Shed | CallError::Quota | CallError::Shut) => Verdict::Silent,
        Err(CallError::Connect | CallError::Deadline | CallError::Broken | CallError::TooLarge) => {
            Verdict::Failed
        }
    }
}
