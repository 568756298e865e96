//! Of `alipay.trade.refund`: refused is what, under its number, did not happen and will not.

use super::Meaning::{Query, Refused, Retry, Spent};
use super::{Row, SPEC, Table};

pub(super) const TABLE: Table = &[REFUND];

pub(super) const REFUND: &[Row] = &[
    Row("SYSTEM_ERROR", Retry, SPEC),
    Row("REFUND_CHARGE_ERROR", Retry, SPEC),
    Row("ENTERPRISE_PAY_BIZ_ERROR", Retry, SPEC),
    // The same number works again after a top-up, or when the account is mended.
    Row("SELLER_BALANCE_NOT_ENOUGH", Retry, SPEC),
    Row("REFUND_ACCOUNT_NOT_EXIST", Retry, SPEC),
    Row("CUSTOMER_VALIDATE_ERROR", Query, SPEC),
    // Perhaps because this very refund emptied it.
    Row("TRADE_HAS_CLOSE", Spent, SPEC),
    // The number did refund, another amount.
    Row("DISCORDANT_REPEAT_REQUEST", Query, SPEC),
    Row("REFUND_AMT_NOT_EQUAL_TOTAL", Query, SPEC),
    Row("REASON_TRADE_STATUS_INVALID", Query, SPEC),
    Row("TRADE_NOT_EXIST", Query, SPEC),
    Row("INVALID_PARAMETER", Query, SPEC),
    Row("USER_NOT_MATCH_ERR", Query, SPEC),
    Row("CURRENCY_NOT_SUPPORT", Query, SPEC),
    // Of shares and of lent refunds, which are never asked for.
    Row("REFUNDALLOC_UNAUTH_LIMIT", Query, SPEC),
    Row("REFUND_ROYALTY_PAYEE_ACCOUNT_NOT_EXIST", Query, SPEC),
    Row("ALLOC_AMOUNT_VALIDATE_ERROR", Query, SPEC),
    Row("OVERDRAFT_AGREEMENT_NOT_MATCH", Query, SPEC),
    Row("OVERDRAFT_ASSIGN_ACCOUNT_INVALID", Query, SPEC),
    Row("TRADE_HAS_FINISHED", Refused, SPEC),
    Row("TRADE_NOT_ALLOW_REFUND", Refused, SPEC),
    Row("NOT_ALLOW_PARTIAL_REFUND", Refused, SPEC),
    Row("ONLINE_TRADE_VOUCHER_NOT_ALLOW_REFUND", Refused, SPEC),
    Row("TRADE_STATUS_ERROR", Refused, SPEC),
    Row("REFUND_FEE_ERROR", Refused, SPEC),
    Row("REASON_TRADE_REFUND_FEE_ERR", Refused, SPEC),
    Row("REASON_TRADE_BEEN_FREEZEN", Refused, SPEC),
    Row("BUYER_ERROR", Refused, SPEC),
    Row("BUYER_NOT_EXIST", Refused, SPEC),
    Row("BUYER_ENABLE_STATUS_FORBID", Refused, SPEC),
];
