//! Alipay's own words: methods, statuses, amounts.

use paymux_core::money::MoneyError;
use paymux_core::{Currency, Money};

/// The OpenAPI methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    Precreate,
    PagePay,
    WapPay,
    AppPay,
    Create,
    Pay,
    Query,
    Close,
    Cancel,
    Refund,
    RefundQuery,
    Transfer,
    TransferQuery,
    Settle,
    SettleQuery,
    RoyaltyBind,
    RoyaltyUnbind,
    OauthToken,
    CertDownload,
    BillAddress,
}

impl Api {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Precreate => "alipay.trade.precreate",
            Self::PagePay => "alipay.trade.page.pay",
            Self::WapPay => "alipay.trade.wap.pay",
            Self::AppPay => "alipay.trade.app.pay",
            Self::Create => "alipay.trade.create",
            Self::Pay => "alipay.trade.pay",
            Self::Query => "alipay.trade.query",
            Self::Close => "alipay.trade.close",
            Self::Cancel => "alipay.trade.cancel",
            Self::Refund => "alipay.trade.refund",
            Self::RefundQuery => "alipay.trade.fastpay.refund.query",
            Self::Transfer => "alipay.fund.trans.uni.transfer",
            Self::TransferQuery => "alipay.fund.trans.common.query",
            Self::Settle => "alipay.trade.order.settle",
            Self::SettleQuery => "alipay.trade.order.settle.query",
            Self::RoyaltyBind => "alipay.trade.royalty.relation.bind",
            Self::RoyaltyUnbind => "alipay.trade.royalty.relation.unbind",
            Self::OauthToken => "alipay.system.oauth.token",
            Self::CertDownload => "alipay.open.app.alipaycert.download",
            Self::BillAddress => "alipay.data.dataservice.bill.downloadurl.query",
        }
    }
}

/// The member of an answer to `method` that is signed.
pub(crate) fn node(method: &str) -> String {
    format!("{}_response", method.replace('.', "_"))
}

/// A certificate's number (SN) at Alipay; it may be a stranger's word.
pub(crate) fn is_serial(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it))
}

/// Longest `trade_no`.
const MAX_TRADE_NO: usize = 64;

/// The trade's number at Alipay, as it may be kept and shown.
pub(crate) fn is_trade_no(text: &str) -> bool {
    let length = (1..=MAX_TRADE_NO).contains(&text.len());
    length && text.bytes().all(|it| it.is_ascii_alphanumeric())
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

/// `status` of a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TransferStatus {
    Success,
    Fail,
    /// Never paid.
    Closed,
    /// The bank works on it.
    Dealing,
    WaitPay,
    /// It was paid, and the bank sent it back.
    Refund,
    Unrecognised(String),
}

impl From<&str> for TransferStatus {
    fn from(word: &str) -> Self {
        match word {
            "SUCCESS" => Self::Success,
            "FAIL" => Self::Fail,
            "CLOSED" => Self::Closed,
            "DEALING" => Self::Dealing,
            "WAIT_PAY" => Self::WaitPay,
            "REFUND" => Self::Refund,
            _ => Self::Unrecognised(word.to_owned()),
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
        assert_eq!(node(Api::Precreate.name()), "alipay_trade_precreate_response");
        let refund_query = "alipay_trade_fastpay_refund_query_response";
        assert_eq!(node(Api::RefundQuery.name()), refund_query);
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
