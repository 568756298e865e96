//! The forms of ids as regular expressions (ECMA 262), for those who only read of them.
//!
//! They say what an id looks like; which texts are ids, parsing decides.

use super::{
    AccountId, AttemptId, EndpointId, EventId, MerchantId, OrderNo, PaymentId, PlateId, RefundId,
    SplitId, TransferId, VoucherNo,
};

/// The digits of 128 bits, and those of a number behind them.
macro_rules! of_payment {
    ($head:literal, $tail:literal) => {
        concat!("^", $head, "[0-7][0-9A-HJKMNP-TV-Z]{25}", $tail, "$")
    };
}

impl PaymentId {
    pub const PATTERN: &str = of_payment!("pay_", "");
}

impl AttemptId {
    pub const PATTERN: &str = of_payment!("", "[0-9A-HJKMNP-TV-Z]{2}");
    pub const PART_PATTERN: &str = of_payment!("", "[0-9A-HJKMNP-TV-Z]{2}-([1-9]|10)");
    /// Of an order, or of a part of one.
    pub const OUT_TRADE_NO_PATTERN: &str = of_payment!("", "[0-9A-HJKMNP-TV-Z]{2}(-([1-9]|10))?");
}

impl RefundId {
    pub const PATTERN: &str = of_payment!("ref_", "[0-9A-HJKMNP-TV-Z]{2}");
    pub const OUT_REFUND_NO_PATTERN: &str = of_payment!("", "R[0-9A-HJKMNP-TV-Z]{2}");
}

impl SplitId {
    pub const PATTERN: &str = of_payment!("spl_", "[0-9A-HJKMNP-TV-Z]{2}");
    pub const OUT_ORDER_NO_PATTERN: &str = of_payment!("", "S[0-9A-HJKMNP-TV-Z]{2}");
}

impl TransferId {
    pub const PATTERN: &str = of_payment!("trf_", "");
    pub const OUT_BILL_NO_PATTERN: &str = of_payment!("", "T");
}

impl EventId {
    pub const PATTERN: &str = of_payment!("evt_", "[0-9A-HJKMNP-TV-Z]{4}");
}

const NAME: &str = "^[a-z0-9_-]{1,40}$";

impl MerchantId {
    pub const PATTERN: &str = NAME;
}

impl AccountId {
    pub const PATTERN: &str = NAME;
}

impl EndpointId {
    pub const PATTERN: &str = NAME;
}

impl PlateId {
    pub const PATTERN: &str = NAME;
}

impl VoucherNo {
    pub const PATTERN: &str = "^[0-9A-Za-z_-]{1,64}$";
}

impl OrderNo {
    pub const PATTERN: &str = "^[0-9A-Za-z_-]{1,64}$";
}
