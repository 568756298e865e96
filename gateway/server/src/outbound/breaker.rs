//! An account's breaker: which answers count against its channel, and who may ask about it.

mod machine;
mod window;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use paymux_channel::{Request, Response};
use paymux_core::route::Health;
use paymux_engine::flow::call::OperationName;
use paymux_engine::flow::probe::Probe;
use paymux_engine::outbound::CallError;
use prometheus::IntGauge;
use tokio::sync::watch;
use tokio::time::Instant;

pub(super) use machine::Rules;
use machine::{Machine, Permit, Verdict};

use super::gate::Gate;

pub(super) struct Breaker {
    machine: Mutex<Machine>,
    /// Of a probe that was answered, until somebody has read what.
    unread: Mutex<Option<Permit>>,
    /// Zero where it is open, the worse the more.
    shown: IntGauge,
    trials: watch::Sender<Option<Instant>>,
}

/// A call on its way.
pub(super) struct Passed {
    /// None of a call that is no matter of the breaker's.
    permit: Option<Permit>,
    probe: bool,
}

/// An open platform is another service than the one that takes money, and so is where bills are; a
/// call we do not model may go to any. It may neither shut a way to that which works, nor open one
/// to that which does not.
const ASIDE: [&str; 5] = ["identify", "app_token", "bill", "bill_file", "raw"];

fn stands_aside(request: &Request) -> bool {
    let operation = request.extensions().get::<OperationName>();
    operation.is_some_and(|it| ASIDE.contains(&it.0))
}

impl Breaker {
    pub(super) fn new(rules: Rules, shown: IntGauge) -> Self {
        shown.set(0);
        Self {
            machine: Mutex::new(Machine::new(rules, Instant::now())),
            unread: Mutex::default(),
            shown,
            trials: watch::Sender::new(None),
        }
    }

    pub(super) fn rule(&self, rules: Rules) {
        locked(&self.machine).rule(rules);
    }

    pub(super) fn health(&self) -> Health {
        locked(&self.machine).health(Instant::now())
    }

    pub(super) fn shut_for(&self) -> Duration {
        locked(&self.machine).shut_for(Instant::now())
    }

    pub(super) fn trials(&self) -> watch::Receiver<Option<Instant>> {
        self.trials.subscribe()
    }

    /// What was no answer has been judged already.
    pub(super) fn probed(&self, definite: bool) {
        let unread = locked(&self.unread).take();
        let verdict = if definite { Verdict::Worked } else { Verdict::Silent };
        unread.into_iter().for_each(|it| self.judge(it, verdict));
    }

    fn judge(&self, permit: Permit, verdict: Verdict) {
        let (mut machine, now) = (locked(&self.machine), Instant::now());
        machine.leave(permit, verdict, now);
        self.show(&machine, now);
    }

    fn show(&self, machine: &Machine, now: Instant) {
        self.shown.set(match machine.health(now) {
            Health::Fit => 0,
            Health::Probation => 1,
            Health::Shut => 2,
        });
        let trial = machine.trial();
        self.trials.send_if_modified(|it| std::mem::replace(it, trial) != trial);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate for Breaker {
    type Pass = Passed;

    async fn enter(&self, request: &Request) -> Result<Passed, CallError> {
        if stands_aside(request) {
            return Ok(Passed { permit: None, probe: false });
        }
        let (mut machine, now) = (locked(&self.machine), Instant::now());
        let permit = machine.enter(now);
        self.show(&machine, now);
        let probe = request.extensions().get::<Probe>().is_some();
        permit.map(|it| Passed { permit: Some(it), probe }).ok_or(CallError::Shut)
    }

    fn leave(&self, passed: Passed, answer: Result<&Response, CallError>) {
        let Some(permit) = passed.permit else { return };
        match (verdict(answer), passed.probe) {
            (Verdict::Worked, true) => *locked(&self.unread) = Some(permit),
            (verdict, _) => self.judge(permit, verdict),
        }
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
