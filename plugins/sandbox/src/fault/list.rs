//! The list of armed faults, and the choice of the one that strikes.

use std::collections::HashSet;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::{Deserialize, Serialize};

use super::kind::{FaultKind, Operation};
use super::magic;
use super::rule::{FaultError, FaultRule, check};
use crate::books::{Channel, Key};

/// More armed faults than a test writes by hand; magic subjects of a load test stay below it.
pub const MAX_FAULTS: usize = 10_000;
const DEFAULT_HANG_MS: u64 = 60_000;
const DEFAULT_DELAY_MS: u64 = 1_000;

/// A rule with its remaining count, for the control API.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FaultView {
    pub rule: FaultRule,
    /// `None`: without end.
    pub left: Option<u32>,
    pub struck: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    Request,
    Notification,
    RefundOutcome,
}

/// The fault that strikes one call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) ms: u64,
    pub(crate) copies: u32,
    pub(crate) effect: bool,
    /// What `refuse` says; empty for every other kind.
    pub(crate) code: String,
}

struct Armed {
    view: FaultView,
    rng: StdRng,
}

#[derive(Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
    /// Orders whose subject was read already: a repeat of the order must not arm it again.
    read: HashSet<Key>,
}

impl Faults {
    pub(crate) fn arm(&mut self, rule: FaultRule) -> Result<(), FaultError> {
        check(&rule)?;
        if self.armed.len() >= MAX_FAULTS {
            return Err(FaultError::Full);
        }
        let left = rule.times.or(if rule.chance.is_some() { None } else { Some(1) });
        let rng = StdRng::seed_from_u64(rule.seed);
        self.armed.push(Armed { view: FaultView { rule, left, struck: 0 }, rng });
        Ok(())
    }

    /// Arms what the subject of a new order asks for, or the title of a transfer.
    pub(crate) fn learn(&mut self, key: &Key, opened: Operation, subject: &str) {
        let rules = magic::rules(key, opened, subject);
        if rules.is_empty() || self.read.len() >= MAX_FAULTS || !self.read.insert(key.clone()) {
            return;
        }
        for rule in rules {
            if let Err(error) = self.arm(rule) {
                tracing::warn!(%error, "a magic subject was not obeyed");
            }
        }
    }

    /// The first armed fault that strikes; its count goes down.
    pub(crate) fn take(
        &mut self,
        class: Class,
        channel: Channel,
        operation: Operation,
        out_trade_no: Option<&str>,
    ) -> Option<Fault> {
        let index = self.armed.iter_mut().position(|armed| {
            armed.matches(class, channel, operation, out_trade_no) && armed.roll()
        })?;
        let armed = &mut self.armed[index];
        armed.view.struck += 1;
        let fault = armed.fault();
        if let Some(left) = armed.view.left.as_mut() {
            *left -= 1;
            if *left == 0 {
                self.armed.remove(index);
            }
        }
        Some(fault)
    }

    pub(crate) fn clear(&mut self) {
        self.armed.clear();
        self.read.clear();
    }

    pub(crate) fn views(&self) -> Vec<FaultView> {
        self.armed.iter().map(|armed| armed.view.clone()).collect()
    }
}

impl Armed {
    fn matches(
        &self,
        class: Class,
        channel: Channel,
        operation: Operation,
        number: Option<&str>,
    ) -> bool {
        let rule = &self.view.rule;
        let same_number = rule.out_trade_no.as_deref().is_none_or(|own| Some(own) == number);
        let same_operation = rule.operation == Operation::Any || rule.operation == operation;
        let same_channel = rule.channel.is_none_or(|own| own == channel);
        same_number && same_operation && same_channel && rule.fault.strikes(class, operation)
    }

    fn roll(&mut self) -> bool {
        self.view.rule.chance.is_none_or(|percent| self.rng.random_range(0..100u8) < percent)
    }

    fn fault(&self) -> Fault {
        let rule = &self.view.rule;
        let default_ms =
            if rule.fault == FaultKind::Hang { DEFAULT_HANG_MS } else { DEFAULT_DELAY_MS };
        Fault {
            kind: rule.fault,
            ms: rule.ms.unwrap_or(default_ms),
            copies: if rule.fault == FaultKind::NotifyDouble { rule.n.unwrap_or(2) } else { 1 },
            effect: rule.effect.unwrap_or(rule.fault.acts_by_default()),
            code: rule.code.clone().unwrap_or_default(),
        }
    }
}
