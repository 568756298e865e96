//! `GET /v3/combine-transactions/out-trade-no/{combine_out_trade_no}`: what became of each part.

use paymux_channel::{BuildError, Call, ParseError, Response, Step};
use paymux_core::payment::Receipt;
use paymux_core::{Currency, Money, Timestamp};
use serde::Deserialize;

use super::{Combiner, NUMBER, ORDERS, is_number};
use crate::answer::{Answer, UNEXPECTED};
use crate::codes::plain;
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

impl Combiner {
    pub fn build_query(&self, out_trade_no: &str, call: &Call) -> Result<Step, BuildError> {
        if !is_number(out_trade_no) {
            return Err(NUMBER);
        }
        self.0.get(&format!("{ORDERS}/out-trade-no/{out_trade_no}"), call)
    }

    /// `None` where there is no such order, or not yet.
    pub fn parse_query(
        &self,
        out_trade_no: &str,
        call: &Call,
        response: &Response,
    ) -> Result<Option<Combined>, ParseError> {
        let said = match Answer::verify(&self.0, call, response)? {
            Answer::Said(said) => said,
            Answer::Done => return Err(UNEXPECTED),
            Answer::Failed(failure) if failure.is_absent_order() => return Ok(None),
            Answer::Failed(_) => return Err(ParseError::Malformed("it failed")),
        };
        let reported: Reported = said.read()?;
        if reported.combine_out_trade_no != out_trade_no {
            return Err(ParseError::Malformed("it answers for another order"));
        }
        reported.combined(&self.0, call.now).map(Some).map_err(ParseError::Malformed)
    }
}

impl Reported {
    /// Paid is paid, whether or not it says when: then it was not later than `told_at`.
    pub(super) fn combined(
        self,
        account: &Account,
        told_at: Timestamp,
    ) -> Result<Combined, &'static str> {
        let apps =
            [Some(&account.app_id), account.mini_app_id.as_ref(), account.open_app_id.as_ref()];
        let own = self.combine_mchid == account.mch_id
            && apps.into_iter().flatten().any(|it| *it == self.combine_appid);
        if !own {
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
