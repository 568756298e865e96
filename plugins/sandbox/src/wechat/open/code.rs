//! Codes that stand for a payer in one application: given by a page or a login, taken once.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use http::{StatusCode, Uri};
use serde::Deserialize;
use serde_json::json;

use super::answer::{Failed, Said, answered, check, failed};
use crate::books::{Channel, Code, CodeKind, CodeRefusal};
use crate::clock;
use crate::crypto::random_hex;
use crate::exchange::{plain, see_other};
use crate::fault::Operation;
use crate::shared::Shared;

const TOKEN_LIFE_S: u32 = 7200;

#[derive(Deserialize)]
pub(super) struct Page {
    appid: String,
    redirect_uri: String,
    response_type: String,
    scope: String,
    #[serde(default)]
    state: String,
    /// The sandbox's own: who is in front of the page.
    payer: Option<String>,
}

/// Comes back with a code at once, as it does without asking under `snsapi_base`.
pub(super) async fn authorize(
    State(shared): State<Arc<Shared>>,
    Query(page): Query<Page>,
) -> Response {
    let known = shared.wechat.party.secret(&page.appid).is_some();
    let scope = ["snsapi_base", "snsapi_userinfo"].contains(&page.scope.as_str());
    let absolute = page.redirect_uri.parse::<Uri>().is_ok_and(|uri| uri.authority().is_some());
    if !known || !scope || page.response_type != "code" || !absolute || page.state.len() > 128 {
        return plain(StatusCode::BAD_REQUEST, "text/plain; charset=utf-8", "参数错误".to_owned());
    }
    let code = issue(&shared, &page.appid, page.payer);
    let mark = if page.redirect_uri.contains('?') { '&' } else { '?' };
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("code", &code), ("state", &page.state)])
        .finish();
    see_other(&format!("{}{mark}{query}", page.redirect_uri))
}

#[derive(Deserialize)]
pub(super) struct Login {
    appid: String,
    payer: Option<String>,
}

/// Stands for `wx.login()` of a mini program, which no page can call.
pub(super) async fn login(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<Login>,
) -> Response {
    let code = issue(&shared, &asked.appid, asked.payer);
    plain(StatusCode::OK, "application/json", json!({ "code": code }).to_string())
}

fn issue(shared: &Shared, app_id: &str, payer: Option<String>) -> String {
    let mut books = shared.books();
    let payer = payer.unwrap_or_else(|| books.payers.first(Channel::Wechat));
    let app_id = Some(app_id.to_owned());
    let code = Code { channel: Channel::Wechat, kind: CodeKind::Identity, payer, app_id };
    books.codes.issue(code, clock::now())
}

#[derive(Deserialize)]
pub(super) struct Exchange {
    appid: String,
    secret: String,
    #[serde(alias = "js_code")]
    code: String,
    grant_type: String,
}

pub(super) async fn access_token(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<Exchange>,
) -> Response {
    let act = || {
        let open_id = redeem(&shared, &asked)?;
        Ok(json!({
            "access_token": random_hex(32),
            "expires_in": TOKEN_LIFE_S,
            "refresh_token": random_hex(32),
            "openid": open_id,
            "scope": "snsapi_base",
        }))
    };
    answered(&shared, Operation::Identify, act).await
}

pub(super) async fn session(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<Exchange>,
) -> Response {
    let act = || -> Said {
        let open_id = redeem(&shared, &asked)?;
        Ok(json!({ "openid": open_id, "session_key": random_hex(12) }))
    };
    answered(&shared, Operation::Identify, act).await
}

/// The payer's name in the application the code was made for.
fn redeem(shared: &Shared, asked: &Exchange) -> Result<String, Failed> {
    if asked.grant_type != "authorization_code" {
        return failed(40_002, "invalid grant_type");
    }
    check(shared, &asked.appid, &asked.secret)?;
    let mut books = shared.books();
    let own = books.codes.look(Channel::Wechat, &asked.code);
    let fits = own.is_some_and(|code| {
        code.kind == CodeKind::Identity && code.app_id.as_ref() == Some(&asked.appid)
    });
    if !fits {
        return failed(40_029, "invalid code");
    }
    let code = match books.codes.redeem(Channel::Wechat, &asked.code, clock::now()) {
        Ok(code) => code,
        Err(CodeRefusal::Unknown) => return failed(40_029, "invalid code"),
        Err(CodeRefusal::Used) => return failed(40_163, "code been used"),
        Err(CodeRefusal::Expired) => return failed(42_003, "oauth_code expired"),
    };
    Ok(books.payers.open_id(Channel::Wechat, &asked.appid, &code.payer))
}
