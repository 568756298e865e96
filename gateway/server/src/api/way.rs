//! How a try is to reach its payer: the members of a body that say so, and which go together.

use paymux_core::payment::{Method, Way};
use paymux_engine::problem::{self, Kind};

use super::fields::Fields;
use super::values;

/// What may stand in a payment's way.
pub(crate) const REFUSALS: &[&Kind] =
    &[problem::NO_ROUTE, problem::CHANNEL_UNFIT, problem::CHANNEL_UNAVAILABLE];

/// What a channel asks for beyond this, its plugin says.
pub(crate) fn read(body: &mut Fields) -> Option<Way> {
    let method = body.required("method", values::METHOD);
    let channel = body.optional("channel", values::CHANNEL);
    let payer = body.optional("payer", values::PAYER).unwrap_or_default();
    let method = method?;
    match (method, &payer.auth_code) {
        (Method::Barcode, None) => body.refuse("/payer/auth_code", "is missing"),
        (Method::Barcode, Some(_)) | (_, None) => {}
        (_, Some(_)) => body.refuse("/payer/auth_code", "goes with the method barcode alone"),
    }
    Some(Way { method, channel, payer })
}
