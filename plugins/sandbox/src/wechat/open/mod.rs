//! The open platform: who a payer is to an application, and the application's own tokens.

mod answer;
mod code;
mod ticket;
mod token;
mod tokens;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

pub(super) use tokens::Tokens;

use crate::shared::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/connect/oauth2/authorize", get(code::authorize))
        .route("/login", get(code::login))
        .route("/sns/oauth2/access_token", get(code::access_token))
        .route("/sns/jscode2session", get(code::session))
        .route("/cgi-bin/token", get(token::classic))
        .route("/cgi-bin/stable_token", post(token::stable))
        .route("/cgi-bin/ticket/getticket", get(ticket::ticket))
}
