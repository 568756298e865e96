//! Where a payment goes: the decision of the live rules, told to the timeline, and what the shadow
//! rules would have done.

use paymux_core::payment::{Payment, Way};
use paymux_core::route::{Candidate, Considered, Contender, Decision, Health, Taken};
use paymux_core::{AccountId, PaymentId};
use paymux_store::{Entry, Store};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::call::Unanswered;
use crate::gateway::Gateway;
use crate::problem::{self, Problem};
use crate::routing::{Asked, Explained};
use crate::snapshot::{Merchant, Snapshot};

/// A decision as merchants, operators and the timeline read it. It names the merchant's own
/// accounts alone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Decision)]
pub struct DecisionView<'a> {
    /// None where the merchant's order of preference decided.
    #[schema(required)]
    rule: Option<&'a str>,
    /// The chosen one; none where no account can take the payment.
    #[schema(required)]
    account: Option<&'a str>,
    /// Each of yours, in order of preference.
    accounts: Vec<ConsideredView<'a>>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Considered)]
struct ConsideredView<'a> {
    account: &'a str,
    /// `chosen`, or what stood in the way.
    reason: &'static str,
    /// Where it was drawn among several.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<u64>,
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    weight_total: Option<u64>,
}

impl<'a> DecisionView<'a> {
    pub fn of(decision: &'a Decision) -> Self {
        Self {
            rule: decision.rule.as_deref(),
            account: decision.chosen.as_ref().map(AccountId::as_str),
            accounts: decision.considered.iter().map(ConsideredView::of).collect(),
        }
    }
}

impl<'a> ConsideredView<'a> {
    fn of(it: &'a Considered) -> Self {
        Self {
            account: it.account.as_str(),
            reason: it.reason.name(),
            weight: it.share.map(|it| it.0),
            weight_total: it.share.map(|it| it.1),
        }
    }
}

impl<S: Store> Gateway<S> {
    pub(super) fn route(
        &self,
        snapshot: &Snapshot,
        merchant: &Merchant,
        payment: &Payment,
        way: &Way,
        tried: &[AccountId],
    ) -> Decision {
        let asked = Asked::of(&payment.order, way, self.now());
        let contenders = self.contenders(snapshot, merchant, asked);
        snapshot.routing.live.decide(asked, &contenders, tried)
    }

    /// What the rules say of a payment that nobody makes; it leaves no trace.
    pub fn explain(&self, snapshot: &Snapshot, merchant: &Merchant, asked: Asked<'_>) -> Explained {
        let contenders = self.contenders(snapshot, merchant, asked);
        snapshot.routing.explain(asked, &contenders)
    }

    /// What the shadow rules say of a payment that is being routed.
    pub(super) fn watch(
        &self,
        merchant: &Merchant,
        payment: &Payment,
        way: &Way,
    ) -> Option<Explained> {
        let snapshot = self.snapshot.load_full();
        let asked = Asked::of(&payment.order, way, self.now());
        let watched = !snapshot.routing.shadows.is_empty();
        watched.then(|| self.explain(&snapshot, merchant, asked))
    }

    /// Once for each payment, and not for its repeats.
    pub(super) fn compare(&self, payment: &Payment, watched: Option<&Explained>) {
        let Some(Explained { decision: live, shadows, .. }) = watched else { return };
        for (rule_set, shadow) in shadows {
            let agreed = live.chosen == shadow.chosen;
            let outcome = if agreed { "agreed" } else { "differed" };
            self.metrics.shadow_decisions.with_label_values(&[rule_set, outcome]).inc();
            if !agreed {
                let payment_id = payment.id;
                tracing::debug!(%payment_id, rule_set, %live, %shadow, "route.differed");
            }
        }
    }

    fn contenders<'a>(
        &self,
        snapshot: &Snapshot,
        merchant: &'a Merchant,
        asked: Asked<'_>,
    ) -> Vec<Contender<'a>> {
        let live = &snapshot.routing.live;
        let taken = |account: &AccountId| match live.rules.limits.get(account) {
            Some(it) if it.counts_days() => self.taken.of(account, live.day(asked.at), it.currency),
            Some(_) | None => Taken::default(),
        };
        let contender = |candidate: &'a Candidate| {
            let account = snapshot.account(&candidate.account);
            // An account that has just left the configuration takes nothing.
            let health = account.map_or(Health::Shut, |it| it.health());
            Contender { candidate, health, taken: taken(&candidate.account) }
        };
        merchant.candidates.iter().map(contender).collect()
    }

    /// `unsent`: the account before, where provably nothing was sent, and why.
    pub(super) fn decided(
        &self,
        payment: PaymentId,
        decision: &Decision,
        unsent: Option<(&AccountId, &Unanswered)>,
    ) -> Entry {
        let mut detail = json!(DecisionView::of(decision));
        if let Some((account, error)) = unsent {
            detail["unsent"] = json!({ "account": account.as_str(), "outcome": error.name() });
        }
        let (at, kind) = (self.now(), "route.decided".into());
        Entry { payment, at, kind, detail: detail.to_string() }
    }
}

pub(super) fn no_route(decision: &Decision) -> Problem {
    if decision.waits_for_health() {
        let detail = format!("nothing was sent; {decision}");
        return Problem::new(problem::CHANNEL_UNAVAILABLE, detail).retry_after(5);
    }
    Problem::new(problem::NO_ROUTE, decision.to_string())
}
