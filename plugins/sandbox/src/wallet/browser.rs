//! The browser inside the payer's app: a page as the app would fetch it, behind its redirects.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::html::{channel_name, fill, respond};
use crate::books::Channel;
use crate::exchange::see_other;
use crate::notify::Fetched;
use crate::shared::Shared;

/// The apps name themselves so; merchants' pages ask for it.
const ALIPAY_AGENT: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Ariver/1.1.0 AliApp(AP/10.6.20.6000) Nebula WK RVKType(0) AlipayDefined(nt:WIFI,ws:390|780|3.0) AlipayClient/10.6.20.6000 Language/zh-Hans Region/CN NebulaX/1.0.0";
const WECHAT_AGENT: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50(0x18003235) NetType/WIFI Language/zh_CN";
/// What the page may do here: its scripts run, but in an origin of their own.
const POLICY: &str = "sandbox allow-scripts allow-forms allow-popups allow-top-navigation";

#[derive(Deserialize)]
pub(super) struct Place {
    url: String,
}

fn agent(channel: Channel) -> &'static str {
    match channel {
        Channel::Alipay => ALIPAY_AGENT,
        Channel::Wechat => WECHAT_AGENT,
    }
}

pub(super) async fn browse(
    State(shared): State<Arc<Shared>>,
    Path(channel): Path<Channel>,
    Query(place): Query<Place>,
) -> Response {
    match shared.post.fetch(&place.url, agent(channel)).await {
        Err(reason) => failed(channel, &place.url, &reason),
        Ok(Fetched::Redirect(location)) => follow(channel, &place.url, &location),
        Ok(Fetched::Page { status, content_type, body }) => {
            show(&place.url, status, content_type, &body)
        }
    }
}

/// The next page is opened by this browser too, unless it is the wallet itself.
fn follow(channel: Channel, from: &str, location: &str) -> Response {
    let target = absolute(from, location);
    let query: String = form_urlencoded::byte_serialize(target.as_bytes()).collect();
    see_other(&format!("/wallet/{}/browse?url={query}", channel.word()))
}

fn absolute(from: &str, location: &str) -> String {
    if location.contains("://") {
        return location.to_owned();
    }
    let begin = from.find("://").map_or(0, |at| at + 3);
    let host = from[begin..].find('/').map_or(from, |at| &from[..begin + at]);
    let slash = if location.starts_with('/') { "" } else { "/" };
    format!("{host}{slash}{location}")
}

fn show(url: &str, status: StatusCode, kind: Option<HeaderValue>, body: &[u8]) -> Response {
    let base = fill(r#"<base href="{{url}}">"#, &[("url", url)]);
    let html = kind.as_ref().and_then(|kind| kind.to_str().ok());
    let html = html.is_some_and(|kind| kind.starts_with("text/html"));
    let bytes = if html { [base.as_bytes(), body].concat() } else { body.to_vec() };
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    if let Some(kind) = kind {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    response
}

fn failed(channel: Channel, url: &str, reason: &str) -> Response {
    let body = fill(
        r#"<div class="top">{{channel}}</div><section class="card"><p class="note">{{reason}}</p>
<p>用浏览器打开时，请使用这个 User-Agent。 In a browser of your own, use this User-Agent:</p>
<pre>{{agent}}</pre><p>{{url}}</p></section>"#,
        &[
            ("channel", channel_name(channel)),
            ("reason", reason),
            ("agent", agent(channel)),
            ("url", url),
        ],
    );
    respond(StatusCode::BAD_GATEWAY, channel_name(channel), channel.word(), &body)
}
