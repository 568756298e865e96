//! WeChat Pay as pure functions: APIv3 of a direct merchant, Native codes, close and refunds.

mod advice;
mod answer;
mod close;
mod codes;
mod notify;
mod pay;
mod platform_keys;
mod query;
mod query_refund;
mod refund;
mod refunded;
mod reply;
mod request;
mod resource;
mod settings;
mod signature;
mod time;
mod transaction;
mod wire;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use paymux_channel::{
    BuildError, Call, Capabilities, Channel, ClientCertificate, Notification, Operation, Outcome,
    ParseError, PlatformKey, Plugin, Reply, Request, Response, Settings, SettingsError, Step,
    VerifyError,
};
use paymux_core::Timestamp;
use paymux_core::payment::Method;

use crate::settings::Account;

pub struct Wechat;

impl Plugin for Wechat {
    fn kind(&self) -> &'static str {
        "wechat"
    }

    fn open(
        &self,
        settings: &Settings,
        learned: &[PlatformKey],
    ) -> Result<Arc<dyn Channel>, Vec<SettingsError>> {
        Ok(Arc::new(settings::read(settings, learned)?))
    }
}

const NOT_ASKED: ParseError = ParseError::Malformed("nothing was asked");

impl Channel for Account {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// An order number is a merchant number's; notifications name the application too.
    fn identity(&self) -> String {
        format!("mch_id {}, app_id {}", self.mch_id, self.app_id)
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
                Method::Page
                | Method::H5
                | Method::App
                | Method::Jsapi
                | Method::MiniProgram
                | Method::Barcode => Err(BuildError::Unsupported),
            },
            Operation::Query { attempt } => query::build(self, *attempt, call),
            Operation::Close { attempt } => close::build(self, *attempt, call),
            Operation::Refund(it) => refund::build(self, it, call),
            Operation::QueryRefund(it) => query_refund::build(self, it, call),
            Operation::PlatformKeys { .. } => platform_keys::build(self, call),
            Operation::Reverse { .. }
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
                Method::Qr => pay::parse(self, call, response),
                Method::Page
                | Method::H5
                | Method::App
                | Method::Jsapi
                | Method::MiniProgram
                | Method::Barcode => Err(NOT_ASKED),
            },
            Operation::Query { attempt } => query::parse(self, *attempt, call, response),
            Operation::Close { .. } => close::parse(self, call, response),
            Operation::Refund(it) => refund::parse(self, it, call, response),
            Operation::QueryRefund(it) => query_refund::parse(self, it, call, response),
            Operation::PlatformKeys { .. } => platform_keys::parse(self, call, response),
            Operation::Reverse { .. }
            | Operation::Identify(_)
            | Operation::AppToken
            | Operation::Raw(_) => Err(NOT_ASKED),
        }
    }

    fn is_limited(&self, code: &str) -> bool {
        codes::is_limited(code)
    }

    fn advice(&self, code: &str) -> Option<&'static str> {
        advice::of(code)
    }

    fn verify(&self, notification: &Request, now: Timestamp) -> Result<Notification, VerifyError> {
        notify::verify(self, notification, now)
    }

    /// Native payers never come back through their browser.
    fn verify_return(&self, _query: &str) -> Result<String, VerifyError> {
        Err(VerifyError::Unsupported)
    }

    fn reply(&self, reply: Reply) -> Response {
        reply::build(reply)
    }
}
