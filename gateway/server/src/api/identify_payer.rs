//! `POST /v1/payers/identify`: the payer's `openid`, for a code that the payer's side brought.

use axum::extract::State;
use http::StatusCode;
use paymux_channel::{Identify, Secret};
use paymux_core::payment::Method;
use paymux_engine::flow::identify::Place;
use paymux_engine::problem;
use paymux_store::Store;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::extract::{Caller, Payload};
use super::fields::{Fields, Parsed, Rule};
use super::json::Json;
use super::query::NoQuery;
use super::{Answer, Api, reply, values};
use crate::openapi::{Operation, Tag};

#[derive(Serialize, ToSchema)]
#[schema(as = Payer)]
struct View<'a> {
    /// With which, and with all of the same application, the `openid` is good.
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
    let (place, by) = Fields::read(&body, read)?;
    let identified = api.gateway.identify(&merchant, &place, &by).await?;
    let (account, openid) = (&identified.account, &*identified.openid);
    let view = View { account: account.id.as_str(), channel: &account.kind, openid };
    Ok(reply::json(StatusCode::OK, &view))
}

fn read(body: &mut Fields) -> Option<(Place, Identify)> {
    let place = place(body);
    let code = body.required("code", values::PAYER_CODE);
    let by = body.optional("method", BY).unwrap_or(Identify::OAuth);
    Some((place?, by(code?)))
}

/// The account, or the channel at which one of the merchant's is taken.
pub(super) fn place(body: &mut Fields) -> Option<Place> {
    let account = body.optional("account", values::ACCOUNT);
    let channel = body.optional("channel", values::CHANNEL);
    match (account, channel) {
        (Some(account), None) => Some(Place::Account(account)),
        (None, Some(channel)) => Some(Place::Channel(channel)),
        (None, None) | (Some(_), Some(_)) => {
            body.refuse("/account", "must be there, or `channel`, and not both");
            None
        }
    }
}

type By = fn(Secret) -> Identify;

/// By the payment that the `openid` is for, what kind of code this is.
const KINDS: [(Method, By); 3] = [
    (Method::Jsapi, Identify::OAuth),
    (Method::MiniProgram, Identify::MiniProgram),
    (Method::Barcode, Identify::AuthCode),
];

const BY: Rule<By> = Rule {
    read: by,
    shape: || {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let names = KINDS.map(|it| it.0.name());
        let shape = text.enum_values(Some(names)).default(Some(names[0].into()));
        shape.description(Some("Of the payment that the `openid` is for.")).into()
    },
};

fn by(value: Json) -> Parsed<By> {
    let method = values::method(value)?;
    let kind = KINDS.into_iter().find(|it| it.0 == method).map(|it| it.1);
    let names = || KINDS.map(|it| it.0.name()).join(", ");
    kind.ok_or_else(|| format!("must be one of: {}", names()).into())
}

pub(crate) fn describe() -> Operation {
    let text = "For the code that the payer's side brought. Give `account` or `channel`, and not \
                both. It takes no key: nothing is kept, and a code is good once: \
                [who the payer is](/docs/guides/payers).";
    let asked = json!({ "account": "wechat-main", "code": "081Kq4Ga1MSox41B8Ka1vJ" });
    let openid = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";
    let told = json!({ "account": "wechat-main", "channel": "wechat", "openid": openid });
    Operation::new(Tag::Channels, "identifyPayer", "Learn who the payer is", text)
        .takes(Fields::shape(read), asked)
        .gives::<View<'_>>(200, "Who it is in the account's application.", told)
        .refuses(&[
            problem::NOT_FOUND,
            problem::NO_ROUTE,
            problem::PAYER_UNKNOWN,
            problem::CHANNEL_UNFIT,
            problem::CHANNEL_UNAVAILABLE,
            problem::CHANNEL_SILENT,
        ])
}
