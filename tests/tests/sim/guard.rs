//! A guard that keeps its word, one that lies, and one that is away.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use paymux_core::time::millis;
use paymux_store::guard::{Answer, Claim, Guard, Token};

use super::actor::pause;
use super::knobs::Temper;
use super::scene::{Ms, Sim};

pub(crate) struct SimGuard {
    sim: Sim,
    slots: Mutex<BTreeMap<String, Slot>>,
    given: Mutex<BTreeSet<(String, u64)>>,
}

#[derive(Clone, Copy)]
struct Slot {
    token: Token,
    until: Ms,
    done: bool,
}

const DONE_FOR: Ms = 600_000;

impl SimGuard {
    pub(crate) fn new(sim: &Sim) -> Self {
        Self { sim: sim.clone(), slots: Mutex::default(), given: Mutex::default() }
    }

    fn take(&self, key: &str, lease: Duration) -> Claim {
        let claim = self.answer(key, lease);
        if let Claim::Taken(token) = claim {
            let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
            given.insert((key.into(), token.0));
        }
        claim
    }

    fn answer(&self, key: &str, lease: Duration) -> Claim {
        let mut state = self.sim.lock();
        let temper = state.knobs.guard;
        match temper {
            Temper::Away => return Claim::Away,
            Temper::Lying if state.fault(|_| 500) => {
                let token = Token(state.serial());
                let lies = [Claim::Busy, Claim::Done, Claim::Away, Claim::Taken(token)];
                return lies[state.random.below(4)].clone();
            }
            Temper::Honest | Temper::Lying => {}
        }
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        match slots.get(key).filter(|it| it.until > state.now) {
            Some(Slot { done: true, .. }) => Claim::Done,
            Some(_) => Claim::Busy,
            None => {
                let token = Token(state.serial());
                let until = state.now + millis(lease);
                slots.insert(key.into(), Slot { token, until, done: false });
                Claim::Taken(token)
            }
        }
    }

    /// Touches nobody else's claim.
    fn end(&self, key: &str, token: Token, done: bool) {
        let mut state = self.sim.lock();
        let now = state.now;
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.get(key).copied();
        match slot.filter(|it| it.token == token) {
            Some(_) if done => {
                let until = now + DONE_FOR;
                slots.insert(key.into(), Slot { token, until, done });
            }
            Some(_) => drop(slots.remove(key)),
            None => {
                let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
                let given = given.contains(&(key.to_owned(), token.0));
                state.ensure(given, "INV-14", || format!("{key} is let go with nobody's token"));
            }
        }
    }
}

impl Guard for SimGuard {
    fn is_shared(&self) -> bool {
        true
    }

    fn claim<'a>(&'a self, key: &'a str, lease: Duration) -> Answer<'a, Claim> {
        Box::pin(async move {
            pause(&self.sim).await;
            self.take(key, lease)
        })
    }

    fn settle<'a>(&'a self, key: &'a str, token: Token) -> Answer<'a, ()> {
        Box::pin(async move {
            pause(&self.sim).await;
            self.end(key, token, true);
        })
    }

    fn release<'a>(&'a self, key: &'a str, token: Token) -> Answer<'a, ()> {
        Box::pin(async move {
            pause(&self.sim).await;
            self.end(key, token, false);
        })
    }
}
