//! `alipay.data.dataservice.bill.downloadurl.query`: where a day's bill is, for half a minute.

mod file;
mod funds;
mod table;
mod trade;
mod zip;

pub(crate) use file::read;

use http::header::USER_AGENT;
use http::{StatusCode, Uri};
use paymux_channel::{
    Bill, BillAnswer, BillFile, BillKind, BuildError, Call, Outcome, ParseError, Response, Step,
    china,
};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::settings::Account;
use crate::wire::Api;

/// Where Alipay keeps its files, beside the address that the account names.
const HOST: &str = "dwbillcenter.alipay.com";
const MAX_URL: usize = 2048;
/// Some of the ways there take no request that does not say whose it is.
const AGENT: &str = concat!("paymux/", env!("CARGO_PKG_VERSION"));
const DAY: BuildError = BuildError::Limit { field: "day", limit: "a date" };
const ADDRESS: BuildError =
    BuildError::Limit { field: "bill_download_url", limit: "an address of Alipay's own" };
/// Instead of an address: the day had no business.
const EMPTY: &str = "EMPTY_DATA_WITH_BILL_FILE";

#[derive(Serialize)]
struct Question {
    bill_type: &'static str,
    bill_date: String,
}

#[derive(Deserialize)]
struct Where {
    bill_download_url: Option<String>,
    bill_file_code: Option<String>,
}

pub(crate) fn build(account: &Account, bill: Bill, call: &Call) -> Result<Step, BuildError> {
    let bill_type = match bill.kind {
        BillKind::Trade => "trade",
        BillKind::Funds => "signcustomer",
    };
    let bill_date = china::date(bill.day).ok_or(DAY)?;
    account.post(Api::BillAddress, call, &[], &Question { bill_type, bill_date })
}

pub(crate) fn parse(
    account: &Account,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let answer = Answer::open(account, Api::BillAddress.name(), call, response)?;
    if let Some(failure) = answer.failure() {
        return Ok(failure.of_bill());
    }
    let it: Where = answer.read()?;
    match it.bill_download_url.filter(|it| !it.is_empty()) {
        Some(url) => {
            let file = BillFile { url: Some(url), sha1: None };
            Ok(Outcome::Bill(BillAnswer::At(file)))
        }
        None if it.bill_file_code.as_deref() == Some(EMPTY) => {
            Ok(Outcome::Bill(BillAnswer::Absent))
        }
        None => Err(ParseError::Malformed("bill_download_url")),
    }
}

/// Never without TLS, as the address is sometimes written: what comes is signed by nobody.
pub(crate) fn build_file(account: &Account, file: &BillFile) -> Result<Step, BuildError> {
    let url = file.url.as_deref().filter(|it| it.len() <= MAX_URL).ok_or(ADDRESS)?;
    let named: Uri = url.parse().map_err(|_| ADDRESS)?;
    let known = named.authority().is_some_and(|it| it.as_str() == HOST);
    let path = named.path_and_query().map_or("/", |it| it.as_str());
    let uri = if known {
        format!("https://{HOST}{path}").parse().map_err(|_| ADDRESS)?
    } else if is_gateway(account, &named) {
        named
    } else {
        return Err(ADDRESS);
    };
    let request = http::Request::get(uri).header(USER_AGENT, AGENT).body(bytes::Bytes::new());
    request.map(|it| Step::Send(Box::new(it))).map_err(|_| ADDRESS)
}

/// As where Alipay is simulated.
fn is_gateway(account: &Account, uri: &Uri) -> bool {
    let gateway: Option<Uri> = account.gateway.parse().ok();
    let origin = |it: &Uri| (it.scheme().cloned(), it.authority().cloned());
    gateway.is_some_and(|it| origin(&it) == origin(uri))
}

/// The bytes went elsewhere; what comes in their place says why there are none.
pub(crate) fn parse_file(response: &Response) -> Result<Outcome, ParseError> {
    match response.status() {
        StatusCode::OK if response.body().is_empty() => Ok(Outcome::Bill(BillAnswer::Fetched)),
        StatusCode::OK => Err(ParseError::Malformed("it is no file")),
        status => Ok(Outcome::Unknown { code: format!("HTTP_{}", status.as_u16()) }),
    }
}

#[cfg(test)]
mod tests;
