//! `POST /v3/combine-transactions/out-trade-no/{combine_out_trade_no}/close`: all of it, since no
//! part can be closed alone.

use paymux_channel::{BuildError, Call, Step};
use paymux_core::payment::Method;
use serde::Serialize;

use super::{ORDERS, SubOrder, check};
use crate::settings::Account;

#[derive(Serialize)]
struct Close<'a> {
    combine_appid: &'a str,
    sub_orders: Vec<Sub<'a>>,
}

#[derive(Serialize)]
struct Sub<'a> {
    mchid: &'a str,
    out_trade_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a str>,
}

impl<'a> Sub<'a> {
    fn of(it: &'a SubOrder) -> Self {
        Self {
            mchid: &it.mch_id,
            out_trade_no: &it.out_trade_no,
            sub_mchid: it.sub_mch_id.as_deref(),
        }
    }
}

impl Account {
    /// Names the very parts that the order was placed with, and the application of its method.
    pub(super) fn build_close(
        &self,
        out_trade_no: &str,
        method: Method,
        sub_orders: &[SubOrder],
        call: &Call,
    ) -> Result<Step, BuildError> {
        check(out_trade_no, sub_orders)?;
        let body = Close {
            combine_appid: self.opener(method),
            sub_orders: sub_orders.iter().map(Sub::of).collect(),
        };
        let path = format!("{ORDERS}/out-trade-no/{out_trade_no}/close");
        self.post(&path, call, &body)
    }
}
