//! Who the payer is, and for whom the application may act: the authorization pages, and the
//! tokens that their codes buy.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::answer::Node;
use super::codes::refused;
use super::desk::AlipayDesk;
use super::page;
use super::request::Call;
use crate::books::{Books, Channel, Code, CodeKind, PayerId};
use crate::clock;
use crate::crypto::random_hex;
use crate::exchange::see_other;
use crate::setup::Config;
use crate::shared::Shared;

/// Fifteen and thirty days, in seconds.
const EXPIRES_IN: u32 = 1_296_000;
const RE_EXPIRES_IN: u32 = 2_592_000;
/// A year, and a year and a week.
const APP_EXPIRES_IN: u32 = 31_536_000;
const APP_RE_EXPIRES_IN: u32 = 32_140_800;

#[derive(Deserialize)]
pub(crate) struct Wish {
    app_id: Option<String>,
    scope: Option<String>,
    redirect_uri: Option<String>,
    state: Option<String>,
    /// Which of the sandbox's payers agrees; the first when absent.
    payer: Option<String>,
}

/// `publicAppAuthorize.htm`: the payer agrees at once and is sent back with a code.
pub(crate) async fn authorize(
    State(shared): State<Arc<Shared>>,
    Query(wish): Query<Wish>,
) -> Response {
    let scope = wish.scope.as_deref().unwrap_or_default();
    let known = |one| matches!(one, "auth_base" | "auth_user");
    if !scope.split(',').all(known) {
        return page::error(&refused("isv.invalid-parameter"));
    }
    let pairs = |code: &str| {
        vec![("auth_code", code.to_owned()), ("scope", scope.to_owned()), ("source", String::new())]
    };
    back(&shared, &wish, pairs)
}

/// `appToAppAuth.htm`: a merchant lets the application act for him.
pub(crate) async fn authorize_app(
    State(shared): State<Arc<Shared>>,
    Query(wish): Query<Wish>,
) -> Response {
    back(&shared, &wish, |code| vec![("app_auth_code", code.to_owned())])
}

