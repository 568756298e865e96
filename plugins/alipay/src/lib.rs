//! Alipay as pure functions: RSA2 with public keys, codes to scan and pages, close and refunds.

mod advice;
mod answer;
mod close;
mod codes;
mod form;
mod inbound;
mod notify;
mod page;
mod pay;
mod query;
mod query_refund;
mod refund;
mod reply;
mod request;
mod returned;
mod settings;
mod time;
mod wire;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use paymux_channel::{
    BuildError, Call, Capabilities, Channel, ClientCertificate, Notification, Operation, Outcome,
    ParseError, PlatformKey, Plugin, Reply, Request, Response, Settings, SettingsError, Step, Till,
    VerifyError,
};
use paymux_core::Timestamp;
use paymux_core::payment::Method;

use crate::settings::Account;

pub struct Alipay;

impl Plugin for Alipay {
    fn kind(&self) -> &'static str {
        "alipay"
    }

    /// Alipay's public key is a setting; it publishes none by itself in this mode.
    fn open(
        &self,
        settings: &Settings,
        _learned: &[PlatformKey],
    ) -> Result<Arc<dyn Channel>, Vec<SettingsError>> {
        Ok(Arc::new(settings::read(settings)?))
    }
}

const CAPABILITIES: Capabilities = Capabilities {
    methods: &[Method::Qr, Method::Page],
    fetches_platform_keys: false,
    till: TILL,
    one_app_token: false,
};

const TILL: Till = Till {
    code_prefixes: &["25", "26", "27", "28", "29", "30"],
    query_every: Duration::from_secs(5),
    decide_after: Duration::from_secs(45),
    reverse_after: Duration::ZERO,
};

/// A page needs no call, so there is no answer to it.
const NOT_ASKED: ParseError = ParseError::Malformed("nothing was asked");

impl Channel for Account {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    /// Alipay finds a trade by the application that made it.
    fn identity(&self) -> String {
        format!("app_id {}", self.app_id)
    }

    fn client_certificate(&self) -> Option<&ClientCertificate> {
        None
    }

    fn identify_url(&self, _redirect_url: &str, _state: &str) -> Option<String> {
        None
    }

    fn build(&self, operation: &Operation, call: &Call) -> Result<Step, BuildError> {
        match operation {
            Operation::Pay(it) => match it.method {
                Method::Qr => pay::build(self, it, call),
                Method::Page => page::build(self, it, call),
                Method::H5
                | Method::App
                | Method::Jsapi
                | Method::MiniProgram
                | Method::Barcode => Err(BuildError::Unsupported),
            },
            Operation::Query { attempt } => query::build(self, *attempt, call),
            Operation::Close { attempt } => close::build(self, *attempt, call),
            Operation::Refund(it) => refund::build(self, it, call),
            Operation::QueryRefund(it) => query_refund::build(self, it, call),
            Operation::PlatformKeys { .. }
            | Operation::Reverse { .. }
            | Operation::Identify(_)
            | Operation::AppToken
            | Operation::Raw(_) => Err(BuildError::Unsupported),
        }
    }

    fn parse(
        &self,
        operation: &Operation,
        call: &Call,
        response: &Response,
    ) -> Result<Outcome, ParseError> {
        match operation {
            Operation::Pay(it) => match it.method {
                Method::Qr => pay::parse(self, it, response),
                Method::Page
                | Method::H5
                | Method::App
                | Method::Jsapi
                | Method::MiniProgram
                | Method::Barcode => Err(NOT_ASKED),
            },
            Operation::Query { attempt } => query::parse(self, *attempt, call, response),
            Operation::Close { attempt } => close::parse(self, *attempt, response),
            Operation::Refund(it) => refund::parse(self, it, call, response),
            Operation::QueryRefund(it) => query_refund::parse(self, it, call, response),
            Operation::PlatformKeys { .. }
            | Operation::Reverse { .. }
            | Operation::Identify(_)
            | Operation::AppToken
            | Operation::Raw(_) => Err(NOT_ASKED),
        }
    }

    /// The signature carries no time of its own, so `now` decides nothing here.
    fn is_limited(&self, code: &str) -> bool {
        codes::is_limited(code)
    }

    fn advice(&self, code: &str) -> Option<&'static str> {
        advice::of(code)
    }

    fn verify(&self, notification: &Request, _now: Timestamp) -> Result<Notification, VerifyError> {
        notify::verify(self, notification.body())
    }

    fn verify_return(&self, query: &str) -> Result<String, VerifyError> {
        returned::verify(self, query)
    }

    fn reply(&self, reply: Reply) -> Response {
        reply::build(reply)
    }
}
