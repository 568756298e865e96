//! Which account takes a payment, and why: pure, so that the reason can be stored and replayed.

mod condition;
mod decision;
mod draw;
mod facts;
mod health;
mod limits;
mod network;
mod rules;
mod taken;
mod weekly;

pub use condition::Conditions;
pub use decision::{Considered, Decision, Reason};
pub use draw::Draw;
pub use facts::{Day, Facts, LocalTime};
pub use health::Health;
pub use limits::{Limits, Taken, Window};
pub use network::{Network, NetworkError};
pub use rules::{Otherwise, Rule, Rules, Target};
pub use taken::{Shift, shifts};
pub use weekly::{WEEKDAYS, Weekly};

use crate::id::AccountId;
use crate::payment::Method;

/// An account as routing sees it, in the merchant's order of preference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub account: AccountId,
    /// The kind of channel, as its plugin names it.
    pub channel: String,
    pub methods: Vec<Method>,
    /// First digits of the codes its wallet shows; none where the channel does not tell.
    pub code_prefixes: Vec<String>,
}

impl Candidate {
    /// Whether the code that a payer shows can be its wallet's.
    fn reads(&self, code_prefix: &str) -> bool {
        let prefixes = &self.code_prefixes;
        prefixes.is_empty() || prefixes.iter().any(|it| code_prefix.starts_with(it.as_str()))
    }
}

/// A candidate as it is just now.
#[derive(Clone, Copy, Debug)]
pub struct Contender<'a> {
    pub candidate: &'a Candidate,
    pub health: Health,
    /// Of the day of the decision.
    pub taken: Taken,
}

/// One payment in so many goes to an account on probation as if it were fit: enough to see it
/// recover, few enough to be spared. A payment that charges at once is never among them.
const TRICKLE: u64 = 32;
/// A turn of its own, so that who is drawn says nothing of who trickles.
const TRICKLE_TURN: u64 = 1 << 32;
/// Behind every priority a rule can give.
const LAST_PLACE: u32 = 1 << 16;

/// Among the merchant's own accounts alone: a rule narrows them and never adds one.
pub fn decide(rules: &Rules, facts: &Facts<'_>, contenders: &[Contender<'_>]) -> Decision {
    let applying = rules.rules.iter().filter(|it| it.when.mismatch(facts).is_none());
    for rule in applying {
        let places = contenders.iter().map(|it| place(rule, &it.candidate.account));
        let decision = pick(rules, Some(rule), facts, contenders, places);
        if decision.chosen.is_some() || rule.otherwise == Otherwise::Refuse {
            return decision;
        }
    }
    let places = (0..).map(|place| Ok(Place { rank: place, weight: 1 }));
    pick(rules, None, facts, contenders, places)
}

/// Where a rule puts an account.
#[derive(Clone, Copy)]
struct Place {
    /// The lowest is first.
    rank: u32,
    weight: u64,
}

fn place(rule: &Rule, account: &AccountId) -> Result<Place, Reason> {
    let target = rule.targets.iter().find(|it| it.account == *account);
    let target = target.ok_or(Reason::NotATarget)?;
    match target.weight {
        0 => Err(Reason::NoWeight),
        weight => Ok(Place { rank: target.priority.into(), weight: weight.into() }),
    }
}

fn pick(
    rules: &Rules,
    rule: Option<&Rule>,
    facts: &Facts<'_>,
    contenders: &[Contender<'_>],
    places: impl Iterator<Item = Result<Place, Reason>>,
) -> Decision {
    let seats = contenders.iter().zip(places).map(|(it, place)| seat(rules, facts, it, place));
    let seats: Vec<_> = seats.collect();
    let fit = || seats.iter().flatten();
    let first = fit().map(|it| it.rank).min();
    let total: u64 = fit().filter(|it| Some(it.rank) == first).map(|it| it.weight).sum();
    let turn = facts.tried.len() as u64;
    let mut drawn = Some(facts.draw.below(total, turn)).filter(|_| total > 0);
    let mut chosen = None;
    let mut considered = vec![];
    for (contender, seat) in contenders.iter().zip(&seats) {
        let account = contender.candidate.account.clone();
        let (reason, share) = match seat {
            Err(reason) => (*reason, None),
            Ok(it) if Some(it.rank) != first => (behind(contender, it, first), None),
            Ok(it) => {
                let mine = drawn.is_some_and(|left| left < it.weight);
                drawn = drawn.and_then(|left| left.checked_sub(it.weight));
                let reason = if mine { Reason::Chosen } else { Reason::NotDrawn };
                (reason, Some((it.weight, total)).filter(|_| it.weight < total))
            }
        };
        if reason == Reason::Chosen {
            chosen = Some(account.clone());
        }
        considered.push(Considered { account, reason, share });
    }
    Decision { rule: rule.map(|it| it.name.clone()), chosen, considered }
}

/// Why a fit account waits behind the first.
fn behind(contender: &Contender<'_>, seat: &Place, first: Option<u32>) -> Reason {
    let own = seat.rank.checked_sub(LAST_PLACE);
    let displaced = own.is_some_and(|own| first.is_some_and(|it| (own..LAST_PLACE).contains(&it)));
    match contender.health {
        Health::Probation if displaced => Reason::Probation,
        Health::Fit | Health::Probation | Health::Shut => Reason::NotNeeded,
    }
}

/// The account's place, or why it cannot take this payment now.
fn seat(
    rules: &Rules,
    facts: &Facts<'_>,
    contender: &Contender<'_>,
    place: Result<Place, Reason>,
) -> Result<Place, Reason> {
    let Contender { candidate, health, taken } = contender;
    if let Some(reason) = skip(candidate, facts) {
        return Err(reason);
    }
    let place = place?;
    let limits = rules.limits.get(&candidate.account);
    if let Some(reason) = limits.and_then(|it| it.refuse(facts, *taken)) {
        return Err(reason);
    }
    match health {
        Health::Shut => Err(Reason::Shut),
        Health::Probation if !trickles(facts) => {
            Ok(Place { rank: place.rank.saturating_add(LAST_PLACE), ..place })
        }
        Health::Probation | Health::Fit => Ok(place),
    }
}

fn trickles(facts: &Facts<'_>) -> bool {
    !facts.method.moves_money() && facts.draw.below(TRICKLE, TRICKLE_TURN) == 0
}

fn skip(candidate: &Candidate, facts: &Facts<'_>) -> Option<Reason> {
    if facts.channel.is_some_and(|it| it != candidate.channel) {
        Some(Reason::OtherChannel)
    } else if !candidate.methods.contains(&facts.method) {
        Some(Reason::MethodNotOffered)
    } else if facts.shown_code().is_some_and(|it| !candidate.reads(it)) {
        Some(Reason::OtherWallet)
    } else if facts.tried.contains(&candidate.account) {
        Some(Reason::AlreadyTried)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
