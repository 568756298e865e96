//! `/api/refund/refundOrder`: money back, under the merchant's own number.

use axum::extract::State;
use paymux_core::payment::Door;
use paymux_engine::flow::refund::NewRefund;
use paymux_engine::problem::Problem;
use paymux_store::Store;

use super::{envelope, is_word, order, signed};
use crate::api::Answer;
use crate::doors::caller::Came;
use crate::doors::field::in_fen;
use crate::doors::params::{Params, wrong};
use crate::doors::{Hall, JEEPAY, name};

const KNOWN: [&str; 10] = [
    "mchOrderNo",
    "payOrderId",
    "mchRefundNo",
    "refundAmount",
    "currency",
    "refundReason",
    "clientIp",
    "notifyUrl",
    "channelExtra",
    "extParam",
];
const MAX_EXT_CHARS: usize = 512;

pub(super) async fn handle<S: Store>(State(hall): State<Hall<S>>, came: Came) -> Answer {
    let it = signed(&hall, &came, &KNOWN)?;
    let by = (&it.params, "payOrderId", "mchOrderNo");
    let payment = hall.found(&it.merchant, JEEPAY, by).await?;
    let new = wanted(&hall, &it.params)?;
    let refund = hall.give_back(&it.merchant, payment.id, JEEPAY, new).await?;
    Ok(envelope::success(&order::refund_made(&payment, &refund), &it.key))
}

fn wanted<S: Store>(hall: &Hall<S>, params: &Params) -> Result<NewRefund, Problem> {
    if !params.required("currency")?.eq_ignore_ascii_case("cny") {
        return Err(wrong("currency", "must be cny"));
    }
    for name in ["refundReason", "extParam"] {
        params.whole(name, is_word)?;
    }
    let ext = params.words("extParam", MAX_EXT_CHARS)?.map(|it| ("extParam".to_owned(), it));
    let notify_url = params.notify_url("notifyUrl", &hall.urls)?;
    let door = Door { name: name(JEEPAY), notify_url, words: ext.into_iter().collect() };
    Ok(NewRefund {
        refund_no: params.order_no("mchRefundNo")?,
        amount: in_fen("refundAmount", params.integer("refundAmount")?)?,
        reason: params.reason("refundReason")?,
        part: None,
        door: Some(door),
    })
}
