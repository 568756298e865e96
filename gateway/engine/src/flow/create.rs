//! A merchant's new payment: route, commit the intent, ask the channel, answer.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use paymux_channel::{BuildError, Operation, Pay};
use paymux_core::payment::{AuthCode, Event, Order, Payer, Payment, State, Way};
use paymux_core::planted::bug;
use paymux_core::route::Decision;
use paymux_core::{AccountId, AttemptId, Money, OrderNo, PaymentId};
use paymux_store::{Answer, Key, Once, Store};

use super::Replied;
use super::call::{Prepared, Unanswered};
use super::idempotency::{Concluded, Keyed, Repeat};
use super::route::no_route;
use crate::gateway::Gateway;
use crate::problem::{self, FieldError, Problem};
use crate::record::{Along, RecordError};
use crate::render;
use crate::snapshot::{Account, Merchant};

/// What a merchant asks for, already known to be well-formed.
#[derive(Clone, Debug)]
pub struct NewPayment {
    pub order_no: OrderNo,
    pub amount: Money,
    pub subject: String,
    pub way: Way,
    pub metadata: BTreeMap<String, String>,
    pub return_url: Option<String>,
    pub expires_in: Duration,
}

impl NewPayment {
    /// Every field that makes two requests different, each on a line of its own.
    fn canonical(&self) -> String {
        let mut text = format!(
            "POST /v1/payments\n{}\n{}\n{:?}\n{:?}\n{}\n",
            self.order_no,
            self.amount,
            self.subject,
            self.return_url,
            self.expires_in.as_secs(),
        );
        text.push_str(&canonical(&self.way));
        for (key, value) in &self.metadata {
            let _ = writeln!(text, "{key:?}={value:?}");
        }
        text
    }
}

/// What makes two ways different.
fn canonical(way: &Way) -> String {
    let Payer { client_ip, user_agent, openid, auth_code } = &way.payer;
    let auth_code = auth_code.as_ref().map(AuthCode::expose);
    let (method, channel) = (way.method.name(), &way.channel);
    format!("{method}\n{channel:?}\n{client_ip:?}\n{user_agent:?}\n{openid:?}\n{auth_code:?}\n")
}

/// A request that is ready for one account.
struct Chosen {
    account: Arc<Account>,
    /// The number in the request.
    attempt: AttemptId,
    prepared: Prepared,
    decision: Decision,
}

