//! A door for systems that were written for another gateway: who comes through it, and in which
//! words it is told what became of its orders.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method};
use paymux_channel::Secret;
use paymux_core::payment::{Notice, Payment};
use paymux_core::refund::Refund;
use paymux_core::{RefundId, Timestamp};

use crate::snapshot::Snapshot;

/// A merchant's side of it.
#[derive(Clone, Debug)]
pub struct Door {
    /// As what the merchant is known there.
    pub party: String,
    /// Signs what comes in, and what goes out.
    pub key: Secret,
    pub words: Arc<dyn Words>,
}

/// What is told of, as it is now.
pub struct Told<'a> {
    pub payment: &'a Payment,
    pub refund: Option<&'a Refund>,
    pub snapshot: &'a Snapshot,
    pub now: Timestamp,
}

/// One message to the URL that came with the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub url: String,
    pub method: Method,
    pub content_type: Option<HeaderValue>,
    pub body: Bytes,
}

/// How a protocol tells, and how it is told that it was heard.
pub trait Words: fmt::Debug + Send + Sync {
    /// Whether the protocol has words for it, and the order an address.
    fn tells(&self, payment: &Payment, notice: Notice) -> bool;

    /// Signed anew at each attempt; `None` where there is nothing to tell.
    fn message(&self, told: &Told<'_>) -> Option<Message>;

    fn acknowledges(&self, body: &[u8]) -> bool;

    /// Where the payer's browser goes afterwards.
    fn way_back(&self, told: &Told<'_>) -> Option<String>;
}

/// The refund that an event is about.
pub(crate) fn refund_of(payload: &[u8]) -> Option<RefundId> {
    let event: serde_json::Value = serde_json::from_slice(payload).ok()?;
    event["data"]["refund"]["id"].as_str()?.parse().ok()
}

/// The refund that a notice is about.
pub fn noticed(payment: &Payment, notice: Notice) -> Option<&Refund> {
    notice.refund().and_then(|it| payment.refund(it))
}
