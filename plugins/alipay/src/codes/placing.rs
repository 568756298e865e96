//! Of all that places an order or charges one: refused means the same of both.

use super::Meaning::{Payer, Query, Refused};
use super::{Row, SPEC};

pub(super) const PLACING: &[Row] = &[
    // Something is known under this number.
    Row("TRADE_HAS_SUCCESS", Query, SPEC),
    Row("TRADE_HAS_CLOSE", Query, SPEC),
    Row("CONTEXT_INCONSISTENT", Query, SPEC),
    Row("TRADE_BUYER_NOT_MATCH", Query, SPEC),
    Row("TRADE_STATUS_ERROR", Query, SPEC),
    // The application, the account, its contract.
    Row("ACCESS_FORBIDDEN", Refused, SPEC),
    Row("PARTNER_ERROR", Refused, SPEC),
    Row("MERCHANT_AGREEMENT_NOT_EXIST", Refused, SPEC),
    Row("MERCHANT_AGREEMENT_INVALID", Refused, SPEC),
    Row("MERCHANT_STATUS_NOT_NORMAL", Refused, SPEC),
    Row("SELLER_BEEN_BLOCKED", Refused, SPEC),
    Row("SELLER_NOT_EXIST", Refused, SPEC),
    Row("INVALID_RECEIVE_ACCOUNT", Refused, SPEC),
    Row("UN_SUPPORT_TRADE_SCENE", Refused, SPEC),
    Row("RESTRICTED_MERCHANT_INDUSTRY", Refused, SPEC),
    // Merchants below a provider.
    Row("SECONDARY_MERCHANT_STATUS_ERROR", Refused, SPEC),
    Row("SECONDARY_MERCHANT_ID_INVALID", Refused, SPEC),
    Row("SECONDARY_MERCHANT_ID_BLANK", Refused, SPEC),
    Row("SECONDARY_MERCHANT_NOT_MATCH", Refused, SPEC),
    Row("SECONDARY_MERCHANT_ISV_PUNISH_INDIRECT", Refused, SPEC),
    Row("SECONDARY_MERCHANT_ALIPAY_ACCOUNT_INVALID", Refused, SPEC),
    Row("PLATFORM_BUSINESS_ACQUIRE_MODE_MUST_MERCHANT_ID", Refused, SPEC),
    Row("DEFAULT_SETTLE_RULE_NOT_EXIST", Refused, SPEC),
    // The payer.
    Row("BUYER_BALANCE_NOT_ENOUGH", Payer, SPEC),
    Row("BUYER_BANKCARD_BALANCE_NOT_ENOUGH", Payer, SPEC),
    Row("ERROR_BALANCE_PAYMENT_DISABLE", Payer, SPEC),
    Row("BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR", Payer, SPEC),
    Row("BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR", Payer, SPEC),
    Row("NO_PAYMENT_INSTRUMENTS_AVAILABLE", Payer, SPEC),
    Row("PAYMENT_FAIL", Payer, SPEC),
    Row("BUYER_ENABLE_STATUS_FORBID", Payer, SPEC),
    Row("BUYER_NOT_EXIST", Payer, SPEC),
    Row("ERROR_BUYER_CERTIFY_LEVEL_LIMIT", Payer, SPEC),
    Row("PULL_MOBILE_CASHIER_FAIL", Payer, SPEC),
    Row("MOBILE_PAYMENT_SWITCH_OFF", Payer, SPEC),
    Row("USER_FACE_PAYMENT_SWITCH_OFF", Payer, SPEC),
    Row("BUYER_SELLER_EQUAL", Payer, SPEC),
    // The order.
    Row("INVALID_PARAMETER", Refused, SPEC),
    Row("EXIST_FORBIDDEN_WORD", Refused, SPEC),
    Row("TOTAL_FEE_EXCEED", Refused, SPEC),
    Row("AMOUNT_OR_CURRENCY_ERROR", Refused, SPEC),
    Row("CURRENCY_NOT_SUPPORT", Refused, SPEC),
    Row("NOW_TIME_AFTER_EXPIRE_TIME_ERROR", Refused, SPEC),
    Row("SUB_GOODS_SIZE_MAX_COUNT", Refused, SPEC),
    Row("INVALID_STORE_ID", Refused, SPEC),
    Row("RISK_MERCHANT_IP_NOT_EXIST", Refused, SPEC),
    // The merchant's limits, and risk.
    Row("BEYOND_PAY_RESTRICTION", Refused, SPEC),
    Row("BEYOND_PER_RECEIPT_RESTRICTION", Refused, SPEC),
    Row("BEYOND_PER_RECEIPT_DAY_RESTRICTION", Refused, SPEC),
    Row("BEYOND_PER_RECEIPT_SINGLE_RESTRICTION", Refused, SPEC),
    Row("MERCHANT_PERM_RECEIPT_SUSPEND_LIMIT", Refused, SPEC),
    Row("MERCHANT_PERM_RECEIPT_SINGLE_LIMIT", Refused, SPEC),
    Row("MERCHANT_PERM_RECEIPT_DAY_LIMIT", Refused, SPEC),
    Row("REQUEST_AMOUNT_EXCEED", Refused, SPEC),
    Row("PRODUCT_AMOUNT_LIMIT_ERROR", Refused, SPEC),
    Row("PAYMENT_REQUEST_HAS_RISK", Refused, SPEC),
];
