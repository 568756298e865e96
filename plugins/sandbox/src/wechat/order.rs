//! The rules of orders, the same in both versions: entering, charging, closing, reversing.

use std::time::Duration;

use jiff::Timestamp;

use super::combine;
use super::owner::Owner;
use super::refused::Refused;
use crate::books::{
    Books, Channel, Charged, CodeKind, CodeRefusal, Key, NewOrder, Order, OrderStatus, Product,
    Reversal,
};
use crate::clock;
use crate::fault::{MagicCode, by_payment_code};
use crate::money::Fen;

/// A charge can be taken back for so long; after it there are refunds.
const REVERSIBLE: Duration = Duration::from_hours(7 * 24);

/// Enters an order, or finds it again: the same number must repeat the same parameters.
pub(super) fn place(books: &mut Books, new: NewOrder, now: Timestamp) -> Result<Key, Refused> {
    let key = (new.channel, new.out_trade_no.clone());
    let Some(known) = books.order(&key, now) else {
        books.insert(new, now);
        return Ok(key);
    };
    repeatable(known, &new)?;
    // A new code each time, and the one before it dies. A prepay id is given again while it lives.
    let renewed = known.product == Product::Qr || known.code_dies_at <= now;
    if renewed {
        books.renew_token(&key, now);
    }
    Ok(key)
}

fn repeatable(known: &Order, new: &NewOrder) -> Result<(), Refused> {
    if known.product != new.product || known.notes != new.notes {
        return Err(Refused::NumberUsed);
    }
    match known.status {
        OrderStatus::Paid => Err(Refused::OrderPaid),
        OrderStatus::Closed if known.reversed => Err(Refused::OrderReversed),
        OrderStatus::Closed => Err(Refused::OrderClosed),
        OrderStatus::Offered | OrderStatus::Waiting if known.content != new.content => {
            Err(Refused::Differs)
        }
        OrderStatus::Offered | OrderStatus::Waiting => Ok(()),
    }
}

/// What a till scanned, and the amount above which the payer's phone asks for the password.
pub(super) struct Scanned<'a> {
    pub(super) auth_code: &'a str,
    pub(super) confirm_above: Fen,
}

/// Charges a payment code. A repeat tells what became of the first try.
pub(super) fn charge(
    books: &mut Books,
    mut new: NewOrder,
    scanned: &Scanned<'_>,
    now: Timestamp,
) -> Result<Charged, Refused> {
    let key = (new.channel, new.out_trade_no.clone());
    if let Some(known) = books.order(&key, now) {
        repeatable(known, &new)?;
        return Ok(Charged::Confirming(Box::new(known.clone())));
    }
    match by_payment_code(scanned.auth_code) {
        Some(MagicCode::Pays) => return Ok(books.charge(new, false, now)),
        Some(MagicCode::Confirms) => return Ok(books.charge(new, true, now)),
        Some(MagicCode::Refuses(_)) => return Err(Refused::AuthCodeUnknown),
        None => {}
    }
    let code = books.codes.redeem(Channel::Wechat, scanned.auth_code, now).map_err(of_code)?;
    let CodeKind::Payment { confirm } = code.kind else { return Err(Refused::AuthCodeUnknown) };
    let confirm = confirm || new.total > scanned.confirm_above;
    new.payer = Some(code.payer);
    Ok(books.charge(new, confirm, now))
}

pub(super) fn of_code(refusal: CodeRefusal) -> Refused {
    match refusal {
        CodeRefusal::Unknown => Refused::AuthCodeUnknown,
        CodeRefusal::Used => Refused::AuthCodeUsed,
        CodeRefusal::Expired => Refused::AuthCodeExpired,
    }
}

/// The merchant's own order.
pub(super) fn owned<'a>(
    books: &'a mut Books,
    key: &Key,
    owner: &Owner,
    now: Timestamp,
) -> Result<&'a mut Order, Refused> {
    let order = books.order(key, now).ok_or(Refused::OrderUnknown)?;
    if owner.owns(order) { Ok(order) } else { Err(Refused::OtherMerchant) }
}

/// The merchant's own order, and one that stands for itself.
pub(super) fn single<'a>(
    books: &'a mut Books,
    key: &Key,
    owner: &Owner,
    now: Timestamp,
) -> Result<&'a mut Order, Refused> {
    let order = owned(books, key, owner, now)?;
    if combine::number(order).is_some() { Err(Refused::OrderUnknown) } else { Ok(order) }
}

/// Closing what is closed succeeds again.
pub(super) fn close(
    books: &mut Books,
    key: &Key,
    owner: &Owner,
    now: Timestamp,
) -> Result<(), Refused> {
    let order = single(books, key, owner, now)?;
    match order.status {
        OrderStatus::Paid => Err(Refused::OrderPaid),
        OrderStatus::Closed => Ok(()),
        OrderStatus::Offered | OrderStatus::Waiting if order.product == Product::Barcode => {
            Err(Refused::OnlyReversible)
        }
        OrderStatus::Offered | OrderStatus::Waiting => {
            order.status = OrderStatus::Closed;
            order.closed_at = Some(now);
            Ok(())
        }
    }
}

/// Takes a charge back: unpaid it closes, paid the money returns. Again is the same.
pub(super) fn reverse(
    books: &mut Books,
    key: &Key,
    owner: &Owner,
    now: Timestamp,
) -> Result<Reversal, Refused> {
    let order = owned(books, key, owner, now)?;
    if order.product != Product::Barcode {
        return Err(Refused::NotReversible);
    }
    if clock::after(order.created_at, REVERSIBLE) <= now {
        return Err(Refused::TooLateToReverse);
    }
    books.reverse(key, now).ok_or(Refused::OrderUnknown)
}
