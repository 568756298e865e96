//! Answers of the open platform: unsigned JSON, an error being a number in a successful answer.

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::books::Channel;
use crate::exchange::{Dialect, Refusal, exchange, plain};
use crate::fault::{Class, Operation};
use crate::shared::Shared;

/// `errcode` and `errmsg`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Failed(pub(super) i64, pub(super) String);

pub(super) type Said = Result<Value, Failed>;

pub(super) fn failed<T>(code: i64, text: &str) -> Result<T, Failed> {
    Err(Failed(code, text.to_owned()))
}

struct Voice<'a>(&'a Shared);

impl Dialect for Voice<'_> {
    type Answer = Said;

    fn stop(&self) -> &CancellationToken {
        &self.0.stop
    }

    fn refusal(&self, refusal: Refusal) -> Said {
        match refusal {
            Refusal::UnknownCode => failed(99_999, "sandbox unknown code"),
            Refusal::SystemError | Refusal::AskAgain => failed(-1, "system error"),
            Refusal::RateLimited => failed(45_011, "api minute-quota reach limit"),
            Refusal::Code(code) => failed(code.parse().unwrap_or(-1), "set by the sandbox"),
        }
    }

    #[allow(clippy::unused_async, reason = "the other dialects sign off the reactor")]
    async fn seal(&self, said: Said, _spoiled: bool) -> Response {
        let body = match said {
            Ok(body) => body,
            Err(Failed(code, text)) => json!({ "errcode": code, "errmsg": text }),
        };
        plain(StatusCode::OK, "application/json; charset=utf-8", body.to_string())
    }
}

/// Answers, unless a fault strikes.
pub(super) async fn answered(
    shared: &Shared,
    operation: Operation,
    act: impl FnOnce() -> Said,
) -> Response {
    let fault = shared.faults().take(Class::Request, Channel::Wechat, operation, None);
    exchange(&Voice(shared), fault, |_skew| act()).await
}

/// The application and its secret.
pub(super) fn check(shared: &Shared, app_id: &str, secret: &str) -> Result<(), Failed> {
    match shared.wechat.party.secret(app_id) {
        None => failed(40_013, "invalid appid"),
        Some(own) if own != secret => failed(40_125, "invalid appsecret"),
        Some(_) => Ok(()),
    }
}
