//! The way to a merchant's endpoint: one attempt, guarded against addresses that are not theirs.

use std::time::Duration;

use bytes::Bytes;
use paymux_core::{MerchantId, Timestamp};
use tower::util::BoxCloneSyncService;

use crate::endpoint::Login;

pub type Courier = BoxCloneSyncService<Parcel, Receipt, CourierError>;

/// More of an answer is never read; the status decides.
pub const MAX_RECEIPT_BYTES: usize = 64 * 1024;

/// One message: a request, or what a broker is given to keep.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Its scheme says how to send.
    pub url: String,
    /// Of a request over HTTP.
    pub method: http::Method,
    /// What a broker asks for.
    pub login: Option<Login>,
    pub merchant: MerchantId,
    /// The event's, such as `payment.succeeded`.
    pub kind: String,
    pub headers: http::HeaderMap,
    pub body: Bytes,
    /// Covers the name, the connection, the answer and its body.
    pub timeout: Duration,
}

/// What the endpoint said.
#[derive(Clone, Debug)]
pub enum Receipt {
    /// Over HTTP.
    Answered {
        status: u16,
        retry_after: Option<RetryAfter>,
        /// At most [`MAX_RECEIPT_BYTES`].
        body: Bytes,
    },
    /// A broker has it, and at least one queue.
    Confirmed,
}

/// RFC 9110, section 10.2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    In(Duration),
    /// By the endpoint's clock.
    At(Timestamp),
}

impl RetryAfter {
    pub fn pause(self, now: Timestamp) -> Duration {
        match self {
            Self::In(pause) => pause,
            Self::At(moment) => moment.since(now),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CourierError {
    #[error("the URL is not one we may send to")]
    Url,
    #[error("the name leads to an address we may not send to")]
    Address,
    #[error("the name cannot be resolved")]
    Resolve,
    #[error("no connection could be made")]
    Connect,
    #[error("the TLS handshake failed")]
    Tls,
    #[error("no complete answer in time")]
    Deadline,
    #[error("the connection broke")]
    Broken,
    #[error("the broker refused the user or its password")]
    Login,
    #[error("the broker has no such exchange, or does not let us publish")]
    Refused,
    #[error("the broker has no queue for it")]
    Unroutable,
    #[error("the broker could not keep it")]
    Rejected,
}

impl CourierError {
    /// Whether the endpoint may have taken the event all the same.
    pub const fn is_unknown(self) -> bool {
        match self {
            Self::Deadline | Self::Broken => true,
            Self::Url
            | Self::Address
            | Self::Resolve
            | Self::Connect
            | Self::Tls
            | Self::Login
            | Self::Refused
            | Self::Unroutable
            | Self::Rejected => false,
        }
    }

    /// A closed set of words for metrics, logs and the timeline.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Url => "url_refused",
            Self::Address => "address_refused",
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Deadline => "deadline",
            Self::Broken => "broken",
            Self::Login => "login",
            Self::Refused => "refused",
            Self::Unroutable => "unroutable",
            Self::Rejected => "rejected",
        }
    }
}
