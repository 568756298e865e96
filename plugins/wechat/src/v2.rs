//! APIv2: flat XML signed with a shared key, and mutual TLS where money goes back.

mod answer;
mod bill;
mod charge;
mod close;
mod codes;
mod identify;
mod key;
mod notify;
mod package;
mod party;
mod pay;
mod query;
mod query_refund;
mod raw;
mod receipt;
mod refund;
mod reply;
mod req_info;
mod request;
mod reverse;
pub(crate) mod settings;
mod time;
mod xml;

#[cfg(test)]
pub(crate) mod tests;

use paymux_channel::{
    Bill, BillBytes, BillFile, BillLines, BuildError, Call, Capabilities, Channel,
    ClientCertificate, Notification, Operation, Outcome, ParseError, Reply, Request, Response,
    Step, VerifyError,
};
use paymux_core::Timestamp;

use self::settings::Account;
use crate::{NOT_ASKED, app_token, bill as files, returned};

impl Channel for Account {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// The same as over APIv3: an order placed by one is found by the other.
    fn identity(&self) -> String {
        self.merchant.identity()
    }

    fn party(&self) -> Option<String> {
        None
    }

    fn client_certificate(&self) -> Option<&ClientCertificate> {
        Some(&self.certificate)
    }

    fn identify_url(&self, redirect_url: &str, state: &str) -> Option<String> {
        crate::identify::url(&self.merchant, redirect_url, state)
    }

    fn build(&self, operation: &Operation, call: &Call) -> Result<Step, BuildError> {
        match operation {
            Operation::Pay(it) => pay::build(self, it, call),
            // Closed to new merchants since 2021; APIv3 has it.
            Operation::Combined(_) => Err(BuildError::Unsupported),
            Operation::Query { attempt } => query::build(self, *attempt, call),
            Operation::Close { attempt } => close::build(self, *attempt, call),
            Operation::Reverse { attempt } => reverse::build(self, *attempt, call),
            Operation::Refund(it) => refund::build(self, it, call),
            Operation::QueryRefund(it) => query_refund::build(self, it, call),
            // What it signs, it signs with our own key.
            Operation::PlatformKeys { .. }
            | Operation::Transfer(_)
            | Operation::QueryTransfer(_)
            | Operation::CancelTransfer(_)
            | Operation::Split(_)
            | Operation::QuerySplit(_)
            | Operation::Bind(_)
            | Operation::Unbind(_) => Err(BuildError::Unsupported),
            Operation::Identify(it) => identify::build(self, it, call),
            Operation::AppToken => app_token::build(&self.merchant),
            Operation::Bill(_) => Ok(bill::build()),
            Operation::BillFile(bill, _) => bill::build_file(self, *bill, call),
            Operation::Raw(it) => raw::build(self, it, call),
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
            Operation::Combined(_) => Err(NOT_ASKED),
            Operation::Query { attempt } => query::parse(self, *attempt, call, response),
            Operation::Close { .. } => close::parse(self, response),
            Operation::Reverse { .. } => reverse::parse(self, response),
            Operation::Refund(it) => refund::parse(self, it, response),
            Operation::QueryRefund(it) => query_refund::parse(self, it, call, response),
            Operation::PlatformKeys { .. }
            | Operation::Bill(_)
            | Operation::Transfer(_)
            | Operation::QueryTransfer(_)
            | Operation::CancelTransfer(_)
            | Operation::Split(_)
            | Operation::QuerySplit(_)
            | Operation::Bind(_)
            | Operation::Unbind(_) => Err(NOT_ASKED),
            Operation::BillFile(..) => files::parse_file(response),
            Operation::Identify(it) => identify::parse(self, it, response),
            Operation::AppToken => app_token::parse(response),
            Operation::Raw(_) => raw::parse(self, response),
        }
    }

    fn is_limited(&self, code: &str) -> bool {
        crate::codes::is_limited(code)
    }

    fn advice(&self, code: &str) -> Option<&'static str> {
        crate::advice::of(code)
    }

    fn verify(&self, notification: &Request, now: Timestamp) -> Result<Notification, VerifyError> {
        notify::verify(self, notification, now)
    }

    fn verify_return(&self, query: &str) -> Result<String, VerifyError> {
        returned::verify(&self.own_key, query)
    }

    fn read_bill(&self, bill: Bill, file: &BillFile, bytes: BillBytes) -> BillLines {
        bill::read(self, bill, file, bytes)
    }

    fn reply(&self, reply: Reply) -> Response {
        reply::build(reply)
    }
}
