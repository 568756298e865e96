//! The contract between the gateway and a payment channel: bytes in, facts out. No IO, no clock.
//!
//! A plugin implements [`Plugin`] and [`Channel`]. Nothing here has a default implementation: a
//! channel that forgets to verify must not compile.

pub mod aead;
pub mod bill;
pub mod canonical;
pub mod certificate;
pub mod china;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod keys;
pub mod operation;
pub mod rsa;
pub mod secret;
pub mod settings;
pub mod split;
pub mod transfer;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use paymux_core::Timestamp;
use paymux_core::payment::Method;

pub use bill::{
    Bill, BillAnswer, BillBytes, BillEntry, BillFault, BillFile, BillKind, BillLine, BillLines,
    BillRefund, Fee,
};
pub use certificate::ClientCertificate;
pub use keys::PlatformKey;
pub use operation::{
    Ask, Combined, CombinedPart, Identify, Mismatch, News, Notification, Operation, Outcome, Pay,
    RawAnswer, RawCall, RefundCall, RefundOutcome,
};
pub use secret::Secret;
pub use settings::{Settings, SettingsError};
pub use split::{ReceiverCall, Relation, SplitCall, SplitOutcome, Splits};
pub use transfer::{TransferCall, TransferOutcome, Transfers};

pub type Request = http::Request<Bytes>;
pub type Response = http::Response<Bytes>;

/// A kind of channel, compiled in.
pub trait Plugin: Send + Sync {
    /// `alipay`, `wechat`: the `channel` of the API and the settings.
    fn kind(&self) -> &'static str;

    /// Reads settings and keys once; everything that can be wrong with them is wrong here, and
    /// reported together. `learned` are platform keys the channel has published since.
    fn open(
        &self,
        settings: &Settings,
        learned: &[PlatformKey],
    ) -> Result<Arc<dyn Channel>, Vec<SettingsError>>;
}

/// One merchant account at one channel.
pub trait Channel: Send + Sync {
    fn capabilities(&self) -> &Capabilities;

    /// Which account this is at the channel, by its own numbers, as in `app_id 2021…`: two that
    /// differ know nothing of each other's payments. Keys are no part of it; nothing in it is
    /// secret.
    fn identity(&self) -> String;

    /// Who this account is as a part of a [`Combined`] order, in words of its channel's own; none
    /// where it can be no part.
    fn party(&self) -> Option<String>;

    /// What this account shows in the TLS handshake, where its channel asks for a certificate.
    fn client_certificate(&self) -> Option<&ClientCertificate>;

    /// Where a browser inside the wallet is sent to learn who the payer is. It comes back to
    /// `redirect_url` with `state` and a code for [`Identify::OAuth`].
    fn identify_url(&self, redirect_url: &str, state: &str) -> Option<String>;

    /// Turns an operation into a signed request, or into an answer needing no call. Equal
    /// arguments give equal bytes.
    fn build(&self, operation: &Operation, call: &Call) -> Result<Step, BuildError>;

    /// Verifies and reads the channel's answer to `operation`: the bytes first, then the words.
    fn parse(
        &self,
        operation: &Operation,
        call: &Call,
        response: &Response,
    ) -> Result<Outcome, ParseError>;

    /// Whether the code of an unknown outcome says "too often". It slows us down and decides
    /// nothing else: what was asked may have happened all the same.
    fn is_limited(&self, code: &str) -> bool;

    /// What an operator should look at where the channel answers with this code; nothing where it
    /// says nothing of the account.
    fn advice(&self, code: &str) -> Option<&'static str>;

    /// Verifies and reads a notification. An unverified one has no representation, unless as
    /// [`News::RefundHint`], of which nothing is believed.
    fn verify(&self, notification: &Request, now: Timestamp) -> Result<Notification, VerifyError>;

    /// Verifies the query string with which the payer's browser comes back; gives the
    /// `out_trade_no`. Proof of who sent it, not of payment.
    fn verify_return(&self, query: &str) -> Result<String, VerifyError>;

    /// Reads a bill's file. What is not this account's, not of that day, not whole or does not add
    /// up is refused with the line that shows it.
    fn read_bill(&self, bill: Bill, file: &BillFile, bytes: BillBytes) -> BillLines;

