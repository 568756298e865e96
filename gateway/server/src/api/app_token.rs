//! `POST /v1/accounts/{account}/app-token`: the application's token that the gateway holds.

use axum::extract::State;
use http::StatusCode;
use paymux_core::AccountId;
use paymux_engine::problem;
use paymux_store::Store;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::extract::{Caller, Id, NoPayload};
use super::query::NoQuery;
use super::{Answer, Api, reply};
use crate::openapi::{Operation, Tag};

#[derive(Serialize, ToSchema)]
#[schema(as = AppToken)]
struct View<'a> {
    account: &'a str,
    app_id: &'a str,
    /// Whoever has it acts as the application.
    token: &'a str,
    /// What is left of it, in seconds.
    expires_in: u64,
}

/// A POST, since it may have the channel make a new one, and so that nothing on its way keeps it.
pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(account): Id<AccountId>,
    _: NoQuery,
    _: NoPayload,
) -> Answer {
    let told = api.gateway.tell_app_token(&merchant, &account).await?;
    let view = View {
        account: account.as_str(),
        app_id: &told.app,
        token: told.token.expose(),
        expires_in: told.expires_in.as_secs(),
    };
    Ok(reply::json(StatusCode::OK, &view))
}

pub(crate) fn describe() -> Operation {
    let text = "The token of the account's application that the gateway holds, for your other \
                systems: one of their own would void it. The operator allows it, for applications \
                that no other merchant uses.";
    let told = json!({
        "account": "wechat-main", "app_id": "wx8888888888888888",
        "token": "57_mQ1xT0bJ9c", "expires_in": 7031,
    });
    Operation::new(Tag::Channels, "tellAppToken", "Have the application's token", text)
        .under("account", AccountId::PATTERN, "wechat-main")
        .takes_nothing()
        .gives::<View<'_>>(200, "The token, and what is left of it.", told)
        .refuses(&[
            problem::APP_TOKENS_NOT_ALLOWED,
            problem::CHANNEL_UNFIT,
            problem::CHANNEL_UNAVAILABLE,
            problem::CHANNEL_SILENT,
        ])
}
