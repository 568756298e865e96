//! A merchant's refund: reserved and numbered in one commit, then asked of the channel.

use std::time::Duration;

use paymux_core::payment::{Door, Event, PartNo, Payment};
use paymux_core::refund::{Cause, Refund};
use paymux_core::{AttemptId, Money, OrderNo, PaymentId, RefundId};
use paymux_store::{Answer, Key, Once, Store};

use super::Replied;
use super::idempotency::{Concluded, Keyed, Known, Repeat, store_problem};
use super::parts;
use crate::gateway::Gateway;
use crate::problem::{self, Problem};
use crate::record::{Along, RecordError};
use crate::render;
use crate::snapshot::Merchant;

#[derive(Clone, Debug)]
pub struct NewRefund {
    pub refund_no: OrderNo,
    pub amount: Money,
    pub reason: Option<String>,
    /// Which, of an order of several.
    pub part: Option<PartNo>,
    pub door: Option<Door>,
}

impl<S: Store> Gateway<S> {
    pub async fn create_refund(
        &self,
        merchant: &Merchant,
        id: PaymentId,
        new: NewRefund,
        key: String,
    ) -> Result<Replied, Problem> {
        self.owned(merchant, id).await?;
        let NewRefund { refund_no, amount, reason, part, door: _ } = &new;
        let canonical =
            format!("POST /v1/payments/{id}/refunds\n{refund_no}\n{amount}\n{reason:?}\n{part:?}");
        let keyed = Keyed::new(&merchant.id, key, &canonical);
        match self.reserve(merchant, id, &new, &keyed).await {
            Ok(payment) => {
                let refund = named(&payment, refund_no)?;
                // What has to wait for its turn, its task sends.
                if refund.sends > 0 {
                    self.send_refund(refund).await;
                }
                self.answer_refund(&keyed, refund.id, 201).await
            }
            // A repeat is answered as before, even where the wish would be refused today.
            Err(error) => self.repeated_refund(merchant, id, &keyed, &new, error).await,
        }
    }

    async fn reserve(
        &self,
        merchant: &Merchant,
        id: PaymentId,
        new: &NewRefund,
        keyed: &Keyed,
    ) -> Result<Payment, RecordError> {
        let key = Key::Refund(merchant.id.clone(), new.refund_no.clone());
        let along = Along {
            once: vec![Once { key, holder: id.to_string() }],
            begin: Some(self.begin(keyed, id.to_string())),
            ..Along::default()
        };
        let wish = |it: &Payment| {
            vec![Event::RefundRequested {
                refund_no: new.refund_no.clone(),
                amount: new.amount,
                reason: new.reason.clone(),
                part: new.part,
                door: new.door.clone(),
                apart: self.refunds_apart(it, it.shown().map(|it| it.id), new.part),
            }]
        };
        self.record(id, along, wish).await.map(|it| it.next)
    }

    /// What the channel wants between two refunds of one order.
    pub(super) fn refunds_apart(
        &self,
        payment: &Payment,
        attempt: Option<AttemptId>,
        part: Option<PartNo>,
    ) -> Duration {
        let snapshot = self.snapshot.load();
        let account = attempt.and_then(|it| parts::account(payment, it, part));
        let account = account.and_then(|it| snapshot.account(it));
        account.map_or(Duration::ZERO, |it| it.channel().capabilities().refund_every)
    }

    async fn repeated_refund(
        &self,
        merchant: &Merchant,
        id: PaymentId,
        keyed: &Keyed,
        new: &NewRefund,
        error: RecordError,
    ) -> Result<Replied, Problem> {
        match self.repeat(keyed).await? {
            Repeat::Replay(replied) => return Ok(replied),
            Repeat::Resume { holder } => return self.resume_refund(keyed, &holder, new).await,
            Repeat::First => {}
        }
        match self.same_refund(merchant, id, new).await? {
            Some(replied) => Ok(replied),
            None => Err(error.into()),
        }
    }

    /// The same refund under another key is the same refund; another one, or one of another
    /// payment, is a conflict.
    async fn same_refund(
        &self,
        merchant: &Merchant,
        id: PaymentId,
        new: &NewRefund,
    ) -> Result<Option<Replied>, Problem> {
        let key = Key::Refund(merchant.id.clone(), new.refund_no.clone());
        let Some(holder) = self.store.holder(&key).await.map_err(store_problem)? else {
            return Ok(None);
        };
        let payment = self.load(parse(&holder)?).await?;
        let refund = named(&payment, &new.refund_no)?;
        let same = (refund.amount, refund.part) == (new.amount, new.part);
        if payment.id != id || !same || refund.reason != new.reason {
            let detail = "the refund_no belongs to a refund with another content";
            return Err(Problem::new(problem::REFUND_NO_TAKEN, detail).of_payment(payment.id));
        }
        Ok(Some(Replied::fresh(Answer { status: 200, ..answer(&payment, refund.id) })))
    }

    /// The first request ended without an answer: find out, under the same number.
    async fn resume_refund(
        &self,
        keyed: &Keyed,
        holder: &str,
        new: &NewRefund,
    ) -> Result<Replied, Problem> {
        let payment = self.load(parse(holder)?).await?;
        let refund = named(&payment, &new.refund_no)?.id;
        self.walk_refund(refund, None).await;
        self.answer_refund(keyed, refund, 201).await
    }

    /// A refund that was taken on is a final answer: its end is told by an event.
    pub(super) async fn answer_refund(
        &self,
        keyed: &Keyed,
        refund: RefundId,
        status: u16,
    ) -> Result<Replied, Problem> {
        let answer = |it: &Payment| Answer { status, ..answer(it, refund) };
        let render = |it: &Payment| Some(answer(it));
        match self.conclude(keyed, Known::Id(refund.payment), &render, |_| vec![]).await? {
            Concluded::Replay(replied) => Ok(replied),
            Concluded::Recorded(payment) => Ok(Replied::fresh(answer(&payment))),
        }
    }
}

/// The merchant's refund of this number; automatic ones are named after their attempt.
fn named<'a>(payment: &'a Payment, refund_no: &OrderNo) -> Result<&'a Refund, Problem> {
    let mut asked = payment.refunds.iter().filter(|it| it.cause == Cause::Merchant);
    let found = asked.find(|it| it.refund_no == *refund_no);
    found.ok_or_else(|| Problem::new(problem::INTERNAL, "the refund's key has no refund"))
}

fn parse(holder: &str) -> Result<PaymentId, Problem> {
    holder.parse().map_err(|_| Problem::new(problem::INTERNAL, "a damaged refund key"))
}

fn answer(payment: &Payment, refund: RefundId) -> Answer {
    let body = payment.refund(refund).map(|it| render::bytes(&render::refund(it)));
    Answer { status: 201, body: body.unwrap_or_default() }
}
