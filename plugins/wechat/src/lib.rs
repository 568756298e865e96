//! WeChat Pay as pure functions: APIv3 and APIv2, for merchants and for service providers.

mod advice;
mod answer;
mod app;
mod app_token;
mod bill;
mod cancel_transfer;
mod close;
mod codepay;
mod codes;
pub mod combine;
mod h5;
mod identify;
mod jsapi;
mod native;
mod notify;
mod open;
mod order;
mod party;
mod pay;
mod percent;
mod platform_keys;
mod prepaid;
mod query;
mod query_refund;
mod query_split;
mod query_transfer;
mod raw;
mod receiver;
mod refund;
mod refunded;
mod reply;
mod request;
mod resource;
mod returned;
mod reverse;
mod sealed;
mod settings;
mod shared;
mod signature;
mod split;
mod time;
mod transaction;
mod transfer;
mod transferred;
mod v2;
mod wire;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use paymux_channel::{
    Bill, BillBytes, BillFault, BillFile, BillLines, BuildError, Call, Capabilities, Channel,
    ClientCertificate, Notification, Operation, Outcome, ParseError, PlatformKey, Plugin, Reply,
    Request, Response, Settings, SettingsError, Step, VerifyError,
};
use paymux_core::Timestamp;

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
        if v2::settings::is_chosen(settings) {
            return Ok(Arc::new(v2::settings::read(settings)?));
        }
        Ok(Arc::new(settings::read(settings, learned)?))
    }
}

const NOT_ASKED: ParseError = ParseError::Malformed("nothing was asked");

impl Channel for Account {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn identity(&self) -> String {
        self.merchant.identity()
    }

    fn party(&self) -> Option<String> {
        Some(combine::asked::party(self))
    }

    fn client_certificate(&self) -> Option<&ClientCertificate> {
        None
    }

    fn identify_url(&self, redirect_url: &str, state: &str) -> Option<String> {
        identify::url(self, redirect_url, state)
    }

    fn build(&self, operation: &Operation, call: &Call) -> Result<Step, BuildError> {
        match operation {
            Operation::Pay(it) => pay::build(self, it, call),
            Operation::Combined(it) => combine::asked::build(self, it, call),
            Operation::Query { attempt } => query::build(self, *attempt, call),
            Operation::Close { attempt } => close::build(self, *attempt, call),
            Operation::Refund(it) => refund::build(self, it, call),
            Operation::QueryRefund(it) => query_refund::build(self, it, call),
            Operation::Transfer(it) => transfer::build(self, it, call),
            Operation::QueryTransfer(it) => query_transfer::build(self, it, call),
            Operation::CancelTransfer(it) => cancel_transfer::build(self, it, call),
            Operation::PlatformKeys { .. } => platform_keys::build(self, call),
            Operation::Reverse { attempt } => reverse::build(self, *attempt, call),
            Operation::Identify(it) => identify::build(self, it),
            Operation::AppToken => app_token::build(self),
            Operation::Bill(bill) => bill::build(self, *bill, call),
            Operation::BillFile(_, file) => bill::build_file(self, file, call),
            Operation::Raw(it) => raw::build(self, it, call),
            Operation::Split(it) => split::build(self, it, call),
            Operation::QuerySplit(it) => query_split::build(self, it, call),
            Operation::Bind(it) => receiver::add(self, it, call),
            Operation::Unbind(it) => receiver::delete(self, it, call),
        }
    }

    fn parse(
        &self,
        operation: &Operation,
        call: &Call,
        response: &Response,
    ) -> Result<Outcome, ParseError> {
        match operation {
            Operation::Pay(it) => pay::parse(self, it, call, response),
            Operation::Combined(it) => combine::asked::parse(self, it, call, response),
            Operation::Query { attempt } => query::parse(self, *attempt, call, response),
            Operation::Close { .. } => close::parse(self, call, response),
            Operation::Refund(it) => refund::parse(self, it, call, response),
            Operation::QueryRefund(it) => query_refund::parse(self, it, call, response),
            Operation::Transfer(it) => transfer::parse(self, it, call, response),
            Operation::QueryTransfer(it) => query_transfer::parse(self, it, call, response),
            Operation::CancelTransfer(it) => cancel_transfer::parse(self, it, call, response),
            Operation::PlatformKeys { .. } => platform_keys::parse(self, call, response),
            Operation::Reverse { attempt } => reverse::parse(self, *attempt, call, response),
            Operation::Identify(_) => identify::parse(response),
            Operation::AppToken => app_token::parse(response),
            Operation::Bill(_) => bill::parse(self, call, response),
            Operation::BillFile(..) => bill::parse_file(response),
            Operation::Raw(_) => raw::parse(self, call, response),
            Operation::Split(it) => split::parse(self, it, call, response),
            Operation::QuerySplit(it) => query_split::parse(self, it, call, response),
            Operation::Bind(_) | Operation::Unbind(_) => receiver::parse(self, call, response),
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

    fn verify_return(&self, query: &str) -> Result<String, VerifyError> {
        returned::verify(&self.own_key, query)
    }

    fn read_bill(&self, bill: Bill, file: &BillFile, bytes: BillBytes) -> BillLines {
        let odd = BillFault::Refused { line: 1, what: "it is no bill" };
        bill::file::read(&self.merchant, bill, file, bytes, Box::new(move |_| odd.clone()))
    }

    fn reply(&self, reply: Reply) -> Response {
        reply::build(reply)
    }
}
