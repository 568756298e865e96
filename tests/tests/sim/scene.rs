//! What everybody in the simulation shares: true time, chance, the agenda, the first violation.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use paymux_core::{AttemptId, Timestamp};
use paymux_store::Leased;

use super::actor::Wait;
use super::bank::Bank;
use super::endpoint::Heard;
use super::knobs::Knobs;
use super::merchant::Wish;
use super::outbound::Parcel;
use super::random::Random;

/// Long ago and far away: a round number of milliseconds.
pub(crate) const EPOCH: i64 = 1_700_000_000_000;

/// True time, in milliseconds.
pub(crate) type Ms = i64;

/// What will happen by itself.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// A merchant asks (again).
    Ask(usize),
    /// A merchant stops waiting for the answer to this try.
    GiveUp {
        wish: usize,
        tries: u32,
    },
    /// The payer's browser comes back.
    Land {
        attempt: AttemptId,
    },
    /// A request arrives at a channel.
    Arrive {
        bank: usize,
        parcel: Parcel,
    },
    /// A payer begins to pay.
    Pay {
        bank: usize,
        attempt: AttemptId,
        stray: bool,
    },
    /// The payer's money lands.
    Settle {
        bank: usize,
        attempt: AttemptId,
    },
    Expire {
        bank: usize,
        attempt: AttemptId,
    },
    /// A refund is worked on at the channel.
    RefundDone {
        bank: usize,
        attempt: AttemptId,
        number: String,
    },
    /// A message of a channel sets out.
    Notice {
        bank: usize,
        message: usize,
        tries: usize,
    },
    /// A message of a channel arrives.
    Knock {
        bank: usize,
        message: usize,
        forged: bool,
    },
    Start {
        node: usize,
    },
    Jump {
        node: usize,
        by: Ms,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) rule: &'static str,
    pub(crate) what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.what)
    }
}

#[derive(Clone)]
pub(crate) struct Sim(Arc<Mutex<State>>);

pub(crate) struct State {
    pub(crate) now: Ms,
    pub(crate) random: Random,
    pub(crate) knobs: Knobs,
    /// Faults have stopped.
    pub(crate) calm: bool,
    pub(crate) agenda: BTreeMap<(Ms, u64), Act>,
    pub(crate) banks: Vec<Bank>,
    pub(crate) wishes: Vec<Wish>,
    /// Attempts whose code left the gateway.
    pub(crate) shown: BTreeSet<AttemptId>,
    pub(crate) heard: BTreeMap<String, Heard>,
    /// Final answers by merchant and key.
    pub(crate) answers: BTreeMap<(usize, String), Vec<u8>>,
    /// How far each node's clock is off.
    pub(crate) offsets: Vec<Ms>,
    /// Answers on their way back, by ticket.
    pub(crate) mail: BTreeMap<u64, super::outbound::Reply>,
    /// Leased tasks that nobody works on yet.
    pub(crate) leased: Vec<(usize, Leased)>,
    /// What the actor that was polled last waits for.
    pub(crate) wait: Wait,
    pub(crate) stats: BTreeMap<&'static str, u64>,
    pub(crate) violation: Option<Violation>,
    pub(crate) trace: Option<Vec<String>>,
    serial: u64,
}

impl Sim {
    pub(crate) fn new(seed: u64, traced: bool) -> Self {
        let mut random = Random::new(seed);
        let knobs = Knobs::of(&mut random);
        let mut state = State {
            now: EPOCH,
            banks: Bank::two(),
            offsets: vec![0; knobs.nodes],
            random,
            knobs,
            calm: false,
            agenda: BTreeMap::new(),
            wishes: vec![],
            shown: BTreeSet::new(),
            heard: BTreeMap::new(),
            answers: BTreeMap::new(),
            mail: BTreeMap::new(),
            leased: vec![],
            wait: Wait::Ready,
            stats: BTreeMap::new(),
            violation: None,
            trace: traced.then(Vec::new),
            serial: 0,
        };
        let knobs = state.knobs.clone();
        state.note(|| format!("{knobs:?}"));
        Self(Arc::new(Mutex::new(state)))
    }

    /// Never held while anything of the gateway runs.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(crate) fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    pub(crate) fn at(&mut self, when: Ms, act: Act) {
        let serial = self.serial();
        self.agenda.insert((when.max(self.now), serial), act);
    }

    pub(crate) fn within(&mut self, from: Ms, to: Ms, act: Act) {
        let when = self.now + self.random.within(from..=to);
        self.at(when, act);
    }

    /// A fault of this seed, here and now.
    pub(crate) fn fault(&mut self, rate: impl FnOnce(&Knobs) -> u64) -> bool {
        let permille = rate(&self.knobs);
        !self.calm && permille > 0 && self.random.permille(permille)
    }

    pub(crate) fn count(&mut self, what: &'static str) {
        *self.stats.entry(what).or_default() += 1;
    }

    pub(crate) fn note(&mut self, text: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let elapsed = self.now - EPOCH;
            trace.push(format!("{:>7}.{:03} {}", elapsed / 1000, elapsed % 1000, text()));
        }
    }

    /// The first violation is the one to look at.
    pub(crate) fn violated(&mut self, rule: &'static str, what: impl Into<String>) {
        let what = what.into();
        self.note(|| format!("VIOLATED {rule}: {what}"));
        if self.violation.is_none() {
            self.violation = Some(Violation { rule, what });
        }
    }

    pub(crate) fn ensure(
        &mut self,
        holds: bool,
        rule: &'static str,
        what: impl FnOnce() -> String,
    ) {
        if !holds {
            self.violated(rule, what());
        }
    }

    pub(crate) fn clock(&self, node: usize) -> Timestamp {
        Timestamp(self.now + self.offsets[node])
    }
}
