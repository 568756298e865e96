//! `POST /v1/payments`

use std::time::Duration;

use axum::extract::State;
use paymux_core::payment::Part;
use paymux_core::{Currency, Money};
use paymux_engine::flow::create::{Means, NewPayment};
use paymux_engine::problem::{self, Problem};
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

/// By the terms of the defaults.
pub(crate) fn parsed(body: &[u8]) -> Result<NewPayment, Problem> {
    let minutes = |it: u64| Duration::from_secs(60 * it);
    let terms = Terms {
        body_timeout: Duration::ZERO,
        expires_in_default: minutes(30),
        expires_in_max: minutes(120),
    };
    Fields::read(body, |it| read(it, &terms))
}

/// In the payment's currency, with nothing left over and nothing missing.
fn add_up(
    body: &mut Fields,
    parts: Vec<values::PartWish>,
    (currency, amount): (Currency, i64),
) -> Option<Vec<Part>> {
    let sum = parts.iter().try_fold(0_i64, |sum, it| sum.checked_add(it.amount));
    if !parts.is_empty() && sum != Some(amount) {
        body.refuse("/parts", "must add up to the amount");
    }
    let part = |it: values::PartWish| {
        let amount = Money::new(it.amount, currency).ok()?;
        Some(Part { account: it.account, amount, subject: it.subject })
    };
    parts.into_iter().map(part).collect()
}

fn read(body: &mut Fields, terms: &Terms) -> Option<NewPayment> {
    let order_no = body.required("order_no", values::NUMBER);
    let amount = body.required("amount", values::AMOUNT);
    let currency = body.required("currency", values::CURRENCY);
    let subject = body.required("subject", values::SUBJECT);
    let parts = body.optional("parts", values::PARTS).unwrap_or_default();
    let means = way::means(body);
    let metadata = body.optional("metadata", values::METADATA);
    let return_url = body.optional("return_url", values::RETURN_URL);
    let Terms { expires_in_default: default, expires_in_max: max, .. } = *terms;
    let expires_in = body.optional("expires_in", values::ExpiresIn { default, max });
    let splittable = body.optional("splittable", values::SPLITTABLE);
    if !parts.is_empty() && splittable == Some(true) {
        body.refuse("/splittable", "does not go together with `parts`");
    }
    if !parts.is_empty() && matches!(means, Some(Means::Cashier(_))) {
        body.refuse("/parts", "goes with a way of paying, and not with a cashier");
    }
    let parts = currency.zip(amount).and_then(|it| add_up(body, parts, it));
    Some(NewPayment {
        order_no: order_no?,
        amount: Money::new(amount?, currency?).ok()?,
        subject: subject?,
        parts: parts?,
        means: means?,
        metadata: metadata.unwrap_or_default(),
        return_url,
        expires_in: expires_in.unwrap_or(default),
        door: None,
        splittable: splittable.unwrap_or_default(),
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
