//! Answers of version 2, and how they are signed: as the request was.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use tokio_util::sync::CancellationToken;

use super::sign::{SignType, sign};
use super::xml::{Params, write};
use crate::crypto::random_hex;
use crate::exchange::{Dialect, Refusal, plain};
use crate::fault::FaultKind;
use crate::shared::Shared;
use crate::wechat::codes;
use crate::wechat::owner::Owner;
use crate::wechat::refused::Refused;

const XML: &str = "text/xml; charset=utf-8";

pub(super) enum Answer {
    /// `return_code` FAIL: nothing but a text, and no signature.
    Failed(String),
    /// The one refusal that has a number, and no signature either.
    NoBill,
    /// Text and no XML, unsigned.
    File(Vec<u8>),
    /// `result_code` FAIL with its code, and what else the call says then.
    Refused {
        code: String,
        text: String,
        more: Params,
    },
    Done(Params),
}

impl Answer {
    pub(super) fn failed(text: &str) -> Self {
        Self::Failed(text.to_owned())
    }

    pub(super) fn refused(code: &str, text: &str) -> Self {
        Self::Refused { code: code.to_owned(), text: text.to_owned(), more: Params::new() }
    }

    /// A refusal by its code alone.
    pub(super) fn coded(code: &str) -> Self {
        Self::refused(code, codes::TEXT)
    }

    pub(super) fn lacks(name: &str) -> Self {
        Self::refused("LACK_PARAMS", &format!("缺少参数{name}"))
    }

    pub(super) fn parameter(text: &str) -> Self {
        Self::refused("PARAM_ERROR", text)
    }

    /// An element that this call has whatever it answers.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        match &mut self {
            Self::Failed(_) | Self::NoBill | Self::File(_) => {}
            Self::Refused { more, .. } | Self::Done(more) => {
                more.insert(name.to_owned(), value.to_owned());
            }
        }
        self
    }
}

impl From<Refused> for Answer {
    fn from(refused: Refused) -> Self {
        let words = refused.words();
        Self::refused(words.v2_code, words.message)
    }
}

/// How one request's answer is signed.
pub(super) struct Voice<'a> {
    pub(super) shared: &'a Shared,
    pub(super) sign_type: SignType,
    pub(super) app_id: String,
    pub(super) owner: Owner,
    /// A reversal says whether to call again.
    pub(super) recalls: bool,
}

impl Voice<'_> {
    fn common(&self) -> Params {
        let party = &self.shared.wechat.party;
        let mut said = Params::from([
            ("return_code".to_owned(), "SUCCESS".to_owned()),
            ("return_msg".to_owned(), "OK".to_owned()),
            ("appid".to_owned(), self.app_id.clone()),
            ("mch_id".to_owned(), party.mch_id.clone()),
            ("nonce_str".to_owned(), random_hex(16)),
        ]);
        let Owner { sub_mch_id, sub_app_id } = self.owner.clone();
        said.extend(sub_mch_id.map(|id| ("sub_mch_id".to_owned(), id)));
        said.extend(sub_app_id.map(|id| ("sub_appid".to_owned(), id)));
        said
    }

    fn signed(&self, more: Params, result: &str, flaw: Option<FaultKind>) -> String {
        let mut said = self.common();
        said.extend(more);
        said.insert("result_code".to_owned(), result.to_owned());
        let key = &self.shared.wechat.party.api_v2_key;
        let key = if flaw.is_some() { "another key" } else { key };
        if flaw != Some(FaultKind::Unsigned) {
            said.insert("sign".to_owned(), sign(&said, key, self.sign_type));
        }
        write("xml", &said)
    }
}

impl Voice<'_> {
    fn said(&self, answer: Answer, flaw: Option<FaultKind>) -> Response {
        match answer {
            Answer::Failed(text) => unsigned(&text),
            Answer::NoBill => failed(&[("return_msg", "No Bill Exist"), ("error_code", "20002")]),
            Answer::File(bytes) => {
                let mut response = plain(StatusCode::OK, "text/plain", String::new());
                *response.body_mut() = Body::from(bytes);
                response
            }
            Answer::Refused { code, text, mut more } => {
                more.insert("err_code".to_owned(), code);
                more.insert("err_code_des".to_owned(), text);
                plain(StatusCode::OK, XML, self.signed(more, "FAIL", flaw))
            }
            Answer::Done(more) => plain(StatusCode::OK, XML, self.signed(more, "SUCCESS", flaw)),
        }
    }
}

/// Said before anything is known of the request.
pub(super) fn unsigned(text: &str) -> Response {
    failed(&[("return_msg", text)])
}

fn failed(more: &[(&str, &str)]) -> Response {
    let said = [("return_code", "FAIL")].iter().chain(more);
    let said = said.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    plain(StatusCode::OK, XML, write("xml", &said.collect::<Params>()))
}

impl Dialect for Voice<'_> {
    type Answer = Answer;

    fn stop(&self) -> &CancellationToken {
        &self.shared.stop
    }

    fn refusal(&self, refusal: Refusal) -> Answer {
        let answer = match refusal {
            Refusal::UnknownCode => Answer::refused("SANDBOX_UNKNOWN_CODE", "未知错误"),
            Refusal::SystemError => Answer::refused("SYSTEMERROR", "系统错误"),
            Refusal::RateLimited => Answer::refused("FREQUENCY_LIMITED", "频率限制"),
            Refusal::Code(code) => Answer::coded(&code),
            Refusal::AskAgain => Answer::Done(Params::new()),
        };
        if self.recalls { answer.with("recall", "Y") } else { answer }
    }

    #[allow(clippy::unused_async, reason = "the other dialects sign off the reactor")]
    async fn seal(&self, answer: Answer, spoiled: bool) -> Response {
        self.said(answer, spoiled.then_some(FaultKind::WrongSignature))
    }

    #[allow(clippy::unused_async, reason = "the other dialects sign off the reactor")]
    async fn flawed(&self, answer: Answer, fault: FaultKind) -> Response {
        self.said(answer, Some(fault))
    }
}
