//! A merchant's new payment: route, commit the intent, ask the channel, answer.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use paymux_core::payment::{Attempt, Cashier, Door, Order, Part, Payment, Standing, State, Way};
use paymux_core::planted::bug;
use paymux_core::{Money, OrderNo, PaymentId};
use paymux_store::{Answer, Key, Once, Store};
use serde_json::Value;

use super::Replied;
use super::dispatch::{canonical, dispatched};
use super::idempotency::{Keyed, Repeat};
use crate::gateway::Gateway;
use crate::problem::{self, Problem};
use crate::record::{Along, RecordError};
use crate::snapshot::Merchant;

/// What a merchant asks for, already known to be well-formed.
#[derive(Clone, Debug)]
pub struct NewPayment {
    pub order_no: OrderNo,
    pub amount: Money,
    pub subject: String,
    /// Where it is of several, which are paid at once; they add up to the amount.
    pub parts: Vec<Part>,
    pub means: Means,
    pub metadata: BTreeMap<String, String>,
    pub return_url: Option<String>,
    pub expires_in: Duration,
    pub door: Option<Door>,
    /// It may be shared with others, once it is paid.
    pub splittable: bool,
}

/// How its payer is to be reached.
#[derive(Clone, Debug)]
pub enum Means {
    Way(Way),
    /// On a page of ours.
    Cashier(Cashier),
}

impl Means {
    fn canonical(&self) -> String {
        match self {
            Self::Way(way) => canonical(way),
            Self::Cashier(it) => format!("cashier\n{:?}\n{:?}\n", it.channel, it.plate),
        }
    }
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
        text.push_str(&self.means.canonical());
        if self.splittable {
            text.push_str("splittable\n");
        }
        for part in &self.parts {
            let _ = writeln!(text, "{} {} {:?}", part.account, part.amount, part.subject);
        }
        for (key, value) in &self.metadata {
            let _ = writeln!(text, "{key:?}={value:?}");
        }
        if let Some(door) = &self.door {
            let _ = writeln!(text, "{door:?}");
        }
        text
    }
}

