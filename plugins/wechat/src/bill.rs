//! `GET /v3/bill/tradebill` and `/v3/bill/fundflowbill`: where a day's bill is. The file itself is
//! asked for with a signature and answered without one; its hash stands in for it.

pub(crate) mod file;
mod funds;
mod table;
mod trade;

use bytes::Bytes;
use http::{Method, StatusCode, Uri};
use paymux_channel::{
    Bill, BillAnswer, BillFile, BillKind, BuildError, Call, Outcome, ParseError, Response, Step,
    china,
};
use serde::Deserialize;

use crate::answer::{Answer, UNEXPECTED};
use crate::settings::Account;

/// Where WeChat Pay answers, beside the address that the account names.
const HOSTS: [&str; 4] = [
    "api.mch.weixin.qq.com",
    "api2.mch.weixin.qq.com",
    "apihk.mch.weixin.qq.com",
    "apius.mch.weixin.qq.com",
];
const DOWNLOAD: &str = "/v3/billdownload/";
const MAX_URL: usize = 2048;
pub(crate) const DAY: BuildError = BuildError::Limit { field: "day", limit: "a date" };
/// A signature of ours is sent there.
const ADDRESS: BuildError =
    BuildError::Limit { field: "download_url", limit: "an address of WeChat Pay's own" };

#[derive(Deserialize)]
struct Where {
    hash_type: String,
    hash_value: String,
    download_url: String,
}

pub(crate) fn build(account: &Account, bill: Bill, call: &Call) -> Result<Step, BuildError> {
    let date = china::date(bill.day).ok_or(DAY)?;
    let path = match (bill.kind, &account.merchant.sub) {
        (BillKind::Trade, None) => format!("tradebill?bill_date={date}&bill_type=ALL"),
        (BillKind::Trade, Some(sub)) => {
            format!("tradebill?bill_date={date}&bill_type=ALL&sub_mchid={}", sub.mch_id)
        }
        (BillKind::Funds, None) => format!("fundflowbill?bill_date={date}&account_type=BASIC"),
        // Encrypted, in a way that no document describes.
        (BillKind::Funds, Some(_)) => return Err(BuildError::Unsupported),
    };
    account.get(&format!("/v3/bill/{path}&tar_type=GZIP"), call)
}

pub(crate) fn parse(
    account: &Account,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let said = match Answer::verify(account, call, response)? {
        Answer::Said(said) => said,
        Answer::Done => return Err(UNEXPECTED),
        Answer::Failed(failure) => return Ok(failure.of_bill()),
    };
    let it: Where = said.read()?;
    if it.hash_type != "SHA1" {
        return Err(ParseError::Malformed("hash_type"));
    }
    let sha1 = Some(digest(&it.hash_value).ok_or(ParseError::Malformed("hash_value"))?);
    Ok(Outcome::Bill(BillAnswer::At(BillFile { url: Some(it.download_url), sha1 })))
}

/// Forty hexadecimal digits.
fn digest(text: &str) -> Option<[u8; 20]> {
    let plain = text.len() == 40 && text.bytes().all(|it| it.is_ascii_hexdigit());
    let byte = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..40).step_by(2).map(byte).collect();
    bytes.filter(|_| plain)?.try_into().ok()
}

pub(crate) fn build_file(
    account: &Account,
    file: &BillFile,
    call: &Call,
) -> Result<Step, BuildError> {
    let url = file.url.as_deref().filter(|it| it.len() <= MAX_URL).ok_or(ADDRESS)?;
    let uri: Uri = url.parse().map_err(|_| ADDRESS)?;
    if !is_own(&account.merchant.base, &uri) {
        return Err(ADDRESS);
    }
    account.send_to(Method::GET, uri, String::new(), call)
}

/// The account's own address, or one of WeChat Pay's.
fn is_own(base: &str, uri: &Uri) -> bool {
    let own: Option<Uri> = base.parse().ok();
    let origin = |it: &Uri| (it.scheme().cloned(), it.authority().cloned());
    let same = own.is_some_and(|it| origin(&it) == origin(uri));
    let known = uri.scheme_str() == Some("https")
        && uri.authority().is_some_and(|it| HOSTS.contains(&it.as_str()));
    (same || known) && uri.path().contains(DOWNLOAD)
}

/// The bytes went elsewhere; what comes in their place says why there are none.
pub(crate) fn parse_file(response: &Response) -> Result<Outcome, ParseError> {
    let body: &Bytes = response.body();
    match response.status() {
        StatusCode::OK if body.is_empty() => Ok(Outcome::Bill(BillAnswer::Fetched)),
        StatusCode::OK => Err(UNEXPECTED),
        status => Ok(Outcome::Unknown { code: format!("HTTP_{}", status.as_u16()) }),
    }
}

#[cfg(test)]
mod tests;
