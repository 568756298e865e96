//! Alipay as pure functions: all its products that place orders, in key and certificate mode.

mod advice;
mod answer;
mod app;
mod barcode;
mod bill;
mod cancel;
mod certificates;
mod charset;
mod cipher;
mod close;
mod codes;
mod create;
mod envelope;
mod form;
mod identify;
mod inbound;
mod notify;
mod order;
mod page;
mod platform_keys;
mod precreate;
mod query;
mod query_refund;
mod query_split;
mod query_transfer;
mod raw;
mod receiver;
mod refund;
mod reply;
mod request;
mod return_split;
mod returned;
mod settings;
mod sha1;
mod sign;
mod split;
mod time;
mod transfer;
mod trust;
mod wap;
mod wire;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use paymux_channel::{
    Bill, BillBytes, BillFile, BillLines, BuildError, Call, Capabilities, Channel,
    ClientCertificate, Notification, Operation, Outcome, ParseError, PlatformKey, Plugin, Reply,
    Request, Response, Settings, SettingsError, Step, Till, VerifyError,
};
use paymux_core::Timestamp;
use paymux_core::payment::Method;

use crate::settings::Account;
use crate::wire::Api;

pub struct Alipay;

impl Plugin for Alipay {
    fn kind(&self) -> &'static str {
        "alipay"
    }

    /// `learned` are certificates that were downloaded; a public key is a setting.
    fn open(
        &self,
        settings: &Settings,
        learned: &[PlatformKey],
    ) -> Result<Arc<dyn Channel>, Vec<SettingsError>> {
        Ok(Arc::new(settings::read(settings, learned)?))
    }
}

const METHODS: &[Method] = &Method::ALL;

const TILL: Till = Till {
    code_prefixes: barcode::PREFIXES,
    query_every: Duration::from_secs(5),
    decide_after: Duration::from_secs(45),
    reverse_after: Duration::ZERO,
};

/// Between two refunds of one trade (opendocs, 5 of the refund's notes).
const REFUND_EVERY: Duration = Duration::from_secs(3);

/// A day's bill is there "after about nine".
const BILLS_FROM: Duration = Duration::from_secs(9 * 3600 + 1800);

/// What needs no call has no answer.
const NOT_ASKED: ParseError = ParseError::Malformed("nothing was asked");

impl Channel for Account {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Alipay finds a trade by the application that made it, and by the merchant it was made for.
    fn identity(&self) -> String {
        match &self.delegate {
            Some(delegate) => format!("app_id {} for {}", self.app_id, delegate.auth_app_id),
            None => format!("app_id {}", self.app_id),
        }
    }

    fn party(&self) -> Option<String> {
        None
    }

    fn client_certificate(&self) -> Option<&ClientCertificate> {
        None
    }

    fn identify_url(&self, redirect_url: &str, state: &str) -> Option<String> {
        Some(identify::url(self, redirect_url, state))
    }

    fn build(&self, operation: &Operation, call: &Call) -> Result<Step, BuildError> {
        match operation {
            Operation::Combined(_) => Err(BuildError::Unsupported),
            Operation::Pay(it) => match it.method {
                Method::Qr => precreate::build(self, it, call),
                Method::Page => page::build(self, it, call),
                Method::H5 => wap::build(self, it, call),
                Method::App => app::build(self, it, call),
                Method::Jsapi | Method::MiniProgram => create::build(self, it, call),
                Method::Barcode => barcode::build(self, it, call),
            },
            Operation::Query { attempt } => query::build(self, *attempt, call),
            Operation::Close { attempt } => close::build(self, *attempt, call),
            Operation::Reverse { attempt } => cancel::build(self, *attempt, call),
            Operation::Refund(it) => refund::build(self, it, call),
            Operation::QueryRefund(it) => query_refund::build(self, it, call),
            Operation::Transfer(it) => transfer::build(self, it, call),
            Operation::QueryTransfer(it) => query_transfer::build(self, it, call),
            Operation::PlatformKeys { serial } => {
                platform_keys::build(self, serial.as_deref(), call)
            }
            Operation::Identify(it) => identify::build(self, it, call),
            Operation::Bill(bill) => bill::build(self, *bill, call),
            Operation::BillFile(_, file) => bill::build_file(self, file),
            Operation::Raw(it) => raw::build(self, it, call),
            Operation::Split(it) => split::build(self, it, call),
            Operation::QuerySplit(it) => query_split::build(self, it, call),
            Operation::Bind(it) => receiver::build(self, Api::RoyaltyBind, it, call),
            Operation::Unbind(it) => receiver::build(self, Api::RoyaltyUnbind, it, call),
            Operation::CancelTransfer(_) | Operation::AppToken => Err(BuildError::Unsupported),
        }
    }

    fn parse(
        &self,
        operation: &Operation,
        call: &Call,
        response: &Response,
    ) -> Result<Outcome, ParseError> {
        match operation {
            Operation::Combined(_) => Err(NOT_ASKED),
            Operation::Pay(it) => match it.method {
                Method::Qr => precreate::parse(self, it, call, response),
                Method::Jsapi | Method::MiniProgram => create::parse(self, it, call, response),
                Method::Barcode => barcode::parse(self, it, call, response),
                Method::Page | Method::H5 | Method::App => Err(NOT_ASKED),
            },
            Operation::Query { attempt } => query::parse(self, *attempt, call, response),
            Operation::Close { attempt } => close::parse(self, *attempt, call, response),
            Operation::Reverse { attempt } => cancel::parse(self, *attempt, call, response),
            Operation::Refund(it) => refund::parse(self, it, call, response),
            Operation::QueryRefund(it) => query_refund::parse(self, it, call, response),
            Operation::Transfer(it) => transfer::parse(self, it, call, response),
            Operation::QueryTransfer(it) => query_transfer::parse(self, it, call, response),
            Operation::PlatformKeys { serial } => {
                platform_keys::parse(self, serial.as_deref(), call, response)
            }
            Operation::Identify(_) => identify::parse(self, call, response),
            Operation::Bill(_) => bill::parse(self, call, response),
            Operation::BillFile(..) => bill::parse_file(response),
            Operation::Raw(it) => raw::parse(self, it, call, response),
            Operation::Split(it) => split::parse(self, it, call, response),
            Operation::QuerySplit(it) => query_split::parse(self, it, call, response),
            Operation::Bind(_) => receiver::parse(self, Api::RoyaltyBind, call, response),
            Operation::Unbind(_) => receiver::parse(self, Api::RoyaltyUnbind, call, response),
            Operation::CancelTransfer(_) | Operation::AppToken => Err(NOT_ASKED),
        }
    }

    fn is_limited(&self, code: &str) -> bool {
        codes::is_limited(code)
    }

    fn advice(&self, code: &str) -> Option<&'static str> {
        advice::of(code)
    }

    /// The signature carries no time of its own; `now` decides which certificates are valid.
    fn verify(&self, notification: &Request, now: Timestamp) -> Result<Notification, VerifyError> {
        notify::verify(self, notification.body(), now)
    }

    fn verify_return(&self, query: &str) -> Result<String, VerifyError> {
        returned::verify(self, query)
    }

    fn read_bill(&self, bill: Bill, _: &BillFile, bytes: BillBytes) -> BillLines {
        bill::read(self, bill, bytes)
    }

    fn reply(&self, reply: Reply) -> Response {
        reply::build(reply)
    }
}
