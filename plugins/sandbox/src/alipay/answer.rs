//! The gateway's answers: a node of fields in Alipay's order, signed over its exact text.

use std::collections::BTreeMap;

use axum::response::Response;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::codes::refused;
use crate::crypto::{random_hex, spoil};
use crate::exchange::{Dialect, Refusal, plain};
use crate::shared::Shared;

pub(super) struct Node {
    code: &'static str,
    msg: &'static str,
    sub: Option<(String, String)>,
    fields: BTreeMap<&'static str, Value>,
}

impl Node {
    pub(super) fn success() -> Self {
        Self { code: "10000", msg: "Success", sub: None, fields: BTreeMap::new() }
    }

    /// 40004: the business refuses.
    pub(super) fn failed(sub_code: &str, sub_msg: &str) -> Self {
        Self::with_sub("40004", "Business Failed", sub_code, sub_msg)
    }

    pub(super) fn refused(code: &'static str, msg: &'static str, sub: &str, text: &str) -> Self {
        Self::with_sub(code, msg, sub, text)
    }

    pub(super) fn invalid(sub_code: &str, sub_msg: &str) -> Self {
        Self::with_sub("40002", "Invalid Arguments", sub_code, sub_msg)
    }

    pub(super) fn missing(sub_code: &str, sub_msg: &str) -> Self {
        Self::with_sub("40001", "Missing Required Arguments", sub_code, sub_msg)
    }

    fn with_sub(code: &'static str, msg: &'static str, sub_code: &str, sub_msg: &str) -> Self {
        let sub = Some((sub_code.to_owned(), sub_msg.to_owned()));
        Self { code, msg, sub, fields: BTreeMap::new() }
    }

    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.fields.insert(name, value.into());
        self
    }

    pub(super) fn message(&self) -> (&str, &str) {
        self.sub.as_ref().map_or((self.code, self.msg), |(code, text)| (code, text))
    }

    /// code, msg, sub_code, sub_msg, then the rest in alphabetical order.
    pub(super) fn text(&self) -> String {
        let mut members = vec![member("code", &json!(self.code)), member("msg", &json!(self.msg))];
        if let Some((code, text)) = &self.sub {
            members.push(member("sub_code", &json!(code)));
            members.push(member("sub_msg", &json!(text)));
        }
        members.extend(self.fields.iter().map(|(name, value)| member(name, value)));
        format!("{{{}}}", members.join(","))
    }
}

fn member(name: &str, value: &Value) -> String {
    format!("{}:{value}", json!(name))
}

/// How this call's answer is named and signed.
pub(super) struct Voice<'a> {
    pub(super) shared: &'a Shared,
    pub(super) method: Option<&'a str>,
}

impl Voice<'_> {
    fn node_name(&self) -> String {
        self.method.map_or_else(
            || "error_response".to_owned(),
            |method| format!("{}_response", method.replace('.', "_")),
        )
    }

    pub(super) fn unsigned(&self, node: &Node) -> Response {
        respond(format!("{{{}:{}}}", json!(self.node_name()), node.text()))
    }
}

impl Dialect for Voice<'_> {
    type Answer = Node;

    fn stop(&self) -> &CancellationToken {
        &self.shared.stop
    }

    fn refusal(&self, refusal: Refusal) -> Node {
        match refusal {
            Refusal::UnknownCode => Node::failed("ACQ.SANDBOX_UNKNOWN_CODE", "未知错误"),
            Refusal::SystemError => {
                let msg = "Service Currently Unavailable";
                Node::with_sub("20000", msg, "isp.unknow-error", "系统繁忙")
            }
            Refusal::RateLimited => {
                Node::with_sub("40005", "Call Limited", "isv.app-call-limited", "应用调用次数超限")
            }
            Refusal::Code(code) => refused(&code),
            Refusal::AskAgain => Node::success().with("retry_flag", "Y"),
        }
    }

    async fn seal(&self, node: Node, spoiled: bool) -> Response {
        let text = node.text();
        let mut sign = self.shared.sign(&self.shared.alipay.signer, text.clone().into()).await;
        if spoiled {
            sign = spoil(&sign);
        }
        respond(format!("{{{}:{text},\"sign\":\"{sign}\"}}", json!(self.node_name())))
    }
}

/// The body is JSON, the header says HTML: so it is in production.
fn respond(body: String) -> Response {
    let mut response = plain(StatusCode::OK, "text/html;charset=utf-8", body);
    let trace = HeaderValue::from_str(&random_hex(16)).expect("hexadecimal digits are ASCII");
    response.headers_mut().insert("trace_id", trace);
    response
}
