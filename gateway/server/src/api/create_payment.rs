//! `POST /v1/payments`

use axum::extract::State;
use paymux_core::Money;
use paymux_engine::flow::create::NewPayment;
use paymux_engine::problem::Problem;
use paymux_store::Store;

use super::extract::{Caller, Key, Payload};
use super::fields::Fields;
use super::query::NoQuery;
use super::{Answer, Api, Terms, reply, values, way};

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Key(key): Key,
    _: NoQuery,
    Payload(body): Payload,
) -> Answer {
    let new = read(&body, &api.terms)?;
    let replied = api.gateway.create(&merchant, new, key).await?;
    Ok(reply::made("/v1/payments", replied))
}

fn read(body: &[u8], terms: &Terms) -> Result<NewPayment, Problem> {
    let mut body = Fields::parse(body)?;
    let order_no = body.required("order_no", values::number);
    let amount = body.required("amount", values::amount);
    let currency = body.required("currency", values::currency);
    let subject = body.required("subject", values::subject);
    let way = way::read(&mut body);
    let metadata = body.optional("metadata", values::metadata);
    let return_url = body.optional("return_url", values::return_url);
    let expires_in = body.optional("expires_in", |it| values::expires_in(it, terms.expires_in_max));
    body.finish()?;
    let new = || {
        Some(NewPayment {
            order_no: order_no?,
            amount: Money::new(amount?, currency?).ok()?,
            subject: subject?,
            way: way?,
            metadata: metadata.unwrap_or_default(),
            return_url,
            expires_in: expires_in.unwrap_or(terms.expires_in_default),
        })
    };
    Ok(new().expect("what is missing has been told"))
}
