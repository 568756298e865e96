//! Alipay's own words: methods, statuses, amounts.

use paymux_core::money::MoneyError;
use paymux_core::{Currency, Money};

/// The OpenAPI methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    Precreate,
    PagePay,
    Query,
    Close,
    Refund,
    RefundQuery,
}

impl Api {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Precreate => "alipay.trade.precreate",
            Self::PagePay => "alipay.trade.page.pay",
            Self::Query => "alipay.trade.query",
            Self::Close => "alipay.trade.close",
            Self::Refund => "alipay.trade.refund",
            Self::RefundQuery => "alipay.trade.fastpay.refund.query",
        }
    }

    /// The member of the answer that is signed.
    pub(crate) fn node(self) -> String {
        format!("{}_response", self.name().replace('.', "_"))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TradeStatus {
    WaitBuyerPay,
    Success,
    /// Paid, and past the time for refunds.
    Finished,
    /// Never paid, or paid and refunded in full: the status alone does not say.
    Closed,
    Unrecognised(String),
}

impl From<&str> for TradeStatus {
    fn from(word: &str) -> Self {
        match word {
            "WAIT_BUYER_PAY" => Self::WaitBuyerPay,
            "TRADE_SUCCESS" => Self::Success,
            "TRADE_FINISHED" => Self::Finished,
            "TRADE_CLOSED" => Self::Closed,
            _ => Self::Unrecognised(word.to_owned()),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RefundStatus {
    Success,
    Unrecognised(String),
}

impl From<&str> for RefundStatus {
    fn from(word: &str) -> Self {
        match word {
            "REFUND_SUCCESS" => Self::Success,
            _ => Self::Unrecognised(word.to_owned()),
        }
    }
}

/// Whether a refund request moved money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FundChange {
    Yes,
    /// Also said of a repeat whose first try did.
    No,
    Unrecognised(String),
}

impl From<Option<&str>> for FundChange {
    fn from(word: Option<&str>) -> Self {
        match word {
            Some("Y") => Self::Yes,
            Some("N") | None => Self::No,
            Some(other) => Self::Unrecognised(other.to_owned()),
        }
    }
}

/// Every amount of these products is in yuan with at most two decimals.
pub(crate) fn yuan(text: &str) -> Result<Money, MoneyError> {
    Money::from_decimal(text, Currency::Cny)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_named_after_their_methods() {
        assert_eq!(Api::Precreate.node(), "alipay_trade_precreate_response");
        assert_eq!(Api::RefundQuery.node(), "alipay_trade_fastpay_refund_query_response");
    }

    #[test]
    fn words_are_exact() {
        for (word, status) in [
            ("WAIT_BUYER_PAY", TradeStatus::WaitBuyerPay),
            ("TRADE_SUCCESS", TradeStatus::Success),
            ("TRADE_FINISHED", TradeStatus::Finished),
            ("TRADE_CLOSED", TradeStatus::Closed),
            ("trade_success", TradeStatus::Unrecognised("trade_success".into())),
            ("TRADE_PENDING", TradeStatus::Unrecognised("TRADE_PENDING".into())),
        ] {
            assert_eq!(TradeStatus::from(word), status);
        }
        assert_eq!(RefundStatus::from("REFUND_SUCCESS"), RefundStatus::Success);
        assert_eq!(RefundStatus::from("X"), RefundStatus::Unrecognised("X".into()));
        assert_eq!(FundChange::from(Some("Y")), FundChange::Yes);
        assert_eq!(FundChange::from(Some("N")), FundChange::No);
        assert_eq!(FundChange::from(None), FundChange::No);
        assert_eq!(FundChange::from(Some("y")), FundChange::Unrecognised("y".into()));
    }
}
