//! From a way to an answer: route, commit the intent, send; another account only where provably
//! nothing was sent.

use std::sync::Arc;

use paymux_channel::{BuildError, Operation, Pay};
use paymux_core::fee::{self, Terms};
use paymux_core::payment::{AuthCode, Event, Payer, Payment, State, TillTimes, Way};
use paymux_core::planted::bug;
use paymux_core::route::Decision;
use paymux_core::{AccountId, AttemptId, PaymentId};
use paymux_store::{Answer, Store};

use super::Replied;
use super::call::{Prepared, Unanswered};
use super::idempotency::{Concluded, Keyed, Known};
use super::parts;
use super::route::no_route;
use crate::gateway::Gateway;
use crate::problem::{self, FieldError, Problem};
use crate::record::{Along, RecordError};
use crate::render;
use crate::snapshot::{Account, Merchant};

/// What makes two ways different.
pub(super) fn canonical(way: &Way) -> String {
    let Payer { client_ip, user_agent, openid, auth_code } = &way.payer;
    let auth_code = auth_code.as_ref().map(AuthCode::expose);
    let (method, channel) = (way.method.name(), &way.channel);
    format!("{method}\n{channel:?}\n{client_ip:?}\n{user_agent:?}\n{openid:?}\n{auth_code:?}\n")
}

/// A request that is ready for one account.
pub(super) struct Chosen {
    account: Arc<Account>,
    way: Way,
    /// The number in the request.
    attempt: AttemptId,
    prepared: Prepared,
    /// What the merchant pays for it.
    terms: Vec<Terms>,
    pub(super) decision: Decision,
}

impl<S: Store> Gateway<S> {
    /// The first account that is routed to and can take this very payment.
    pub(super) async fn choose(
        &self,
        merchant: &Merchant,
        payment: &Payment,
        way: &Way,
        tried: &[AccountId],
    ) -> Result<Chosen, Problem> {
        let mut tried = tried.to_vec();
        let mut unfit = vec![];
        loop {
            let snapshot = self.snapshot.load_full();
            let decision = if payment.order.parts.is_empty() {
                self.route(&snapshot, merchant, payment, way, &tried)
            } else {
                parts::decide(&snapshot, merchant, payment, way, &tried)?
            };
            let account = decision.chosen.as_ref().and_then(|it| snapshot.account(it));
            let Some(account) = account else { return Err(refusal(&unfit, &decision)) };
            let attempt = payment.next_attempt_id();
            let order = parts::whole(&snapshot, payment, pay(payment, attempt, way));
            let Some(order) = order else { return Err(refusal(&unfit, &decision)) };
            match self.prepare(account, Some(&merchant.id), order).await {
                Ok(prepared) => {
                    let account = Arc::clone(account);
                    let (order, way) = (&payment.order, way.clone());
                    let terms = fee::agreed(&merchant.fees, order, &account.id, way.method);
                    return Ok(Chosen { account, way, attempt, prepared, terms, decision });
                }
                Err(error) => {
                    unfit.push(error);
                    tried.push(account.id.clone());
                }
            }
        }
    }

    /// From a committed intent to an answer; another account only when provably nothing was sent.
    pub(super) async fn drive(
        &self,
        merchant: &Merchant,
        keyed: &Keyed,
        mut payment: Payment,
        mut chosen: Chosen,
    ) -> Result<Replied, Problem> {
        // Of this request alone: an account that was away before may be back.
        let mut tried = vec![];
        loop {
            let (attempt, way) = (chosen.attempt, chosen.way);
            tried.push(chosen.account.id.clone());
            if payment.is_stale(attempt, self.now()) {
                return Err(self.nothing_sent(keyed, attempt).await?);
            }
            match self.send(&chosen.account, chosen.prepared).await {
                Ok(outcome) => {
                    let now = self.now();
                    let news = |it: &Payment| super::resolve::news(it, attempt, &outcome, now);
                    return self.conclude_known(keyed, Known::Payment(payment.into()), news).await;
                }
                Err(error) if error.never_sent() || bug("timeout-is-unsent") => {
                    let next =
                        self.elsewhere((merchant, keyed), attempt, payment, &way, &tried, &error);
                    let next = next.await?;
                    (payment, chosen) = match next {
                        (payment, Some(chosen)) => (payment, chosen),
                        (payment, None) => {
                            return self.conclude_payment(keyed, payment.id, |_| vec![]).await;
                        }
                    };
                }
                Err(error) => {
                    tracing::warn!(out_trade_no = %attempt, %error, "attempt.in_doubt");
                    return self.conclude_payment(keyed, payment.id, |_| vec![]).await;
                }
            }
        }
    }

