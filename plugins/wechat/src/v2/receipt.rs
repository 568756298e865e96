//! Proof of money, as queries, charges and notifications carry it.

use paymux_core::payment::Receipt;
use paymux_core::{Currency, Money, Timestamp};

use super::time;
use super::xml::Fields;
use crate::transaction::is_id;

/// The order's total, whatever of it coupons paid. Paid is paid, whether or not it says when; then
/// it was not later than `told_at`.
pub(crate) fn read(fields: &Fields, told_at: Timestamp) -> Result<Receipt, &'static str> {
    let id = fields.text("transaction_id").filter(|it| is_id(it)).ok_or("transaction_id")?;
    let paid_at = match fields.text("time_end") {
        Some(text) => time::read(text).ok_or("time_end")?,
        None => told_at,
    };
    let amount = money(fields, "total_fee")?;
    Ok(Receipt { amount, channel_trade_no: id.to_owned(), paid_at })
}

/// In fen; another currency than the unnamed one is named beside it.
pub(crate) fn money(fields: &Fields, name: &str) -> Result<Money, &'static str> {
    let currency = match fields.text("fee_type") {
        Some(code) => code.parse().map_err(|_| "fee_type")?,
        None => Currency::Cny,
    };
    let digits = fields.text(name).filter(|it| it.bytes().all(|it| it.is_ascii_digit()));
    let minor = digits.and_then(|it| it.parse().ok()).ok_or("an amount")?;
    Money::new(minor, currency).map_err(|_| "an amount")
}