impl<S: Store> Gateway<S> {
    pub async fn create(
        &self,
        merchant: &Merchant,
        new: NewPayment,
        key: String,
    ) -> Result<Replied, Problem> {
        let keyed = Keyed::new(&merchant.id, key, &new.canonical());
        let payment = self.new_payment(merchant, new, &keyed);
        let watched = self.watch(merchant, &payment);
        let chosen = match self.choose(merchant, &payment, &[]).await {
            Ok(chosen) => chosen,
            // A repeat is answered as before, even where today's routes would refuse it.
            Err(problem) => {
                let repeated = self.repeated(merchant, &keyed, &payment).await?;
                if repeated.is_none() {
                    self.compare(&payment, watched.as_ref());
                }
                return repeated.ok_or(problem);
            }
        };
        let id = payment.id;
        let along = Along {
            once: vec![Once {
                key: Key::Order(merchant.id.clone(), payment.order.order_no.clone()),
                holder: id.to_string(),
            }],
            begin: Some(self.begin(&keyed, id.to_string())),
            entries: vec![self.decided(id, &chosen.decision, None)],
            ..Along::default()
        };
        let events = dispatched(&payment, &chosen);
        match self.record_new(payment.clone(), &along, &events).await {
            Ok(recorded) => {
                self.compare(&recorded.payment, watched.as_ref());
                self.drive(merchant, &keyed, recorded.payment, chosen).await
            }
            Err(RecordError::Duplicate(_)) => {
                let repeated = self.repeated(merchant, &keyed, &payment).await?;
                let vanished = || Problem::new(problem::INTERNAL, "the first request vanished");
                repeated.ok_or_else(vanished)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn new_payment(&self, merchant: &Merchant, new: NewPayment, keyed: &Keyed) -> Payment {
        let now = self.now();
        let id = PaymentId::new(now, &merchant.id, self.world.entropy());
        let order = Order {
            merchant: merchant.id.clone(),
            order_no: new.order_no,
            amount: new.amount,
            subject: new.subject,
            method: new.way.method,
            channel: new.way.channel,
            payer: new.way.payer,
            metadata: new.metadata,
            return_url: new.return_url,
            created_at: now,
            expires_at: now.after(new.expires_in),
            policy: merchant.policy,
            fingerprint: keyed.fingerprint,
        };
        Payment::new(id, order)
    }

    /// The first account that is routed to and can take this very payment.
    async fn choose(
        &self,
        merchant: &Merchant,
        payment: &Payment,
        tried: &[AccountId],
    ) -> Result<Chosen, Problem> {
        let mut tried = tried.to_vec();
        let mut unfit = vec![];
        loop {
            let snapshot = self.snapshot.load_full();
            let decision = self.route(&snapshot, merchant, payment, &tried);
            let account = decision.chosen.as_ref().and_then(|it| snapshot.account(it));
            let Some(account) = account else { return Err(refusal(&unfit, &decision)) };
            let attempt = payment.next_attempt_id();
            match self.prepare(account, Some(&merchant.id), pay(payment, attempt)).await {
                Ok(prepared) => {
                    let account = Arc::clone(account);
                    return Ok(Chosen { account, attempt, prepared, decision });
                }
                Err(error) => {
                    unfit.push(error);
                    tried.push(account.id.clone());
                }
            }
        }
    }

    /// From a committed intent to an answer; another account only when provably nothing was sent.
    async fn drive(
        &self,
        merchant: &Merchant,
        keyed: &Keyed,
        mut payment: Payment,
        mut chosen: Chosen,
    ) -> Result<Replied, Problem> {
        // Of this request alone: an account that was away before may be back.
        let mut tried = vec![];
        loop {
            let attempt = chosen.attempt;
            tried.push(chosen.account.id.clone());
            match self.send(&chosen.account, chosen.prepared).await {
                Ok(outcome) => {
                    let now = self.now();
                    let news = |it: &Payment| super::resolve::news(it, attempt, &outcome, now);
                    return self.conclude_payment(keyed, payment.id, news).await;
                }
                Err(error) if error.never_sent() || bug("timeout-is-unsent") => {
                    let next =
                        self.elsewhere(merchant, keyed, attempt, payment, &tried, &error).await?;
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
        merchant: &Merchant,
        keyed: &Keyed,
        unsent: AttemptId,
        payment: Payment,
        tried: &[AccountId],
        error: &Unanswered,
    ) -> Result<(Payment, Option<Chosen>), Problem> {
        let id = payment.id;
        let unsent = Event::Unsent { attempt: unsent };
        let alone = || Along { release: Some(keyed.key.clone()), ..Along::default() };
        let chosen = match self.choose(merchant, &payment, tried).await {
            Ok(chosen) => chosen,
            Err(_) => {
                self.record(id, alone(), |_| vec![unsent.clone()]).await?;
                let detail = "nothing was sent; repeat the request with the same key";
                let problem = Problem::new(problem::CHANNEL_UNAVAILABLE, detail);
                return Err(problem.of_payment(id).retry_after(5));
            }
        };
        let entry = self.decided(id, &chosen.decision, tried.last().map(|it| (it, error)));
        let along = Along { entries: vec![entry], ..Along::default() };
        let mine = AtomicBool::new(false);
        let events = |it: &Payment| {
            let sent = dispatched(it, &chosen);
            mine.store(!sent.is_empty(), Ordering::Relaxed);
            [vec![unsent.clone()], sent].concat()
        };
        match self.record(id, along, events).await {
            Ok(recorded) => Ok((recorded.payment, mine.into_inner().then_some(chosen))),
            // No other attempt is allowed any more; what was not sent is still a fact.
            Err(RecordError::Rejected(_)) => {
                let recorded = self.record(id, alone(), |_| vec![unsent.clone()]).await?;
                Ok((recorded.payment, None))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The answer to a request that was made before, under this key or this order number.
    async fn repeated(
        &self,
        merchant: &Merchant,
        keyed: &Keyed,
        asked: &Payment,
    ) -> Result<Option<Replied>, Problem> {
        match self.repeat(keyed).await? {
            Repeat::Replay(replied) => Ok(Some(replied)),
            Repeat::Resume { holder } => self.resume(merchant, keyed, &holder).await.map(Some),
            Repeat::First => self.same_order(merchant, keyed, asked).await,
        }
    }

    /// The same order under another key is the same payment; another order is a conflict.
    async fn same_order(
        &self,
        merchant: &Merchant,
        keyed: &Keyed,
        asked: &Payment,
    ) -> Result<Option<Replied>, Problem> {
        let key = Key::Order(merchant.id.clone(), asked.order.order_no.clone());
        let holder = self.store.holder(&key).await.map_err(super::idempotency::store_problem)?;
        let Some(id) = holder.and_then(|it| it.parse::<PaymentId>().ok()) else { return Ok(None) };
        let payment = self.load(id).await?;
        if payment.order.fingerprint != keyed.fingerprint {
            let detail = "the order_no belongs to a payment with another content";
            return Err(Problem::new(problem::ORDER_NO_TAKEN, detail).of_payment(id));
        }
        Ok(Some(Replied::fresh(Answer { status: 200, ..self.answer(&payment) })))
    }

    /// The first request ended without an answer: go on where it stopped, under its numbers.
    async fn resume(
        &self,
        merchant: &Merchant,
        keyed: &Keyed,
        holder: &str,
    ) -> Result<Replied, Problem> {
        let id: PaymentId =
            holder.parse().map_err(|_| Problem::new(problem::INTERNAL, "a damaged key"))?;
        let payment = self.load(id).await?;
        match payment.state() {
            State::InDoubt { attempt } if !bug("new-number-on-retry") => {
                self.resolve(attempt, None).await;
                self.conclude_payment(keyed, id, |_| vec![]).await
            }
            State::Created | State::InDoubt { .. } if payment.closing.is_none() => {
                let chosen = self.choose(merchant, &payment, &[]).await?;
                let events = |it: &Payment| dispatched(it, &chosen);
                let along = Along {
                    entries: vec![self.decided(id, &chosen.decision, None)],
                    ..Along::default()
                };
                let recorded = self.record(id, along, events).await?;
                // Another repeat came first; what it sends is its own to tell.
                if !recorded.changed {
                    return self.conclude_payment(keyed, id, |_| vec![]).await;
                }
                self.drive(merchant, keyed, recorded.payment, chosen).await
            }
            State::Created
            | State::InDoubt { .. }
            | State::Pending { .. }
            | State::Succeeded { .. }
            | State::Failed { .. }
            | State::Closed => self.conclude_payment(keyed, id, |_| vec![]).await,
        }
    }

    /// The news and the merchant's answer, if it is final, in one commit.
    async fn conclude_payment<F>(
        &self,
        keyed: &Keyed,
        id: PaymentId,
        news: F,
    ) -> Result<Replied, Problem>
    where
        F: Fn(&Payment) -> Vec<Event> + Send + Sync,
    {
        let render = |it: &Payment| is_decided(it).then(|| self.answer(it));
        match self.conclude(keyed, id, &render, news).await? {
            Concluded::Replay(replied) => Ok(replied),
            Concluded::Recorded(payment) => Ok(Replied::fresh(self.answer(&payment))),
        }
    }

    fn answer(&self, payment: &Payment) -> Answer {
        let body = render::bytes(&render::payment(payment, &self.snapshot.load()));
        Answer { status: if is_decided(payment) { 201 } else { 202 }, body }
    }
}

/// Whether the answer says all that creating a payment can say.
fn is_decided(payment: &Payment) -> bool {
    match payment.state() {
        State::Created | State::InDoubt { .. } => false,
        State::Pending { .. } => payment.current().is_some_and(|it| it.action.is_some()),
        State::Succeeded { .. } | State::Failed { .. } | State::Closed => true,
    }
}

/// Only the number that is in the request: what is sent is what was committed.
fn dispatched(payment: &Payment, chosen: &Chosen) -> Vec<Event> {
    let (attempt, account) = (chosen.attempt, chosen.account.id.clone());
    let next = payment.next_attempt_id() == attempt || bug("another-number-committed");
    let attempt = payment.next_attempt_id();
    next.then_some(Event::Dispatched { attempt, account }).into_iter().collect()
}

/// The channel's request, built from the stored order alone, so that a repeat is the same.
pub(super) fn pay(payment: &Payment, attempt: AttemptId) -> Operation {
    let order = &payment.order;
    Operation::Pay(Pay {
        attempt,
        amount: order.amount,
        subject: order.subject.clone(),
        method: order.method,
        expires_at: order.expires_at,
        payer: order.payer.clone(),
    })
}

/// What each account that was routed to cannot take; that another may take it soon comes first.
fn refusal(unfit: &[BuildError], decision: &Decision) -> Problem {
    let Some(last) = unfit.last().filter(|_| !decision.waits_for_health()) else {
        return no_route(decision);
    };
    let mut problem = Problem::new(problem::CHANNEL_UNFIT, last.to_string());
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
