//! `/pay/downloadbill` and `/pay/downloadfundflow`: the question is answered with the file itself,
//! or with a sentence of XML that nobody signed.

use std::io::Read;

use paymux_channel::{
    Bill, BillAnswer, BillBytes, BillFault, BillFile, BillKind, BillLines, BuildError, Call,
    Outcome, Step, china,
};

use super::key::SignType;
use super::settings::Account;
use super::xml::{Fields, MAX_BYTES};
use crate::bill::{DAY, file};
use crate::codes::plain;

/// The only way in which the fund flow is asked for.
const FUNDS_SIGN: SignType = SignType::HmacSha256;

/// Nothing has to be asked for first.
pub(crate) fn build() -> Step {
    Step::Done(Outcome::Bill(BillAnswer::At(BillFile::default())))
}

pub(crate) fn build_file(account: &Account, bill: Bill, call: &Call) -> Result<Step, BuildError> {
    let date = china::date(bill.day).ok_or(DAY)?.replace('-', "");
    let packed = ("tar_type", "GZIP".to_owned());
    let mut pairs = account.parties();
    match bill.kind {
        BillKind::Trade => {
            pairs.extend([("bill_date", date), ("bill_type", "ALL".to_owned()), packed]);
            account.post("/pay/downloadbill", call, pairs)
        }
        BillKind::Funds if account.merchant.sub.is_some() => Err(BuildError::Unsupported),
        BillKind::Funds => {
            let sign_type = ("sign_type", FUNDS_SIGN.name().to_owned());
            let of = ("account_type", "Basic".to_owned());
            pairs.extend([("bill_date", date), of, packed, sign_type]);
            account.post_signed(FUNDS_SIGN, "/pay/downloadfundflow", call, pairs)
        }
    }
}

pub(crate) fn read(account: &Account, bill: Bill, it: &BillFile, bytes: BillBytes) -> BillLines {
    file::read(&account.merchant, bill, it, bytes, Box::new(instead))
}

/// What is said in the place of a bill. Nothing signs it, and nothing is decided by it but when to
/// ask again.
fn instead(bytes: &mut dyn Read) -> BillFault {
    let mut text = vec![];
    if bytes.take(MAX_BYTES as u64).read_to_end(&mut text).is_err() {
        return BillFault::Unread;
    }
    let Ok(fields) = Fields::read(&text, "xml") else {
        return BillFault::Refused { line: 1, what: "it is neither a bill nor an answer" };
    };
    let said = fields.text("return_msg").unwrap_or_default();
    let code = fields.text("error_code").or_else(|| fields.text("err_code")).unwrap_or_default();
    if code == "20002" || said.contains("No Bill Exist") {
        BillFault::Absent
    } else if said.contains("Bill Creating") {
        BillFault::Making
    } else {
        let code = if code.is_empty() { said } else { code };
        BillFault::Denied { code: plain(&code.replace(' ', "_")) }
    }
}

#[cfg(test)]
mod tests;
