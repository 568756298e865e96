//! The rules of refunds, the same in both versions.

use std::time::Duration;

use jiff::Timestamp;

use super::owner::Owner;
use super::refused::Refused;
use crate::books::{Books, Channel, Key, Order, OrderStatus, Refund, RefundStatus};
use crate::clock;
use crate::crypto::random_digits;
use crate::fault::FaultKind;
use crate::money::Fen;

/// Partial refunds of one order.
const MAX_REFUNDS: usize = 50;
const REFUNDABLE: Duration = Duration::from_hours(366 * 24);

/// What a merchant asks for, read and within its limits.
pub(super) struct NewRefund {
    pub(super) key: Key,
    pub(super) owner: Owner,
    pub(super) out_refund_no: String,
    pub(super) amount: Fen,
    pub(super) total: Fen,
    pub(super) reason: Option<String>,
    pub(super) notify_url: Option<String>,
}

/// The order with the refund in it, and whether the refund is new.
pub(super) struct Entered {
    pub(super) order: Order,
    pub(super) refund: Refund,
    pub(super) new: bool,
}

/// Accepted as being processed, to be ended later; the same number again is the same refund.
pub(super) fn enter(
    books: &mut Books,
    asked: NewRefund,
    gap: Duration,
    forced: Option<FaultKind>,
    now: Timestamp,
) -> Result<Entered, Refused> {
    let order = super::order::owned(books, &asked.key, &asked.owner, now)?.clone();
    if let Some(known) = order.refund(&asked.out_refund_no) {
        let same = known.amount == asked.amount && order.total == asked.total;
        let refund = known.clone();
        return if same {
            Ok(Entered { order, refund, new: false })
        } else {
            Err(Refused::RefundDiffers)
        };
    }
    check_state(&order, &asked, gap, now)?;
    if forced == Some(FaultKind::NotEnough) {
        return Err(Refused::MerchantBalance);
    }
    if books.key_of_refund(Channel::Wechat, &asked.out_refund_no).is_some() {
        return Err(Refused::RefundNumberUsed);
    }
    let (key, refund) = (asked.key.clone(), opened(asked, now));
    books.add_refund(&key, refund.clone());
    let order = books.order(&key, now).ok_or(Refused::OrderUnknown)?.clone();
    Ok(Entered { order, refund, new: true })
}

fn opened(asked: NewRefund, now: Timestamp) -> Refund {
    Refund {
        out_refund_no: asked.out_refund_no,
        refund_id: format!("5030{}", random_digits(24)),
        amount: asked.amount,
        reason: asked.reason,
        notify_url: asked.notify_url,
        status: RefundStatus::Processing,
        created_at: now,
        finished_at: None,
    }
}

fn check_state(
    order: &Order,
    asked: &NewRefund,
    gap: Duration,
    now: Timestamp,
) -> Result<(), Refused> {
    if order.status != OrderStatus::Paid {
        return Err(Refused::NotPaid);
    }
    if order.total != asked.total {
        return Err(Refused::TotalDiffers);
    }
    if order.refunded().plus(asked.amount.0) > order.total {
        return Err(Refused::RefundExceeds);
    }
    if order.refunds.len() >= MAX_REFUNDS {
        return Err(Refused::RefundsTooMany);
    }
    if order.refunds.last().is_some_and(|last| clock::after(last.created_at, gap) > now) {
        return Err(Refused::RefundsTooFast);
    }
    if order.paid_at.is_some_and(|at| clock::after(at, REFUNDABLE) <= now) {
        return Err(Refused::TooLateToRefund);
    }
    Ok(())
}

/// How a refund ends when nobody interferes, or as a fault says.
pub(super) fn outcome(forced: Option<FaultKind>) -> RefundStatus {
    match forced {
        Some(FaultKind::RefundAbnormal) => RefundStatus::Abnormal,
        Some(FaultKind::RefundClosed) => RefundStatus::Closed,
        Some(_) | None => RefundStatus::Success,
    }
}
