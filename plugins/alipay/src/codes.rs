//! The error codes that are definite. Everything else is unknown, and unknown is never failed.

use paymux_channel::{Outcome, RefundOutcome};
use paymux_core::payment::Refusal;
use paymux_core::refund::RefundFact;

/// Longest code kept; Alipay's longest have 50.
const MAX_CODE: usize = 64;
/// Characters of a message kept: `isv.invalid-signature` echoes the whole request.
const MAX_MESSAGE: usize = 256;

/// Gateway codes before any business: permission, arguments, conditions, authorisation.
const NOT_PROCESSED: [&str; 5] = ["20001", "40001", "40002", "40003", "40006"];
const BUSINESS_FAILED: &str = "40004";

/// `sub_code`s after which an order was not placed and this number will not be paid.
pub(crate) const PAY_REFUSED: &[&str] = &[
    "INVALID_PARAMETER",
    // The account or its contract.
    "ACCESS_FORBIDDEN",
    "PARTNER_ERROR",
    "MERCHANT_AGREEMENT_NOT_EXIST",
    "MERCHANT_AGREEMENT_INVALID",
    "MERCHANT_STATUS_NOT_NORMAL",
    "SELLER_BEEN_BLOCKED",
    "SELLER_NOT_EXIST",
    // The payer.
    "BUYER_BALANCE_NOT_ENOUGH",
    "BUYER_BANKCARD_BALANCE_NOT_ENOUGH",
    "ERROR_BALANCE_PAYMENT_DISABLE",
    "BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR",
    "BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR",
    "NO_PAYMENT_INSTRUMENTS_AVAILABLE",
    "PAYMENT_FAIL",
    "BUYER_ENABLE_STATUS_FORBID",
    "ERROR_BUYER_CERTIFY_LEVEL_LIMIT",
    "PULL_MOBILE_CASHIER_FAIL",
    "MOBILE_PAYMENT_SWITCH_OFF",
    "USER_FACE_PAYMENT_SWITCH_OFF",
    // The order.
    "BUYER_SELLER_EQUAL",
    "EXIST_FORBIDDEN_WORD",
    "TOTAL_FEE_EXCEED",
    "NOW_TIME_AFTER_EXPIRE_TIME_ERROR",
    "SUB_GOODS_SIZE_MAX_COUNT",
    "INVALID_STORE_ID",
    "RISK_MERCHANT_IP_NOT_EXIST",
    // The merchant's limits, and risk.
    "BEYOND_PAY_RESTRICTION",
    "BEYOND_PER_RECEIPT_RESTRICTION",
    "BEYOND_PER_RECEIPT_DAY_RESTRICTION",
    "BEYOND_PER_RECEIPT_SINGLE_RESTRICTION",
    "MERCHANT_PERM_RECEIPT_SUSPEND_LIMIT",
    "MERCHANT_PERM_RECEIPT_SINGLE_LIMIT",
    "MERCHANT_PERM_RECEIPT_DAY_LIMIT",
    "REQUEST_AMOUNT_EXCEED",
    "PRODUCT_AMOUNT_LIMIT_ERROR",
    "PAYMENT_REQUEST_HAS_RISK",
];

/// `sub_code`s after which this refund did not happen and, under its number, will not.
///
/// Not here, on purpose: `SELLER_BALANCE_NOT_ENOUGH` (same number again after a top-up),
/// `TRADE_HAS_CLOSE` (perhaps because this very refund emptied it), `DISCORDANT_REPEAT_REQUEST`
/// (the number did refund, another amount).
pub(crate) const REFUND_REFUSED: &[&str] = &[
    "TRADE_HAS_FINISHED",
    "TRADE_NOT_ALLOW_REFUND",
    "NOT_ALLOW_PARTIAL_REFUND",
    "ONLINE_TRADE_VOUCHER_NOT_ALLOW_REFUND",
    "TRADE_STATUS_ERROR",
    "REFUND_FEE_ERROR",
    "REASON_TRADE_REFUND_FEE_ERR",
    "REASON_TRADE_BEEN_FREEZEN",
    "BUYER_ERROR",
    "BUYER_NOT_EXIST",
    "BUYER_ENABLE_STATUS_FORBID",
];

