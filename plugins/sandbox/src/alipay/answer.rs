//! The gateway's answers: a node of fields in Alipay's order, signed over its exact text.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::charset::Charset;
use super::codes::refused;
use crate::crypto::{Hash, random_hex, spoil};
use crate::exchange::{Dialect, Refusal, plain};
use crate::setup::Slashes;
use crate::shared::Shared;

/// Old interfaces refuse under this name, whatever was asked.
const OAUTH_TOKEN: &str = "alipay.system.oauth.token";

pub(super) struct Node {
    /// Empty: a success of an old interface, which says nothing of it.
    code: &'static str,
    msg: &'static str,
    sub: Option<(String, String)>,
    fields: BTreeMap<&'static str, Value>,
}

impl Node {
    pub(super) fn success() -> Self {
        Self::of("10000", "Success")
    }

    /// 10003: the payer has to confirm. The space before the text is the real one.
    pub(super) fn waiting() -> Self {
        Self::of("10003", " order success pay inprocess")
    }

    /// A success without code and text.
    pub(super) fn bare() -> Self {
        Self::of("", "")
    }

    fn of(code: &'static str, msg: &'static str) -> Self {
        Self { code, msg, sub: None, fields: BTreeMap::new() }
    }

    /// 40004: the business refuses.
    pub(super) fn failed(sub_code: &str, sub_msg: &str) -> Self {
        Self::refused("40004", "Business Failed", sub_code, sub_msg)
    }

    pub(super) fn invalid(sub_code: &str, sub_msg: &str) -> Self {
        Self::refused("40002", "Invalid Arguments", sub_code, sub_msg)
    }

    pub(super) fn refused(
        code: &'static str,
        msg: &'static str,
        sub_code: &str,
        sub_msg: &str,
    ) -> Self {
        let sub = Some((sub_code.to_owned(), sub_msg.to_owned()));
        Self { sub, ..Self::of(code, msg) }
    }

    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.fields.insert(name, value.into());
        self
    }

    #[must_use]
    pub(super) fn with_some(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(super) fn message(&self) -> (&str, &str) {
        self.sub.as_ref().map_or((self.code, self.msg), |(code, text)| (code, text))
    }

    /// code, msg, sub_code, sub_msg, then the rest in alphabetical order.
    pub(super) fn text(&self) -> String {
        let mut members = Vec::new();
        if !self.code.is_empty() {
            members.push(member("code", &json!(self.code)));
            members.push(member("msg", &json!(self.msg)));
        }
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

/// How the caller wrote, and so wants to be answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub(super) charset: Charset,
    pub(super) hash: Hash,
    /// Answers name Alipay's certificate.
    pub(super) certificate: bool,
    pub(super) encrypted: bool,
}

impl Default for Manner {
    fn default() -> Self {
        let (charset, hash) = (Charset::Utf8, Hash::Sha256);
        Self { charset, hash, certificate: false, encrypted: false }
    }
}

/// How this call's answer is named and signed.
pub(super) struct Voice<'a> {
    pub(super) shared: &'a Shared,
    pub(super) method: Option<&'a str>,
    pub(super) manner: Manner,
    /// What a reversal that has to be asked for again names.
    pub(super) out_trade_no: Option<String>,
}

impl Voice<'_> {
    fn node_name(&self, node: &Node) -> String {
        match self.method {
            Some(OAUTH_TOKEN) if node.sub.is_some() => "error_response".to_owned(),
            None => "error_response".to_owned(),
            Some(method) => format!("{}_response", method.replace('.', "_")),
        }
    }

    pub(super) fn unsigned(&self, node: &Node) -> Response {
        self.respond(&format!("{{{}:{}}}", json!(self.node_name(node)), node.text()))
    }

    /// The node as it is sent, and the text that is signed.
    fn written(&self, node: &Node) -> (String, String) {
        let text = node.text();
        let (sent, signed) = match self.shared.config.alipay_slashes {
            Slashes::Plain => (text.clone(), text),
            Slashes::Escaped => (text.replace('/', "\\/"), text.replace('/', "\\/")),
            Slashes::EscapedAfterSigning => (text.replace('/', "\\/"), text),
        };
        if !self.manner.encrypted {
            return (sent, signed);
        }
        // The quotation marks around the cipher are signed with it.
        let sealed = self.shared.alipay.cipher.encrypt(&self.manner.charset.encode(&sent));
        let quoted = format!("\"{sealed}\"");
        (quoted.clone(), quoted)
    }

    /// The body is JSON, the header says HTML: so it is in production.
    fn respond(&self, body: &str) -> Response {
        let charset = self.manner.charset;
        let mut response = plain(StatusCode::OK, charset.content_type(), String::new());
        *response.body_mut() = Body::from(charset.encode(body));
        let trace = HeaderValue::from_str(&random_hex(16)).expect("hexadecimal digits are ASCII");
        response.headers_mut().insert("trace_id", trace);
        response
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
            Refusal::SystemError => refused("isp.unknow-error"),
            Refusal::RateLimited => refused("isv.app-call-limited"),
            Refusal::Code(code) => refused(&code),
            Refusal::AskAgain => Node::success()
                .with_some("out_trade_no", self.out_trade_no.clone())
                .with("retry_flag", "Y"),
        }
    }

    async fn seal(&self, node: Node, spoiled: bool) -> Response {
        let (sent, signed) = self.written(&node);
        let desk = &self.shared.alipay;
        let bytes = self.manner.charset.encode(&signed);
        let mut sign = self.shared.sign_with(&desk.signer, self.manner.hash, bytes).await;
        if spoiled {
            sign = spoil(&sign);
        }
        // In certificate mode the number stands between the node and its signature.
        let certificate = if self.manner.certificate {
            format!("\"alipay_cert_sn\":\"{}\",", desk.alipay_cert_sn())
        } else {
            String::new()
        };
        let name = json!(self.node_name(&node));
        self.respond(&format!("{{{name}:{sent},{certificate}\"sign\":\"{sign}\"}}"))
    }
}
