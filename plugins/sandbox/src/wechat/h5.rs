//! The page a phone's browser opens before the wallet: short-lived, and only from the shop's site.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri, header};
use jiff::Timestamp;
use serde::Deserialize;

use super::prepay_id;
use super::token_of;
use crate::books::Channel;
use crate::clock;
use crate::exchange::{plain, see_other};
use crate::shared::Shared;

const LIFE: Duration = Duration::from_mins(5);

#[derive(Deserialize)]
pub(crate) struct Asked {
    prepay_id: String,
    /// When the address dies, in seconds.
    package: i64,
    redirect_url: Option<String>,
}

pub(super) fn url(public_url: &str, token: &str, now: Timestamp) -> String {
    let (id, dies) = (prepay_id(token), clock::after(now, LIFE).as_second());
    format!("{public_url}/wechat/h5/checkmweb?prepay_id={id}&package={dies}")
}

/// Remembers where the browser goes afterwards, and opens the wallet.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let referer = headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    let Some(site) = referer.and_then(host) else {
        return refused("商家存在未配置的参数，请联系商家解决 (no Referer)");
    };
    let now = clock::now();
    if asked.package <= now.as_second() {
        return refused("支付请求已失效，请重新发起支付 (older than five minutes)");
    }
    if asked.redirect_url.as_deref().is_some_and(|url| host(url).as_ref() != Some(&site)) {
        return refused("redirect_url的域名与发起支付的域名不一致 (another site)");
    }
    open(&shared, &asked, referer, now)
        .unwrap_or_else(|| refused("支付请求已失效，请重新发起支付 (no such prepay_id)"))
}

fn open(shared: &Shared, asked: &Asked, referer: Option<&str>, now: Timestamp) -> Option<Response> {
    let token = token_of(&asked.prepay_id)?.to_owned();
    let mut books = shared.books();
    let key = books.key_of_token(&token)?;
    let order = books.order(&key, now)?;
    let back = asked.redirect_url.as_deref().or(referer);
    order.return_url = back.map(str::to_owned);
    Some(see_other(&shared.wallet_url(Channel::Wechat, &token)))
}

fn host(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    uri.authority().map(|authority| authority.as_str().to_owned())
}

fn refused(text: &str) -> Response {
    plain(StatusCode::BAD_REQUEST, "text/plain; charset=utf-8", text.to_owned())
}
