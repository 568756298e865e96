//! Rules as data: which accounts a payment may go to, and in which order.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::condition::Conditions;
use super::facts::Facts;
use super::limits::Limits;
use crate::id::AccountId;

/// The first rule that applies decides. Where none does, the merchant's own order of preference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    pub rules: Vec<Rule>,
    pub limits: Arc<BTreeMap<AccountId, Limits>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub name: Arc<str>,
    pub when: Conditions,
    pub targets: Vec<Target>,
    pub otherwise: Otherwise,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub account: AccountId,
    /// The lowest number comes first; the others are for when none of it can take the payment.
    pub priority: u16,
    /// The share among those of the same priority; zero takes nothing.
    pub weight: u32,
}

/// What happens when none of a rule's targets can take the payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Otherwise {
    /// There is no route: what the rule says holds without exception.
    #[default]
    Refuse,
    /// As if the rule did not apply.
    Next,
}

impl Rules {
    /// The rules before the one that decides, each with the condition that did not agree; none
    /// where it applied and went on.
    pub fn passed_over<'a>(
        &'a self,
        facts: &'a Facts<'_>,
        decided: Option<&str>,
    ) -> impl Iterator<Item = (&'a str, Option<&'static str>)> {
        let before = self.rules.iter().take_while(move |it| Some(&*it.name) != decided);
        before.map(|it| (&*it.name, it.when.mismatch(facts)))
    }
}
