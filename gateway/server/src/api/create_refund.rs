//! `POST /v1/payments/{id}/refunds`

use axum::extract::State;
use paymux_core::{Money, PaymentId};
use paymux_engine::flow::refund::NewRefund;
use paymux_engine::problem::Problem;
use paymux_store::Store;

use super::extract::{Caller, Id, Key, Payload};
use super::fields::Fields;
use super::query::NoQuery;
use super::{Answer, Api, reply, values};

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<PaymentId>,
    Key(key): Key,
    _: NoQuery,
    Payload(body): Payload,
) -> Answer {
    let new = read(&body)?;
    let replied = api.gateway.create_refund(&merchant, id, new, key).await?;
    Ok(reply::made("/v1/refunds", replied))
}

fn read(body: &[u8]) -> Result<NewRefund, Problem> {
    let mut body = Fields::parse(body)?;
    let refund_no = body.required("refund_no", values::number);
    let amount = body.required("amount", values::amount);
    let currency = body.required("currency", values::currency);
    let reason = body.optional("reason", values::reason);
    body.finish()?;
    let new = || {
        let amount = Money::new(amount?, currency?).ok()?;
        Some(NewRefund { refund_no: refund_no?, amount, reason })
    };
    Ok(new().expect("what is missing has been told"))
}
