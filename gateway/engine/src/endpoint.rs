//! A merchant's side as configured: where it listens, and by what it is known.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use paymux_core::EndpointId;
use paymux_core::payment::{Notice, Payment};
use paymux_core::schedule::Schedule;
use zeroize::Zeroizing;

use crate::door::Door;

pub use crate::webhook::secret::{WebhookSecret, WebhookSecretError};

/// A webhook receiver.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub id: EndpointId,
    /// `https://`, `http://` or `amqp://`; without user and password.
    pub url: String,
    pub login: Option<Login>,
    /// Each signs; two while one replaces the other.
    pub secrets: Vec<WebhookSecret>,
    pub ack: Ack,
    pub schedule: Schedule,
    /// For one whole attempt.
    pub timeout: Duration,
    /// It hears in another protocol's words, and each order brings its own URL.
    pub door: Option<Door>,
}

impl Endpoint {
    /// Whether it is a door, the payment came through it, and it has words for the notice.
    pub fn hears(&self, payment: &Payment, notice: Notice) -> bool {
        let Some(door) = &self.door else { return false };
        let own = payment.order.door.as_ref().is_some_and(|it| it.name == self.id);
        own && door.words.tells(payment, notice)
    }

    /// By which its receiver knows us without holding a secret.
    pub fn public_keys(&self) -> Vec<String> {
        self.secrets.iter().filter_map(WebhookSecret::public_key).collect()
    }
}

/// How a broker knows us.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    pub user: String,
    pub password: Zeroizing<String>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What counts as "received".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ack {
    /// Any 2xx.
    Status,
    /// A 2xx whose body is `success`, for receivers written for Alipay.
    Success,
}

impl Ack {
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "status" => Some(Self::Status),
            "success" => Some(Self::Success),
            _ => None,
        }
    }
}

/// A merchant's API key, as its hash: the key itself is not kept.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeyHash([u8; 32]);

impl ApiKeyHash {
    pub fn of(key: &str) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, key.as_bytes()).as_ref());
        Self(hash)
    }

    /// In constant time.
    pub fn equals(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl fmt::Debug for ApiKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
