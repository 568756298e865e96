//! `POST /v1/payments`

use axum::extract::State;
use paymux_core::Money;
use paymux_engine::flow::create::NewPayment;
use paymux_engine::problem;
use paymux_engine::render::PaymentView;
use paymux_store::Store;
use serde_json::json;

use super::extract::{Caller, Key, Payload};
use super::fields::Fields;
use super::query::NoQuery;
use super::{Answer, Api, Terms, reply, values, way};
use crate::openapi::{Operation, Tag, example};

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Key(key): Key,
    _: NoQuery,
    Payload(body): Payload,
) -> Answer {
    let new = Fields::read(&body, |it| read(it, &api.terms))?;
    let replied = api.gateway.create(&merchant, new, key).await?;
    Ok(reply::made("/v1/payments", replied))
}

fn read(body: &mut Fields, terms: &Terms) -> Option<NewPayment> {
    let order_no = body.required("order_no", values::NUMBER);
    let amount = body.required("amount", values::AMOUNT);
    let currency = body.required("currency", values::CURRENCY);
    let subject = body.required("subject", values::SUBJECT);
    let means = way::means(body);
    let metadata = body.optional("metadata", values::METADATA);
    let return_url = body.optional("return_url", values::RETURN_URL);
    let Terms { expires_in_default: default, expires_in_max: max, .. } = *terms;
    let expires_in = body.optional("expires_in", values::ExpiresIn { default, max });
    Some(NewPayment {
        order_no: order_no?,
        amount: Money::new(amount?, currency?).ok()?,
        subject: subject?,
        means: means?,
        metadata: metadata.unwrap_or_default(),
        return_url,
        expires_in: expires_in.unwrap_or(default),
    })
}

pub(crate) fn describe(terms: &Terms) -> Operation {
    let text = "The answer has an `action`: what the payer's side does next. Its end is told by an \
                event, and by reading the payment; never by the action. The same `order_no` again \
                is the same payment, even with another key.";
    let order = json!({
        "order_no": "A-1001",
        "amount": 888,
        "currency": "CNY",
        "subject": "Jasmine tea",
        "method": "qr",
        "metadata": { "table": "7" },
    });
    let unsure = "The channel has not answered: the payment may be open there. Repeat with the \
                  same key, or wait for its event.";
    Operation::new(Tag::Payments, "createPayment", "Create a payment", text)
        .keyed()
        .takes(Fields::shape(|it| read(it, terms)), order)
        .gives::<PaymentView<'_>>(200, "It was made before.", example::paid())
        .gives::<PaymentView<'_>>(201, "Made; the payer's turn.", example::pending())
        .gives::<PaymentView<'_>>(202, unsure, example::payment("processing"))
        .refuses(way::REFUSALS)
        .refuses(&[problem::ORDER_NO_TAKEN, problem::CASHIER_NOT_CONFIGURED])
}
