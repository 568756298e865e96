//! How a try is to reach its payer: the members of a body that say so, and which go together.

use paymux_core::payment::{Cashier, Method, Payer, Way};
use paymux_engine::flow::create::Means;
use paymux_engine::problem::{self, Kind};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::fields::{Fields, Rule};
use super::json::Json;
use super::values;

/// What may stand in a payment's way.
pub(crate) const REFUSALS: &[&Kind] =
    &[problem::NO_ROUTE, problem::CHANNEL_UNFIT, problem::CHANNEL_UNAVAILABLE];

/// In place of a method, where the payer is to choose one.
const CASHIER: &str = "cashier";

/// None for the cashier's.
const METHOD: Rule<Option<Method>> = Rule {
    read: |value| {
        let is_cashier = matches!(&value, Json::Text(it) if it == CASHIER);
        if is_cashier { Ok(None) } else { values::method(value).map(Some) }
    },
    shape: || {
        let names = Method::ALL.map(Method::name).into_iter().chain([CASHIER]);
        let shape = ObjectBuilder::new().schema_type(Type::String);
        let text = "How the payer is reached: [payments, by method](/docs/guides/payments).";
        shape.enum_values(Some(names)).examples(["qr"]).description(Some(text)).into()
    },
};

/// A new payment may leave the way to its payer, who chooses on a page of ours.
pub(crate) fn means(body: &mut Fields) -> Option<Means> {
    let method = body.required("method", METHOD);
    let channel = body.optional("channel", values::CHANNEL);
    let payer = body.optional("payer", values::PAYER);
    if let Some(method) = method? {
        return Some(Means::Way(fitting(body, method, channel, payer.unwrap_or_default())));
    }
    if payer.is_some() {
        body.refuse("/payer", "goes with a way of paying, which the payer of a cashier chooses");
    }
    Some(Means::Cashier(Cashier { channel, plate: None }))
}

/// What a channel asks for beyond this, its plugin says.
pub(crate) fn read(body: &mut Fields) -> Option<Way> {
    let method = body.required("method", values::METHOD);
    let channel = body.optional("channel", values::CHANNEL);
    let payer = body.optional("payer", values::PAYER).unwrap_or_default();
    Some(fitting(body, method?, channel, payer))
}

fn fitting(body: &mut Fields, method: Method, channel: Option<String>, payer: Payer) -> Way {
    match (method, &payer.auth_code) {
        (Method::Barcode, None) => body.refuse("/payer/auth_code", "is missing"),
        (Method::Barcode, Some(_)) | (_, None) => {}
        (_, Some(_)) => body.refuse("/payer/auth_code", "goes with the method barcode alone"),
    }
    Way { method, channel, payer }
}
