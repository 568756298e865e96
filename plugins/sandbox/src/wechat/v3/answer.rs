//! Answers and refusals of APIv3, and their signature.

use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::crypto::{random_hex, spoil};
use crate::exchange::{Dialect, Refusal, plain};
use crate::fault::FaultKind;
use crate::shared::Shared;
use crate::wechat::codes;
use crate::wechat::refused::Refused;

const JSON: &str = "application/json; charset=utf-8";

pub(super) struct Answer {
    status: StatusCode,
    /// `None`: an empty body.
    body: Option<Value>,
    /// The channel's internal number, after the dash of `Request-ID`.
    number: u32,
}

impl Answer {
    pub(super) fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, body: Some(body), number: 0 }
    }

    /// Not final: asked again, or queried.
    pub(super) fn accepted(body: Value) -> Self {
        Self { status: StatusCode::ACCEPTED, body: Some(body), number: 0 }
    }

    pub(super) fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None, number: 0 }
    }

    pub(super) fn refused(status: u16, code: &str, message: &str, number: u32) -> Self {
        let status = StatusCode::from_u16(status).expect("the statuses here are written as such");
        Self { status, body: Some(json!({ "code": code, "message": message })), number }
    }

    pub(super) fn parameter(message: &str) -> Self {
        Self::refused(400, "PARAM_ERROR", message, 268_435_461)
    }

    /// A refusal by its code, under the status that is documented for it.
    pub(super) fn coded(code: &str) -> Self {
        Self::refused(codes::status(code), code, codes::TEXT, 0)
    }

    /// A parameter by its place, as the channel points at it.
    pub(super) fn field(field: &str, issue: &str) -> Self {
        let mut answer = Self::parameter("参数错误");
        let detail = json!({ "location": "body", "field": field, "issue": issue });
        if let Some(body) = answer.body.as_mut() {
            body["detail"] = detail;
        }
        answer
    }

    pub(super) fn numbered(mut self, number: u32) -> Self {
        self.number = number;
        self
    }

    /// The body's merchant is not the one that signed.
    pub(super) fn other_signer() -> Self {
        Self::refused(400, "MCH_NOT_EXISTS", "商户号与签名商户不一致", 268_447_843)
    }

    /// The same field, of one of a list.
    pub(super) fn below(mut self, place: &str) -> Self {
        let field = self.body.as_mut().and_then(|body| body.pointer_mut("/detail/field"));
        if let Some(Value::String(field)) = field {
            field.insert_str(0, place);
        }
        self
    }

    pub(super) fn sign_error(message: &str) -> Self {
        Self::refused(401, "SIGN_ERROR", message, 268_443_699)
    }

    pub(super) fn order_unknown() -> Self {
        Refused::OrderUnknown.into()
    }

    pub(super) fn not_found(message: &str) -> Self {
        Self::refused(404, "RESOURCE_NOT_EXISTS", message, 0)
    }
}

impl From<Refused> for Answer {
    fn from(refused: Refused) -> Self {
        let words = refused.words();
        Self::refused(words.v3_status, words.v3_code, words.message, words.number)
    }
}

/// How one request's answer is signed.
pub(super) struct Voice<'a> {
    pub(super) shared: &'a Shared,
    /// The request's `Wechatpay-Serial`: it may choose the key.
    pub(super) wanted: Option<String>,
}

impl<'a> Voice<'a> {
    pub(super) fn of(shared: &'a Shared, headers: &HeaderMap) -> Self {
        let wanted = headers.get("wechatpay-serial").and_then(|value| value.to_str().ok());
        Self { shared, wanted: wanted.map(str::to_owned) }
    }

    fn serial(&self) -> String {
        let wanted = self.wanted.as_deref().and_then(|own| self.shared.wechat.wanted(own));
        wanted.unwrap_or_else(|| self.shared.wechat.serial(self.shared.config.wechat_signs_with))
    }
}

/// What the channel signs of its answers and notifications.
pub(crate) fn message(timestamp: &str, nonce: &str, body: &str) -> String {
    format!("{timestamp}\n{nonce}\n{body}\n")
}

/// A stale signature is older than anybody takes.
const STALE_S: i64 = 600;

/// The five headers that sign `body` now; under a flaw, in vain.
pub(super) async fn signature(
    shared: &Shared,
    serial: &str,
    body: &str,
    flaw: Option<FaultKind>,
) -> Vec<(&'static str, String)> {
    let is = |kind| flaw == Some(kind);
    let age = if is(FaultKind::StaleTimestamp) { STALE_S } else { 0 };
    let timestamp = (clock::now().as_second() - age).to_string();
    let nonce = random_hex(16);
    let message = message(&timestamp, &nonce, body);
    let mut signature = shared.sign(shared.wechat.signer(serial), message.into_bytes()).await;
    let mut serial = serial.to_owned();
    if is(FaultKind::WrongSignature) {
        signature = spoil(&signature);
    } else if is(FaultKind::SignTest) {
        signature = format!("WECHATPAY/SIGNTEST/{signature}");
    } else if is(FaultKind::StrangeSerial) {
        serial = random_hex(20).to_uppercase();
    } else if is(FaultKind::Unsigned) {
        return Vec::new();
    }
    vec![
        ("wechatpay-timestamp", timestamp),
        ("wechatpay-nonce", nonce),
        ("wechatpay-signature", signature),
        ("wechatpay-serial", serial),
        ("wechatpay-signature-type", "WECHATPAY2-SHA256-RSA2048".to_owned()),
    ]
}

impl Dialect for Voice<'_> {
    type Answer = Answer;

    fn stop(&self) -> &CancellationToken {
        &self.shared.stop
    }

    fn refusal(&self, refusal: Refusal) -> Answer {
        match refusal {
            Refusal::UnknownCode => Answer::refused(400, "SANDBOX_UNKNOWN_CODE", "未知错误", 0),
            // Only version 2 says whether to ask again.
            Refusal::SystemError | Refusal::AskAgain => {
                Answer::refused(500, "SYSTEM_ERROR", "系统错误", 0)
            }
            Refusal::RateLimited => {
                Answer::refused(429, "FREQUENCY_LIMITED", "频率超限", 268_447_840)
            }
            Refusal::Code(code) => Answer::coded(&code),
        }
    }

    async fn seal(&self, answer: Answer, spoiled: bool) -> Response {
        self.said(answer, spoiled.then_some(FaultKind::WrongSignature)).await
    }

    async fn flawed(&self, answer: Answer, fault: FaultKind) -> Response {
        self.said(answer, Some(fault)).await
    }
}

impl Voice<'_> {
    async fn said(&self, answer: Answer, flaw: Option<FaultKind>) -> Response {
        let body = answer.body.map(|body| body.to_string()).unwrap_or_default();
        let signed = signature(self.shared, &self.serial(), &body, flaw).await;
        let mut response = plain(answer.status, JSON, body);
        let id = ("request-id", format!("08{}-{}", random_hex(20).to_uppercase(), answer.number));
        for (name, value) in signed.into_iter().chain([id]) {
            let value = HeaderValue::from_str(&value).expect("serials and digits are ASCII");
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
        response
    }
}
