//! `GET /v3/combine-transactions/out-trade-no/{combine_out_trade_no}`: what became of each part.

use paymux_channel::{BuildError, Call, Mismatch, ParseError, Response, Step};
use paymux_core::payment::Receipt;
use paymux_core::{Currency, Money, Timestamp};
use serde::Deserialize;

use super::{NUMBER, ORDERS, is_number};
use crate::answer::{Answer, UNEXPECTED};
use crate::codes::{Failure, plain};
use crate::settings::Account;
use crate::time;
use crate::transaction::is_id;
use crate::wire::TradeState;

/// A combined order, part by part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Combined {
    pub out_trade_no: String,
    pub subs: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub mch_id: String,
    pub out_trade_no: String,
    pub state: SubState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubState {
    Paid(Receipt),
    /// It waits for its payer.
    Unpaid,
    Closed,
    Unknown {
        code: String,
    },
}

#[derive(Deserialize)]
pub(super) struct Reported {
    combine_appid: String,
    combine_mchid: String,
    combine_out_trade_no: String,
    sub_orders: Vec<SubReported>,
}

#[derive(Deserialize)]
struct SubReported {
    mchid: String,
    out_trade_no: String,
    trade_state: Option<String>,
    transaction_id: Option<String>,
    success_time: Option<String>,
    amount: Option<Amount>,
}

/// `payer_amount` is the payer's own share, which never matters here.
#[derive(Deserialize)]
struct Amount {
    total_amount: i64,
    currency: Option<String>,
}

impl Account {
    pub(super) fn build_combined_query(
        &self,
        out_trade_no: &str,
        call: &Call,
    ) -> Result<Step, BuildError> {
        if !is_number(out_trade_no) {
            return Err(NUMBER);
        }
        self.get(&format!("{ORDERS}/out-trade-no/{out_trade_no}"), call)
    }

    /// The parts, or what was said in place of them.
    pub(super) fn parse_combined_query(
        &self,
        out_trade_no: &str,
        call: &Call,
        response: &Response,
    ) -> Result<Result<Combined, Failure>, ParseError> {
        let said = match Answer::verify(self, call, response)? {
            Answer::Said(said) => said,
            Answer::Done => return Err(UNEXPECTED),
            Answer::Failed(failure) => return Ok(Err(failure)),
        };
        let reported: Reported = said.read()?;
        if reported.combine_out_trade_no != out_trade_no {
            return Err(ParseError::Malformed("it answers for another order"));
        }
        reported.combined(self, call.now).map(Ok).map_err(ParseError::Malformed)
    }
}

impl Reported {
    pub(super) fn out_trade_no(&self) -> &str {
        &self.combine_out_trade_no
    }

    /// What shows that this is about another account.
    pub(super) fn mismatch(&self, account: &Account) -> Option<Mismatch> {
        let apps = account.apps(Some(&account.app_id));
        let sub = account.sub.as_ref().and_then(|it| it.app_id.as_deref());
        let app = Some(&*self.combine_appid);
        let (field, reported) = if self.combine_mchid != account.mch_id {
            ("combine_mchid", &self.combine_mchid)
        } else if !apps.contains(&app) && (sub.is_none() || sub != app) {
            ("combine_appid", &self.combine_appid)
        } else {
            return None;
        };
        Some(Mismatch { field, reported: reported.clone() })
    }

    /// Paid is paid, whether or not it says when: then it was not later than `told_at`.
    pub(super) fn combined(
        self,
        account: &Account,
        told_at: Timestamp,
    ) -> Result<Combined, &'static str> {
        if self.mismatch(account).is_some() {
            return Err("it is about another account");
        }
        let subs = self.sub_orders.into_iter().map(|it| it.part(told_at));
        let subs = subs.collect::<Result<_, _>>()?;
        Ok(Combined { out_trade_no: self.combine_out_trade_no, subs })
    }
}

impl SubReported {
    fn part(self, told_at: Timestamp) -> Result<Part, &'static str> {
        let state = self.trade_state.as_deref().ok_or("trade_state")?;
        let state = match TradeState::from(state) {
            TradeState::Success | TradeState::Refund => SubState::Paid(self.receipt(told_at)?),
            TradeState::NotPay
            | TradeState::UserPaying
            | TradeState::PayError
            | TradeState::Accept => SubState::Unpaid,
            TradeState::Closed | TradeState::Revoked => SubState::Closed,
            TradeState::Unrecognised(word) => SubState::Unknown { code: plain(&word) },
        };
        Ok(Part { mch_id: self.mchid, out_trade_no: self.out_trade_no, state })
    }

    fn receipt(&self, told_at: Timestamp) -> Result<Receipt, &'static str> {
        let amount = self.amount.as_ref().and_then(Amount::total).ok_or("amount")?;
        let id = self.transaction_id.as_ref().filter(|it| is_id(it)).ok_or("transaction_id")?;
        let paid_at = match &self.success_time {
            Some(text) => time::read(text).ok_or("success_time")?,
            None => told_at,
        };
        Ok(Receipt { amount, channel_trade_no: id.clone(), paid_at })
    }
}

impl Amount {
    fn total(&self) -> Option<Money> {
        let currency: Currency = self.currency.as_deref()?.parse().ok()?;
        Money::new(self.total_amount, currency).ok()
    }
}