fn back(
    shared: &Shared,
    wish: &Wish,
    pairs: impl Fn(&str) -> Vec<(&'static str, String)>,
) -> Response {
    if wish.app_id.as_deref() != Some(&shared.alipay.party.app_id) {
        return page::error(&refused("isv.invalid-app-id"));
    }
    let target = wish.redirect_uri.as_deref().unwrap_or_default();
    if !(target.starts_with("http://") || target.starts_with("https://")) {
        return page::error(&Node::invalid("isv.invalid-parameter", "redirect_uri不合法"));
    }
    let code = {
        let mut books = shared.books();
        let payer = wish.payer.clone().unwrap_or_else(|| books.payers.first(Channel::Alipay));
        issue(&mut books, payer, CodeKind::Identity, wish.app_id.clone())
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("app_id", wish.app_id.as_deref().unwrap_or_default());
    query.extend_pairs(pairs(&code).into_iter().filter(|(_, value)| !value.is_empty()));
    if let Some(state) = &wish.state {
        query.append_pair("state", state);
    }
    let mark = if target.contains('?') { '&' } else { '?' };
    see_other(&format!("{target}{mark}{}", query.finish()))
}

fn issue(books: &mut Books, payer: PayerId, kind: CodeKind, app_id: Option<String>) -> String {
    let code = Code { channel: Channel::Alipay, kind, payer, app_id };
    books.codes.issue(code, clock::now())
}

/// `alipay.system.oauth.token`: a code or a refresh token, each once.
pub(super) fn token(books: &mut Books, config: &Config, call: &Call, now: Timestamp) -> Node {
    let app_id = call.param("app_id").unwrap_or_default().to_owned();
    let payer = match redeem(books, call, now) {
        Ok(payer) => payer,
        Err(node) => return node,
    };
    let refresh = issue(books, payer.clone(), CodeKind::Refresh, Some(app_id.clone()));
    let node = Node::bare()
        .with("access_token", format!("authbsjD{}", random_hex(16)))
        .with("auth_start", clock::spaced(now))
        .with("expires_in", EXPIRES_IN)
        .with("re_expires_in", RE_EXPIRES_IN)
        .with("refresh_token", refresh);
    if config.alipay_open_ids {
        node.with("open_id", books.payers.open_id(Channel::Alipay, &app_id, &payer))
    } else {
        node.with("user_id", payer)
    }
}

fn redeem(books: &mut Books, call: &Call, now: Timestamp) -> Result<PayerId, Node> {
    let invalid = |sub_code, text| Node::invalid(sub_code, text);
    let (name, kind, wrong) = match call.param("grant_type") {
        Some("authorization_code") => {
            ("code", CodeKind::Identity, invalid("isv.code-invalid", "授权码code无效"))
        }
        Some("refresh_token") => {
            let wrong = invalid("isv.refresh-token-invalid", "刷新令牌refresh_token无效");
            ("refresh_token", CodeKind::Refresh, wrong)
        }
        _ => return Err(invalid("isv.grant-type-invalid", "授权类型grant_type无效")),
    };
    let code = call.param(name).unwrap_or_default();
    let known = books.codes.look(Channel::Alipay, code).filter(|known| known.kind == kind);
    let Some(known) = known else { return Err(wrong) };
    if known.app_id.as_deref() != call.param("app_id") {
        return Err(invalid("isv.unmatched-app-id", "授权码与应用不匹配"));
    }
    books.codes.redeem(Channel::Alipay, code, now).map(|code| code.payer).map_err(|_| wrong)
}

/// `alipay.open.auth.token.app`: the merchant's permission, as a token.
pub(super) fn app_token(books: &mut Books, desk: &AlipayDesk, call: &Call, now: Timestamp) -> Node {
    let value = |name: &str| {
        call.biz.text(name).or_else(|| call.param(name).map(str::to_owned)).unwrap_or_default()
    };
    let (name, wrong) = match &*value("grant_type") {
        "authorization_code" => ("code", "AUTH_CODE_NOT_VALID"),
        "refresh_token" => ("refresh_token", "REFRESH_TOKEN_NOT_VALID"),
        _ => return Node::failed("GRANT_TYPE_INVALID", "授权类型不合法"),
    };
    if books.codes.redeem(Channel::Alipay, &value(name), now).is_err() {
        return Node::failed(wrong, "授权码或刷新令牌无效");
    }
    let app_id = call.param("app_id").map(str::to_owned);
    let merchant = &desk.party.merchant;
    let refresh = issue(books, merchant.seller_id.clone(), CodeKind::Refresh, app_id);
    let granted = json!({
        "app_auth_token": merchant.app_auth_token,
        "app_refresh_token": refresh,
        "auth_app_id": merchant.app_id,
        "expires_in": APP_EXPIRES_IN,
        "re_expires_in": APP_RE_EXPIRES_IN,
        "user_id": merchant.seller_id,
    });
    let mut node = Node::success().with("tokens", json!([granted]));
    for name in ["app_auth_token", "app_refresh_token", "auth_app_id", "user_id"] {
        node = node.with(name, granted[name].clone());
    }
    node.with("expires_in", APP_EXPIRES_IN).with("re_expires_in", APP_RE_EXPIRES_IN)
}

/// `alipay.open.app.alipaycert.download`: a certificate of Alipay's by its number.
pub(super) fn certificate(desk: &AlipayDesk, call: &Call) -> Node {
    use base64::Engine as _;
    let wanted = call.biz.text("alipay_cert_sn").unwrap_or_default();
    match desk.chain(&wanted) {
        Some(chain) => {
            let content = base64::engine::general_purpose::STANDARD.encode(chain);
            Node::success().with("alipay_cert_content", content)
        }
        None => refused("isv.alipay-cert-not-exist"),
    }
}
