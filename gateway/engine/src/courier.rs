//! The way to a merchant's endpoint: one attempt, guarded against addresses that are not theirs.

use std::time::Duration;

use bytes::Bytes;
use tower::util::BoxCloneSyncService;

pub type Courier = BoxCloneSyncService<Parcel, Receipt, CourierError>;

/// More of an answer is never read; the status decides.
pub const MAX_RECEIPT_BYTES: usize = 64 * 1024;

/// One POST.
#[derive(Clone, Debug)]
pub struct Parcel {
    pub url: String,
    pub headers: http::HeaderMap,
    pub body: Bytes,
    /// Covers the name, the connection, the answer and its body.
    pub timeout: Duration,
}

/// What the endpoint said.
#[derive(Clone, Debug)]
pub struct Receipt {
    pub status: u16,
    pub retry_after: Option<Duration>,
    /// At most [`MAX_RECEIPT_BYTES`].
    pub body: Bytes,
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
    #[error("too many attempts are running")]
    Shed,
}

impl CourierError {
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
            Self::Shed => "shed",
        }
    }
}