    /// The bytes by which this channel understands "received" or "send it again".
    fn reply(&self, reply: Reply) -> Response;
}

/// Whatever varies between two equal calls; `now` is the moment of building, and for `parse` the
/// moment of the answer.
#[derive(Clone, Debug)]
pub struct Call {
    pub now: Timestamp,
    pub nonce: [u8; 16],
    /// Where this account's notifications are to go: `https://…/notify/{account}`.
    pub notify_url: String,
    /// Where the payer's browser is to come back: `https://…/return/{account}`.
    pub return_url: String,
}

impl Call {
    /// The nonce as 32 hexadecimal digits, the form both channels take.
    pub fn nonce_text(&self) -> String {
        self.nonce.iter().map(|it| format!("{it:02X}")).collect()
    }
}

pub enum Step {
    Send(Box<Request>),
    Done(Outcome),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Recorded; do not send it again.
    Received,
    /// Not recorded; send it again.
    Again,
    /// Not the channel's own signature.
    Forged,
}

#[derive(Clone, Debug)]
pub struct Capabilities {
    pub methods: &'static [Method],
    /// Whether answers are verified with keys that must be fetched ([`Operation::PlatformKeys`]).
    pub fetches_platform_keys: bool,
    /// How a charge of [`Method::Barcode`] is brought to its end.
    pub till: Till,
    /// Between two refunds of one payment.
    pub refund_every: Duration,
    /// When on the next day, in China, a day's bill is there to be asked for.
    pub bills_from: Duration,
    /// How long what an order gave its payer leads anywhere; none where it does as long as the
    /// order itself.
    pub shown_for: fn(Method) -> Option<Duration>,
    /// What it pays out; none where it pays nothing out.
    pub transfers: Option<Transfers>,
    /// How it splits its payments; none where it does not.
    pub splits: Option<Splits>,
    /// Whose [`Operation::AppToken`] it is; none where there is none to ask for.
    pub app_token: Option<AppToken>,
}

/// An application at the channel's open platform, which several accounts may share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppToken {
    pub app: String,
    /// Whether a new token voids the one before it: then one asks for all.
    pub exclusive: bool,
}

/// The channel's guidance for a charge whose payer stands at a till.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Till {
    /// First digits of the codes that this channel's wallet shows.
    pub code_prefixes: &'static [&'static str],
    /// Between two questions.
    pub query_every: Duration,
    /// A charge still undecided then is reversed.
    pub decide_after: Duration,
    /// The channel refuses to reverse a charge that is younger.
    pub reverse_after: Duration,
}

impl Default for Till {
    fn default() -> Self {
        Self {
            code_prefixes: &[],
            query_every: Duration::from_secs(5),
            decide_after: Duration::from_secs(45),
            reverse_after: Duration::ZERO,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("the channel does not offer this operation")]
    Unsupported,
    /// A field of the merchant's request, and what the channel takes there.
    #[error("the channel wants `{field}` to be {limit}")]
    Limit { field: &'static str, limit: &'static str },
    #[error("the request cannot be signed")]
    Sign,
}

/// The answer proves nothing; what it answered to may have happened.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("the answer's signature is not the channel's")]
    Signature,
    #[error("the answer is signed with a key that is not known: {serial}")]
    UnknownKey { serial: String },
    #[error("the answer is too old")]
    Stale,
    #[error("the answer cannot be read: {0}")]
    Malformed(&'static str),
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    #[error("the signature is not the channel's")]
    Signature,
    /// The channel tests whether we verify at all (WeChat Pay's `WECHATPAY/SIGNTEST/`).
    #[error("the channel's signature probe")]
    Probe,
    #[error("signed with a key that is not known: {serial}")]
    UnknownKey { serial: String },
    #[error("the timestamp is outside the window")]
    Stale,
    #[error("it cannot be read: {0}")]
    Malformed(&'static str),
    #[error("this channel sends nothing of the kind")]
    Unsupported,
}

impl VerifyError {
    /// A closed set of words for metrics and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Probe => "probe",
            Self::UnknownKey { .. } => "unknown_key",
            Self::Stale => "stale",
            Self::Malformed(_) => "malformed",
            Self::Unsupported => "unsupported",
        }
    }
}
