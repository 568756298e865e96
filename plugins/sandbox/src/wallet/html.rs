//! Pages from compiled-in templates; every value is escaped on its way in.

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

use crate::books::{Channel, OrderView, Status};
use crate::exchange::plain;

const STYLE: &str = include_str!("style.css");
/// Nothing from anywhere else, no scripts, and no frames around the pay button.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Puts escaped values into `{{name}}`, in one pass: a value cannot bring a placeholder in.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut page = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        page.push_str(before);
        let Some((name, after)) = after.split_once("}}") else { break };
        let value = values.iter().find(|(own, _)| *own == name).map_or("", |(_, value)| value);
        // `raw:` is for markup made here, never for anyone's text.
        page.push_str(&if name.starts_with("raw:") { value.to_owned() } else { escape(value) });
        rest = after;
    }
    page.push_str(rest);
    page
}

pub(super) fn respond(status: StatusCode, title: &str, theme: &str, body: &str) -> Response {
    let values = [("title", title), ("theme", theme), ("raw:style", STYLE), ("raw:body", body)];
    let page = fill(include_str!("frame.html"), &values);
    let mut response = plain(status, "text/html; charset=utf-8", page);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

pub(super) fn yuan(fen: i64) -> String {
    format!("¥{}.{:02}", fen / 100, fen % 100)
}

pub(super) fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Alipay => "支付宝 Alipay",
        Channel::Wechat => "微信支付 WeChat Pay",
    }
}

pub(super) fn status_name(order: &OrderView) -> &'static str {
    match order.status {
        Status::Paid if order.refunded_fen == order.total_fen => "已全额退款 Refunded",
        Status::Paid if order.refunded_fen > 0 => "部分退款 Partly refunded",
        Status::Paid => "已支付 Paid",
        Status::Closed => "已关闭 Closed",
        Status::Offered => "待扫码 Not scanned",
        Status::Waiting => "待付款 Waiting",
    }
}

pub(super) fn status_class(order: &OrderView) -> &'static str {
    match order.status {
        Status::Paid => "paid",
        Status::Closed => "closed",
        Status::Offered | Status::Waiting => "waiting",
    }
}