impl<S: Store> Gateway<S> {
    pub async fn create(
        &self,
        merchant: &Merchant,
        new: NewPayment,
        key: String,
    ) -> Result<Replied, Problem> {
        let keyed = Keyed::new(&merchant.id, key, &new.canonical());
        let payment = self.new_payment(merchant, &new, &keyed);
        let Means::Way(way) = new.means else { return self.offer(merchant, &keyed, payment).await };
        let watched = self.watch(merchant, &payment, &way);
        let chosen = match self.choose(merchant, &payment, &way, &[]).await {
            Ok(chosen) => chosen,
            // A repeat is answered as before, even where today's routes would refuse it.
            Err(problem) => {
                let repeated = self.repeated(merchant, &keyed, &payment, Some(&way)).await?;
                if repeated.is_none() {
                    self.compare(&payment, watched.as_ref());
                }
                return repeated.ok_or(problem);
            }
        };
        let id = payment.id;
        let along = Along {
            once: vec![order_key(&payment)],
            begin: Some(self.begin(&keyed, id.to_string())),
            entries: vec![self.decided(id, &chosen.decision, None)],
            ..Along::default()
        };
        let events = vec![dispatched(&payment, &chosen)];
        match self.record_new(payment.clone(), &along, &events).await {
            Ok(recorded) => {
                self.compare(&recorded.next, watched.as_ref());
                self.drive(merchant, &keyed, recorded.next, chosen).await
            }
            Err(RecordError::Duplicate(_)) => {
                let repeated = self.repeated(merchant, &keyed, &payment, Some(&way)).await?;
                let vanished = || Problem::new(problem::INTERNAL, "the first request vanished");
                repeated.ok_or_else(vanished)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The same, for who goes on with the payment and needs no answer.
    pub async fn place(
        &self,
        merchant: &Merchant,
        new: NewPayment,
        key: String,
    ) -> Result<PaymentId, Problem> {
        let replied = self.create(merchant, new, key).await?;
        let body: Option<Value> = serde_json::from_slice(&replied.answer.body).ok();
        let id = body.as_ref().and_then(|it| it["id"].as_str()).and_then(|it| it.parse().ok());
        id.ok_or_else(|| Problem::new(problem::INTERNAL, "the answer names no payment"))
    }

    fn new_payment(&self, merchant: &Merchant, new: &NewPayment, keyed: &Keyed) -> Payment {
        let now = self.now();
        let id = PaymentId::new(now, &merchant.id, self.world.entropy());
        let order = Order {
            merchant: merchant.id.clone(),
            order_no: new.order_no.clone(),
            amount: new.amount,
            subject: new.subject.clone(),
            parts: new.parts.clone(),
            metadata: new.metadata.clone(),
            return_url: new.return_url.clone(),
            created_at: now,
            expires_at: now.after(new.expires_in),
            policy: merchant.policy,
            cashier: match &new.means {
                Means::Way(_) => None,
                Means::Cashier(it) => Some(it.clone()),
            },
            door: new.door.clone(),
            splittable: new.splittable,
            fingerprint: keyed.fingerprint,
        };
        Payment { trace: self.traces.current(), ..Payment::new(id, order) }
    }

    /// The answer to a request that was made before, under this key or this order number.
    pub(super) async fn repeated(
        &self,
        merchant: &Merchant,
        keyed: &Keyed,
        asked: &Payment,
        way: Option<&Way>,
    ) -> Result<Option<Replied>, Problem> {
        match self.repeat(keyed).await? {
            Repeat::Replay(replied) => Ok(Some(replied)),
            Repeat::Resume { holder } => {
                let id = holder.parse::<PaymentId>();
                let id = id.map_err(|_| Problem::new(problem::INTERNAL, "a damaged key"))?;
                let payment = self.load(id).await?;
                match way {
                    Some(way) => self.resume(merchant, keyed, payment, way).await.map(Some),
                    None => self.conclude_payment(keyed, id, |_| vec![]).await.map(Some),
                }
            }
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
    pub(super) async fn resume(
        &self,
        merchant: &Merchant,
        keyed: &Keyed,
        payment: Payment,
        way: &Way,
    ) -> Result<Replied, Problem> {
        let id = payment.id;
        match payment.state() {
            State::InDoubt { attempt } if !bug("new-number-on-retry") => {
                self.resolve(attempt, None).await;
                self.conclude_payment(keyed, id, |_| vec![]).await
            }
            State::Created | State::InDoubt { .. } if may_begin(&payment) => {
                self.begin_attempt(merchant, keyed, payment, way).await
            }
            State::Created
            | State::InDoubt { .. }
            | State::Pending { .. }
            | State::Succeeded { .. }
            | State::Failed { .. }
            | State::Closed => self.conclude_payment(keyed, id, |_| vec![]).await,
        }
    }

    /// Another number for a payment none of whose attempts is alive.
    async fn begin_attempt(
        &self,
        merchant: &Merchant,
        keyed: &Keyed,
        payment: Payment,
        way: &Way,
    ) -> Result<Replied, Problem> {
        let id = payment.id;
        let chosen = self.choose(merchant, &payment, way, &[]).await?;
        let entries = vec![self.decided(id, &chosen.decision, None)];
        let along = Along { entries, ..Along::default() };
        match self.record(id, along, |it| vec![dispatched(it, &chosen)]).await {
            Ok(recorded) => self.drive(merchant, keyed, recorded.next, chosen).await,
            // Another repeat came first, or the payment ended: what is so now is the answer.
            Err(RecordError::Rejected(_)) => self.conclude_payment(keyed, id, |_| vec![]).await,
            Err(error) => Err(error.into()),
        }
    }
}

/// One payment for each order, ever.
pub(super) fn order_key(payment: &Payment) -> Once {
    let order = &payment.order;
    let key = Key::Order(order.merchant.clone(), order.order_no.clone());
    Once { key, holder: payment.id.to_string() }
}

/// Where nothing was begun, or provably nothing was sent. An attempt that ended otherwise may have
/// been given up for another one, and no late repeat begins its way again.
fn may_begin(payment: &Payment) -> bool {
    let nothing = |it: &Attempt| matches!(it.standing, Standing::Unsent | Standing::InDoubt);
    payment.closing.is_none() && payment.current().is_none_or(nothing)
}