    /// In one commit: nothing was sent there, and now it will be sent here. None where another
    /// request of the same payment came first: what it sends is its own to tell.
    async fn elsewhere(
        &self,
        (merchant, keyed): (&Merchant, &Keyed),
        attempt: AttemptId,
        payment: Payment,
        way: &Way,
        tried: &[AccountId],
        error: &Unanswered,
    ) -> Result<(Payment, Option<Chosen>), Problem> {
        let id = payment.id;
        let unsent = Event::Unsent { attempt };
        let alone = || Along { release: Some(keyed.key.clone()), ..Along::default() };
        let chosen = match self.choose(merchant, &payment, way, tried).await {
            Ok(chosen) => chosen,
            Err(_) => return Err(self.nothing_sent(keyed, attempt).await?),
        };
        let entry = self.decided(id, &chosen.decision, tried.last().map(|it| (it, error)));
        let along = Along { entries: vec![entry], ..Along::default() };
        let events = |it: &Payment| vec![unsent.clone(), dispatched(it, &chosen)];
        match self.record(id, along, events).await {
            Ok(recorded) => Ok((recorded.next, Some(chosen))),
            // None is allowed any more, or another request has begun it; what was not sent is still
            // a fact.
            Err(RecordError::Rejected(_)) => {
                let recorded = self.record(id, alone(), |_| vec![unsent.clone()]).await?;
                Ok((recorded.next, None))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The request ends here, and a repeat of it begins anew.
    async fn nothing_sent(&self, keyed: &Keyed, attempt: AttemptId) -> Result<Problem, Problem> {
        let along = Along { release: Some(keyed.key.clone()), ..Along::default() };
        self.record(attempt.payment, along, |_| vec![Event::Unsent { attempt }]).await?;
        let detail = "nothing was sent; repeat the request with the same key";
        let problem = Problem::new(problem::CHANNEL_UNAVAILABLE, detail);
        Ok(problem.of_payment(attempt.payment).retry_after(5))
    }

    /// The news and the merchant's answer, if it is final, in one commit.
    pub(super) async fn conclude_payment<F>(
        &self,
        keyed: &Keyed,
        id: PaymentId,
        news: F,
    ) -> Result<Replied, Problem>
    where
        F: Fn(&Payment) -> Vec<Event> + Send + Sync,
    {
        self.conclude_known(keyed, Known::Id(id), news).await
    }

    async fn conclude_known<F>(
        &self,
        keyed: &Keyed,
        known: Known,
        news: F,
    ) -> Result<Replied, Problem>
    where
        F: Fn(&Payment) -> Vec<Event> + Send + Sync,
    {
        let render = |it: &Payment| is_decided(it).then(|| self.answer(it));
        match self.conclude(keyed, known, &render, news).await? {
            Concluded::Replay(replied) => Ok(replied),
            Concluded::Recorded(payment) => Ok(Replied::fresh(self.answer(&payment))),
        }
    }

    pub(super) fn answer(&self, payment: &Payment) -> Answer {
        let body = render::bytes(&render::payment(payment, &self.snapshot.load()));
        Answer { status: if is_decided(payment) { 201 } else { 202 }, body }
    }
}

/// Whether the answer says all that creating a payment can say.
fn is_decided(payment: &Payment) -> bool {
    match payment.state() {
        // On its page, a payer chooses or chooses again.
        State::Created => payment.order.cashier.is_some(),
        State::InDoubt { .. } => false,
        State::Pending { .. } => payment.current().is_some_and(|it| it.action.is_some()),
        State::Succeeded { .. } | State::Failed { .. } | State::Closed => true,
    }
}

/// Only the number that is in the request: what is sent is what was committed.
pub(super) fn dispatched(payment: &Payment, chosen: &Chosen) -> Event {
    let other = bug("another-number-committed").then(|| payment.next_attempt_id());
    let (attempt, account) = (other.unwrap_or(chosen.attempt), chosen.account.id.clone());
    let way = Box::new(chosen.way.clone());
    let till = chosen.way.method.moves_money().then(|| times(&chosen.account));
    let terms = chosen.terms.clone();
    Event::Dispatched { attempt, account, way, till, terms }
}

fn times(account: &Account) -> TillTimes {
    let channel = account.channel();
    let till = &channel.capabilities().till;
    TillTimes {
        query_every: till.query_every,
        decide_after: till.decide_after,
        reverse_after: till.reverse_after,
    }
}

/// The channel's request, built from the stored order and way alone, so that a repeat is the same.
pub(super) fn pay(payment: &Payment, attempt: AttemptId, way: &Way) -> Operation {
    let order = &payment.order;
    Operation::Pay(Pay {
        attempt,
        amount: order.amount,
        subject: order.subject.clone(),
        method: way.method,
        expires_at: order.expires_at,
        payer: way.payer.clone(),
        splittable: order.splittable,
    })
}

/// What each account that was routed to cannot take; that another may take it soon comes first.
fn refusal(unfit: &[BuildError], decision: &Decision) -> Problem {
    let Some(last) = unfit.last().filter(|_| !decision.waits_for_health()) else {
        return no_route(decision);
    };
    limits(Problem::new(problem::CHANNEL_UNFIT, last.to_string()), unfit)
}

/// Names each field that is in the way.
pub(super) fn limits(mut problem: Problem, unfit: &[BuildError]) -> Problem {
    for error in unfit {
        let BuildError::Limit { field, limit } = error else { continue };
        let pointer = format!("/{}", field.replace('.', "/"));
        let error = FieldError { pointer, reason: format!("must be {limit}") };
        if !problem.errors.contains(&error) {
            problem.errors.push(error);
        }
    }
    problem
}
