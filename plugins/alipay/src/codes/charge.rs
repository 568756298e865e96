//! Of `alipay.trade.pay`, which takes money: refused is only what says so of this very charge.

use super::Meaning::{Payer, Query, Refused};
use super::placing::PLACING;
use super::{NOTES, Row, SPEC, Table};

pub(super) const TABLE: Table = &[PLACING, CHARGE, STRANGE];

pub(super) const CHARGE: &[Row] = &[
    // "It may have succeeded or failed": ask.
    Row("SYSTEM_ERROR", Query, NOTES),
    Row("TRADE_SETTLE_ERROR", Query, SPEC),
    // The application, the account, its contract.
    Row("SUB_MERCHANT_CREATE_FAIL", Refused, SPEC),
    Row("SUB_MERCHANT_TYPE_INVALID", Refused, SPEC),
    Row("SMILE_PAY_MERCHANT_NOT_MATCH", Refused, SPEC),
    // The payer: another card, another wallet, a fresh code.
    Row("PAYMENT_AUTH_CODE_INVALID", Payer, SPEC),
    Row("AUTH_TOKEN_IS_NOT_EXIST", Payer, SPEC),
    Row("BUYER_NOT_MAINLAND_CERT", Payer, SPEC),
    Row("NOT_CERTIFIED_USER", Payer, SPEC),
    Row("NOT_SUPPORT_PAYMENT_INST", Payer, SPEC),
    Row("USER_LOGONID_DUP", Payer, SPEC),
    Row("PAYER_UNMATCHED", Payer, SPEC),
];

/// Of products that are never asked for (agreements, holds, offline cards, credit). If one comes,
/// something is not as we think: ask.
pub(super) const STRANGE: &[Row] = &[
    Row("AGREEMENT_ERROR", Query, SPEC),
    Row("AGREEMENT_INVALID", Query, SPEC),
    Row("AGREEMENT_NOT_EXIST", Query, SPEC),
    Row("AGREEMENT_STATUS_NOT_NORMAL", Query, SPEC),
    Row("AUTH_AMOUNT_NOT_ENOUGH", Query, SPEC),
    Row("AUTH_NO_ERROR", Query, SPEC),
    Row("AUTH_ORDER_HAS_CLOSED", Query, SPEC),
    Row("AUTH_ORDER_HAS_FINISHED", Query, SPEC),
    Row("AUTH_ORDER_NOT_PAID", Query, SPEC),
    Row("PRE_AUTH_PROD_CODE_INCONSISTENT", Query, SPEC),
    Row("BUYER_UNSUPPORT_ADVANCE", Query, SPEC),
    Row("MERCHANT_UNSUPPORT_ADVANCE", Query, SPEC),
    Row("ORDER_UNSUPPORT_ADVANCE", Query, SPEC),
    Row("CARD_TYPE_ERROR", Query, SPEC),
    Row("CARD_USER_NOT_MATCH", Query, SPEC),
    Row("CERT_EXPIRED", Query, SPEC),
    Row("CYCLE_PAY_DATE_NOT_MATCH", Query, SPEC),
    Row("CYCLE_PAY_SINGLE_FEE_EXCEED", Query, SPEC),
    Row("CYCLE_PAY_TOTAL_FEE_EXCEED", Query, SPEC),
    Row("CYCLE_PAY_TOTAL_TIMES_EXCEED", Query, SPEC),
    Row("ROYALTY_ACCOUNT_NOT_EXIST", Query, SPEC),
    Row("ZM_AUTH_AMOUNT_EXCEED", Query, SPEC),
    Row("ZM_AUTH_RULE_LIMIT", Query, SPEC),
    Row("ZM_CREDIT_AUTH_FAIL", Query, SPEC),
];
