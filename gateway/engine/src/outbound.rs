//! The way to a channel: one tower stack per account, and what its refusals mean.

use std::time::Duration;

use bytes::Bytes;
use paymux_channel::{Request, Response};
use paymux_core::route::Health;
use tower::util::BoxCloneSyncService;

/// One stack per account; cloned for each call.
pub type Outbound = BoxCloneSyncService<Request, Response, CallError>;

/// Answers larger than this are no answers of these channels.
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Rides with a request whose answer is a file: its bytes go there as they come, and nowhere else.
/// What is no success is answered as always.
#[derive(Clone, Debug)]
pub struct Sink(pub tokio::sync::mpsc::Sender<Bytes>);

/// Why a call gave no answer. The one question that matters: could it have been sent?
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    #[error("the account's quota is spent")]
    Quota,
    #[error("the breaker is shut")]
    Shut,
    #[error("too many calls are running")]
    Shed,
    #[error("no connection could be made")]
    Connect,
    #[error("no answer within the deadline")]
    Deadline,
    #[error("the connection broke before an answer")]
    Broken,
    #[error("the answer is too large")]
    TooLarge,
}

impl CallError {
    /// True when no byte of the request can have reached the channel. The only basis on which
    /// another account may be tried.
    pub const fn never_sent(self) -> bool {
        match self {
            Self::Quota | Self::Shut | Self::Shed | Self::Connect => true,
            Self::Deadline | Self::Broken | Self::TooLarge => false,
        }
    }

    /// A closed set of words for metrics and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quota => "quota",
            Self::Shut => "breaker_shut",
            Self::Shed => "shed",
            Self::Connect => "connect",
            Self::Deadline => "deadline",
            Self::Broken => "broken",
            Self::TooLarge => "too_large",
        }
    }
}

/// What an account's stack knows beside the calls that pass it, and what it is told of them.
pub trait Gauge: Send + Sync {
    /// What its breaker says.
    fn health(&self) -> Health;

    /// For how much longer it keeps every call away.
    fn shut_for(&self) -> Duration;

    /// The channel itself said "too often" to this operation.
    fn limited(&self, operation: &'static str);

    /// A probe has ended: whether the channel answered something definite.
    fn probed(&self, definite: bool);
}

/// Beside a stack that measures nothing, for those who build services by hand.
pub struct Unmeasured;

impl Gauge for Unmeasured {
    fn health(&self) -> Health {
        Health::Fit
    }

    fn shut_for(&self) -> Duration {
        Duration::ZERO
    }

    fn limited(&self, _: &'static str) {}

    fn probed(&self, _: bool) {}
}

/// What an answer is made of, for those who build services by hand.
pub fn response(status: u16, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    response
}
