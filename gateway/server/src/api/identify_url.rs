//! `POST /v1/payers/identify-url`: where the payer's browser is sent so that it brings a code.

use axum::extract::State;
use http::StatusCode;
use paymux_engine::flow::identify::Place;
use paymux_engine::problem;
use paymux_store::Store;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::extract::{Caller, Payload};
use super::fields::Fields;
use super::identify_payer::place;
use super::query::NoQuery;
use super::{Answer, Api, reply, values};
use crate::openapi::{Operation, Tag};

#[derive(Serialize, ToSchema)]
#[schema(as = IdentifyUrl)]
struct View<'a> {
    /// Whose the code is that comes back.
    account: &'a str,
    channel: &'a str,
    /// Where the payer's browser is sent.
    url: String,
}

struct Wanted {
    place: Place,
    redirect_url: String,
    state: String,
}

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    _: NoQuery,
    Payload(body): Payload,
) -> Answer {
    let Wanted { place, redirect_url, state } = Fields::read(&body, read)?;
    let (account, url) = api.gateway.identify_url(&merchant, &place, &redirect_url, &state)?;
    let view = View { account: account.id.as_str(), channel: &account.kind, url };
    Ok(reply::json(StatusCode::OK, &view))
}

fn read(body: &mut Fields) -> Option<Wanted> {
    let place = place(body);
    let redirect_url = body.required("redirect_url", values::RETURN_URL);
    let state = body.required("state", values::STATE);
    Some(Wanted { place: place?, redirect_url: redirect_url?, state: state? })
}

pub(crate) fn describe() -> Operation {
    let text = "For a page inside the wallet. Give `account` or `channel`, and not both; the \
                browser comes back to `redirect_url` with `state` and a code: \
                [who the payer is](/docs/guides/payers).";
    let redirect_url = "https://shop.example/who";
    let asked = json!({ "channel": "wechat", "redirect_url": redirect_url, "state": "8f21c0" });
    let url = "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx8888888888888888";
    let told = json!({ "account": "wechat-main", "channel": "wechat", "url": url });
    Operation::new(Tag::Channels, "identifyUrl", "Ask a wallet who the payer is", text)
        .takes(Fields::shape(read), asked)
        .gives::<View<'_>>(200, "Where the payer's browser is sent.", told)
        .refuses(&[problem::NOT_FOUND, problem::NO_ROUTE, problem::CHANNEL_UNFIT])
}