/// It no longer waits for its payer: paid, or closed already. Only a query can tell.
pub(crate) const CLOSE_TOO_LATE: &[&str] =
    &["TRADE_STATUS_ERROR", "REASON_TRADE_STATUS_INVALID", "REASON_ILLEGAL_STATUS"];

const TRADE_NOT_EXIST: &str = "TRADE_NOT_EXIST";

/// Too many calls, of the application or of one method, by `sub_code` or where there is none; the
/// last two are the bill service's words.
const LIMITED: &[&str] = &[
    "isv.app-call-limited",
    "isv.method-call-limited",
    "40005",
    "SYSTEM_RATE_LIMIT",
    "USER_RATE_LIMIT",
];

/// Of the code of an unknown outcome.
pub(crate) fn is_limited(code: &str) -> bool {
    LIMITED.contains(&code)
}

/// An answer other than success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    code: String,
    sub_code: String,
    message: String,
    signed: bool,
}

impl Failure {
    pub(crate) fn new(code: String, sub_code: String, message: String, signed: bool) -> Self {
        Self { code, sub_code, message, signed }
    }

    /// Whether an order could not be placed. What the gateway refuses before any business counts:
    /// an order asks for no money by itself, and a first answer that was lost showed nobody a code.
    pub(crate) fn of_pay(self) -> Outcome {
        let gateway = self.signed && NOT_PROCESSED.contains(&self.code.as_str());
        if gateway || self.is_one_of(PAY_REFUSED) {
            Outcome::Refused(self.refusal())
        } else {
            self.unknown()
        }
    }

    pub(crate) fn of_query(self) -> Outcome {
        if self.is_absent() { Outcome::Absent } else { self.unknown() }
    }

    pub(crate) fn of_close(self) -> Outcome {
        if self.is_one_of(CLOSE_TOO_LATE) {
            Outcome::AlreadyPaid
        } else if self.is_absent() {
            Outcome::Absent
        } else {
            self.unknown()
        }
    }

    /// Only business codes count: a gateway refusing a repeat says nothing about the first try,
    /// which may have moved the money.
    pub(crate) fn of_refund(self) -> Outcome {
        if self.is_one_of(REFUND_REFUSED) {
            Outcome::Refund(RefundOutcome::Fact(RefundFact::Refused(self.refusal())))
        } else {
            self.unknown()
        }
    }

    /// No trade, so no refund of it.
    pub(crate) fn of_refund_query(self) -> Outcome {
        if self.is_absent() { Outcome::Refund(RefundOutcome::Absent) } else { self.unknown() }
    }

    fn is_absent(&self) -> bool {
        self.is_one_of(&[TRADE_NOT_EXIST])
    }

    /// Unsigned words decide nothing. Codes come with `ACQ.`, misspelt, or bare.
    fn is_one_of(&self, table: &[&str]) -> bool {
        let bare = ["ACQ.", "AQC."].iter().find_map(|it| self.sub_code.strip_prefix(it));
        let bare = bare.unwrap_or(&self.sub_code);
        self.signed && self.code == BUSINESS_FAILED && table.contains(&bare)
    }

    fn refusal(&self) -> Refusal {
        let message = self.message.chars().take(MAX_MESSAGE).collect();
        Refusal { code: self.name(), message }
    }

    fn unknown(&self) -> Outcome {
        Outcome::Unknown { code: self.name() }
    }

    /// The most telling code, fit for a log line whoever wrote it.
    fn name(&self) -> String {
        let code = if self.sub_code.is_empty() { &self.code } else { &self.sub_code };
        let plain = |it: &char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-');
        code.chars().filter(plain).take(MAX_CODE).collect()
    }
}

#[cfg(test)]
mod tests;
