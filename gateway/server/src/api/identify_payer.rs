//! `POST /v1/payers/identify`: the payer's `openid`, for a code that the payer's side brought.

use axum::extract::State;
use http::StatusCode;
use paymux_channel::{Identify, Secret};
use paymux_core::payment::Method;
use paymux_engine::flow::identify::Place;
use paymux_engine::problem::Problem;
use paymux_store::Store;
use serde::Serialize;

use super::extract::{Caller, Payload};
use super::fields::{Fields, Parsed};
use super::json::Json;
use super::query::NoQuery;
use super::{Answer, Api, reply, values};

#[derive(Serialize)]
struct View<'a> {
    account: &'a str,
    channel: &'a str,
    openid: &'a str,
}

/// It takes no key, since it moves nothing; its code is good once.
pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    _: NoQuery,
    Payload(body): Payload,
) -> Answer {
    let (place, by) = read(&body)?;
    let identified = api.gateway.identify(&merchant, &place, &by).await?;
    let (account, openid) = (&identified.account, &*identified.openid);
    let view = View { account: account.id.as_str(), channel: &account.kind, openid };
    Ok(reply::json(StatusCode::OK, &view))
}

fn read(body: &[u8]) -> Result<(Place, Identify), Problem> {
    let mut body = Fields::parse(body)?;
    let place = place(&mut body);
    let code = body.required("code", values::payer_code);
    let by = body.optional("method", by).unwrap_or(Identify::OAuth);
    body.finish()?;
    let read = || Some((place?, by(code?)));
    Ok(read().expect("what is missing has been told"))
}

/// The account, or the channel at which one of the merchant's is taken.
pub(super) fn place(body: &mut Fields) -> Option<Place> {
    let account = body.optional("account", values::account);
    let channel = body.optional("channel", values::channel);
    match (account, channel) {
        (Some(account), None) => Some(Place::Account(account)),
        (None, Some(channel)) => Some(Place::Channel(channel)),
        (None, None) | (Some(_), Some(_)) => {
            body.refuse("/account", "must be there, or `channel`, and not both");
            None
        }
    }
}

/// Of the payment that the `openid` is for: it says what kind of code this is.
fn by(value: Json) -> Parsed<fn(Secret) -> Identify> {
    match values::method(value)? {
        Method::Jsapi => Ok(Identify::OAuth),
        Method::MiniProgram => Ok(Identify::MiniProgram),
        Method::Barcode => Ok(Identify::AuthCode),
        Method::Qr | Method::Page | Method::H5 | Method::App => {
            Err("must be one of: jsapi, mini_program, barcode".into())
        }
    }
}
