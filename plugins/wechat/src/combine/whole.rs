//! A combined order as one payment: paid, unpaid or closed with all of its parts.

use paymux_channel::Outcome;
use paymux_core::AttemptId;
use paymux_core::payment::{PartNo, Receipt};

use super::{Combined, SubState};

/// All parts are paid by one act, so what they say must agree; where it does not, it is unknown
/// and asked about again.
pub(super) fn outcome(combined: &Combined) -> Outcome {
    if let Some(receipt) = receipt(combined) {
        return Outcome::Paid(receipt);
    }
    let all = |state: &SubState| combined.subs.iter().all(|it| it.state == *state);
    if all(&SubState::Unpaid) {
        return Outcome::Unpaid;
    }
    if all(&SubState::Closed) {
        return Outcome::Closed;
    }
    let mut codes = combined.subs.iter().filter_map(|it| match &it.state {
        SubState::Unknown { code } => Some(code.clone()),
        SubState::Paid(_) | SubState::Unpaid | SubState::Closed => None,
    });
    Outcome::Unknown { code: codes.next().unwrap_or_else(|| "PARTS_DIFFER".to_owned()) }
}

/// The sum, when every part is paid; the first part's number stands for all.
pub(super) fn receipt(combined: &Combined) -> Option<Receipt> {
    let mut parts = combined.subs.iter().map(|it| match &it.state {
        SubState::Paid(receipt) => Some(receipt),
        SubState::Unpaid | SubState::Closed | SubState::Unknown { .. } => None,
    });
    let mut whole = parts.next()??.clone();
    for part in parts {
        let part = part?;
        whole.amount = whole.amount.checked_add(part.amount).ok()?;
        whole.paid_at = whole.paid_at.max(part.paid_at);
    }
    Some(whole)
}

/// Each part once, by the numbers that follow from the order's own.
pub(super) fn is_all_of(combined: &Combined, attempt: AttemptId) -> bool {
    let numbered = |(index, it): (u8, &super::query::Part)| {
        let number = PartNo::new(index).map(|number| attempt.out_trade_no_of(number));
        number.as_ref() == Some(&it.out_trade_no)
    };
    (1..).zip(&combined.subs).all(numbered)
}
