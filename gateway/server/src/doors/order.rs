//! Orders of a door, on the flows of the merchants' API: made once, found again, paid in a way.

use paymux_core::payment::{Payment, Verdict, Way};
use paymux_core::refund::{Cause, Refund};
use paymux_core::{OrderNo, PaymentId, RefundId};
use paymux_engine::flow::create::NewPayment;
use paymux_engine::flow::refund::NewRefund;
use paymux_engine::problem::{self, Problem};
use paymux_engine::snapshot::Merchant;
use paymux_store::{Key, Store};

use super::Hall;
use super::params::{Params, wrong};
use crate::api::reply::unreadable;

impl<S: Store> Hall<S> {
    /// The same order again is the same payment; one with another content is refused.
    pub(crate) async fn place(
        &self,
        merchant: &Merchant,
        door: &'static str,
        new: NewPayment,
    ) -> Result<Payment, Problem> {
        // No merchant can send such a key.
        let key = format!("{door}\n{}", new.order_no);
        let placed = self.gateway.place(merchant, new, key).await;
        let id = placed.map_err(|it| match it.kind.slug {
            slug if slug == problem::IDEMPOTENCY_KEY_REUSED.slug => {
                let detail = "the order number belongs to an order with another content";
                Problem::new(problem::ORDER_NO_TAKEN, detail)
            }
            _ => it,
        })?;
        self.gateway.owned(merchant, id).await
    }

    /// Paid is paid, and over is over: nobody is led to pay it again.
    pub(crate) fn payable(&self, payment: &Payment) -> Result<(), Problem> {
        match payment.verdict {
            Verdict::Succeeded { .. } => {
                let detail = "the order is paid";
                Err(Problem::new(problem::PAYMENT_PAID, detail).of_payment(payment.id))
            }
            Verdict::Open
                if payment.closing.is_none() && self.gateway.now() < payment.order.expires_at =>
            {
                Ok(())
            }
            Verdict::Open | Verdict::Failed { .. } | Verdict::Closed => {
                let detail = "the order is over; make another one under another number";
                Err(Problem::new(problem::PAYMENT_ENDED, detail).of_payment(payment.id))
            }
        }
    }

    /// By our number, the merchant's own, or both, which must then agree.
    pub(crate) async fn found(
        &self,
        merchant: &Merchant,
        door: &'static str,
        (params, ours, own): (&Params, &str, &str),
    ) -> Result<Payment, Problem> {
        let (id, order_no) = (params.optional(ours), params.optional(own));
        let unknown = || Problem::new(problem::NOT_FOUND, "there is no such order");
        let id = match (id, order_no) {
            (Some(id), _) => id.parse().map_err(|_| unknown())?,
            (None, Some(number)) => {
                let number = number.parse().map_err(|_| unknown())?;
                self.of_order(merchant, number).await?.ok_or_else(unknown)?
            }
            (None, None) => return Err(wrong(own, format!("is missing, and so is {ours}"))),
        };
        let payment = self.gateway.owned(merchant, id).await.map_err(|_| unknown())?;
        let same = order_no.is_none_or(|it| it == payment.order.order_no.as_str());
        let through = payment.order.door.as_ref().is_some_and(|it| it.name.as_str() == door);
        if same && through { Ok(payment) } else { Err(unknown()) }
    }

    /// The same refund again is one refund.
    pub(crate) async fn give_back(
        &self,
        merchant: &Merchant,
        payment: PaymentId,
        door: &'static str,
        new: NewRefund,
    ) -> Result<Refund, Problem> {
        let refund_no = new.refund_no.clone();
        let key = format!("{door}-refund\n{refund_no}");
        let made = self.gateway.create_refund(merchant, payment, new, key).await;
        made.map_err(|it| match it.kind.slug {
            slug if slug == problem::IDEMPOTENCY_KEY_REUSED.slug => {
                let detail = "the refund number belongs to a refund with another content";
                Problem::new(problem::REFUND_NO_TAKEN, detail)
            }
            _ => it,
        })?;
        let payment = self.gateway.owned(merchant, payment).await?;
        let asked = |it: &Refund| it.cause == Cause::Merchant && it.refund_no == refund_no;
        let refund = payment.refunds.into_iter().find(asked);
        refund.ok_or_else(|| Problem::new(problem::INTERNAL, "the refund vanished"))
    }

    /// A refund that came to nothing, tried again once from where the payment stood: who asks
    /// beside it is answered alike.
    pub(crate) async fn give_back_again(
        &self,
        merchant: &Merchant,
        payment: &Payment,
        id: RefundId,
    ) -> Result<Refund, Problem> {
        let key = format!("door-retry\n{id}\n{}", payment.version);
        self.gateway.retry_refund(merchant, id, key).await?;
        let payment = self.gateway.owned(merchant, id.payment).await?;
        let vanished = || Problem::new(problem::INTERNAL, "the refund vanished");
        payment.refund(id).cloned().ok_or_else(vanished)
    }

    async fn of_order(
        &self,
        merchant: &Merchant,
        order_no: OrderNo,
    ) -> Result<Option<PaymentId>, Problem> {
        let key = Key::Order(merchant.id.clone(), order_no);
        let holder = self.gateway.store.holder(&key).await.map_err(unreadable)?;
        Ok(holder.and_then(|it| it.parse().ok()))
    }

    /// On a payment of a cashier: the way its payer would have chosen there.
    pub(crate) async fn take(
        &self,
        merchant: &Merchant,
        payment: &Payment,
        way: Way,
    ) -> Result<Payment, Problem> {
        self.gateway.take_way(merchant, payment.id, way).await
    }
}
