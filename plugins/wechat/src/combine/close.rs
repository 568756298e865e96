//! `POST /v3/combine-transactions/out-trade-no/{combine_out_trade_no}/close`: all of it, since no
//! part can be closed alone.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Response, Step};
use serde::Serialize;

use super::{CombinedOrder, Combiner, ORDERS, SubOrder, check};
use crate::close;

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

impl Combiner {
    /// Names the very parts that the order was placed with.
    pub fn build_close(&self, order: &CombinedOrder, call: &Call) -> Result<Step, BuildError> {
        check(&order.out_trade_no, &order.sub_orders)?;
        let body = Close {
            combine_appid: self.0.opener(order.product.method()),
            sub_orders: order.sub_orders.iter().map(Sub::of).collect(),
        };
        let path = format!("{ORDERS}/out-trade-no/{}/close", order.out_trade_no);
        self.0.post(&path, call, &body)
    }

    pub fn parse_close(&self, call: &Call, response: &Response) -> Result<Outcome, ParseError> {
        close::parse(&self.0, call, response)
    }
}
