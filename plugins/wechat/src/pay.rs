//! An order, by the way in which the payer meets it: each way is a product of its own.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Pay, Response, Step};
use paymux_core::payment::Method;

use crate::settings::Account;
use crate::{NOT_ASKED, app, codepay, h5, jsapi, native};

pub(crate) fn build(account: &Account, pay: &Pay, call: &Call) -> Result<Step, BuildError> {
    match pay.method {
        Method::Qr => native::build(account, pay, call),
        Method::H5 => h5::build(account, pay, call),
        Method::App => app::build(account, pay, call),
        Method::Jsapi | Method::MiniProgram => jsapi::build(account, pay, call),
        Method::Barcode => codepay::build(account, pay, call),
        Method::Page => Err(BuildError::Unsupported),
    }
}

pub(crate) fn parse(
    account: &Account,
    pay: &Pay,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    match pay.method {
        Method::Qr => native::parse(account, call, response),
        Method::H5 => h5::parse(account, pay.attempt, call, response),
        Method::App => app::parse(account, call, response),
        Method::Jsapi | Method::MiniProgram => jsapi::parse(account, pay.method, call, response),
        Method::Barcode => codepay::parse(account, pay, call, response),
        Method::Page => Err(NOT_ASKED),
    }
}
