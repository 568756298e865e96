//! `POST /v1/payments/{id}/attempts`

use axum::extract::State;
use paymux_core::PaymentId;
use paymux_core::payment::Way;
use paymux_engine::problem::Problem;
use paymux_store::Store;

use super::extract::{Caller, Id, Key, Payload};
use super::fields::Fields;
use super::query::NoQuery;
use super::{Answer, Api, reply, way};

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<PaymentId>,
    Key(key): Key,
    _: NoQuery,
    Payload(body): Payload,
) -> Answer {
    let way = read(&body)?;
    let replied = api.gateway.open_attempt(&merchant, id, way, key).await?;
    Ok(reply::made("/v1/payments", replied))
}

fn read(body: &[u8]) -> Result<Way, Problem> {
    let mut body = Fields::parse(body)?;
    let way = way::read(&mut body);
    body.finish()?;
    Ok(way.expect("what is missing has been told"))
}
