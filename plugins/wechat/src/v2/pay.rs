//! `POST /pay/unifiedorder`: an order of any product but the scanned code, which charges at once.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Pay, Response, Step};
use paymux_core::payment::{Action, Method};
use serde_json::json;

use super::answer::{Answer, about};
use super::codes::ORDER;
use super::request::Pairs;
use super::settings::Account;
use super::xml::Fields;
use super::{charge, package, time};
use crate::order::{EXPIRES_IN, OPENID, client_ip, description, expiry, fen, is_openid};
use crate::prepaid::is_prepay_id;
use crate::request::notify_url;
use crate::settings::OpenidOf;
use crate::{NOT_ASKED, h5, native, returned};

pub(crate) fn build(account: &Account, pay: &Pay, call: &Call) -> Result<Step, BuildError> {
    if pay.splittable {
        let limit = "left out: APIv2 accounts do not split";
        return Err(BuildError::Limit { field: "splittable", limit });
    }
    let own = match pay.method {
        Method::Qr => vec![("product_id", pay.attempt.to_string())],
        Method::H5 => vec![("scene_info", scene(account).ok_or(BuildError::Unsupported)?)],
        Method::App if account.merchant.open_app_id.is_some() => vec![],
        Method::MiniProgram if account.merchant.mini_app_id.is_some() => payer(account, pay)?,
        Method::Jsapi => payer(account, pay)?,
        Method::Barcode => return charge::build(account, pay, call),
        Method::Page | Method::App | Method::MiniProgram => return Err(BuildError::Unsupported),
    };
    let mut pairs = order(account, pay)?;
    let expires_at = time::write(expiry(pay, call)?).ok_or(EXPIRES_IN)?;
    pairs.push(("time_expire", expires_at));
    pairs.push(("notify_url", notify_url(&call.notify_url)?.to_owned()));
    pairs.push(("trade_type", trade_type(pay.method).ok_or(BuildError::Unsupported)?.to_owned()));
    pairs.extend(own);
    account.post("/pay/unifiedorder", call, pairs)
}

/// What orders and charges have in common: the same for every repeat, whatever the time.
pub(crate) fn order(account: &Account, pay: &Pay) -> Result<Pairs<'static>, BuildError> {
    let ip = match pay.payer.client_ip.as_deref() {
        Some(ip) => client_ip(ip)?,
        // The wallet compares it with the phone that opens the page.
        None if pay.method == Method::H5 => client_ip("")?,
        None => &account.server_ip,
    };
    let mut pairs = account.party(pay.method);
    pairs.extend([
        ("body", description(&pay.subject)?.to_owned()),
        ("out_trade_no", pay.attempt.to_string()),
        ("total_fee", fen(pay.amount)?.to_string()),
        ("fee_type", pay.amount.currency().code().to_owned()),
        ("spbill_create_ip", ip.to_owned()),
    ]);
    Ok(pairs)
}

const fn trade_type(method: Method) -> Option<&'static str> {
    match method {
        Method::Qr => Some("NATIVE"),
        Method::H5 => Some("MWEB"),
        Method::App => Some("APP"),
        Method::Jsapi | Method::MiniProgram => Some("JSAPI"),
        Method::Page | Method::Barcode => None,
    }
}

fn payer(account: &Account, pay: &Pay) -> Result<Pairs<'static>, BuildError> {
    let openid = pay.payer.openid.as_deref().filter(|it| is_openid(it)).ok_or(OPENID)?;
    let name = match account.merchant.sub.as_ref().map(|it| it.openid_of) {
        None | Some(OpenidOf::Sp) => "openid",
        Some(OpenidOf::Sub) => "sub_openid",
    };
    Ok(vec![(name, openid.to_owned())])
}

/// Where payers shop; APIv2 asks for more of it than APIv3.
fn scene(account: &Account) -> Option<String> {
    let h5 = &account.merchant.h5;
    let info = match h5.kind {
        "iOS" => json!({
            "type": "IOS", "app_name": h5.app_name.as_ref()?, "bundle_id": h5.bundle_id.as_ref()?,
        }),
        "Android" => json!({
            "type": "Android",
            "app_name": h5.app_name.as_ref()?,
            "package_name": h5.package_name.as_ref()?,
        }),
        _ => json!({
            "type": "Wap", "wap_url": h5.app_url.as_ref()?, "wap_name": h5.app_name.as_ref()?,
        }),
    };
    Some(json!({ "h5_info": info }).to_string())
}

pub(crate) fn parse(
    account: &Account,
    pay: &Pay,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let Some(trade_type) = trade_type(pay.method) else {
        let charged = pay.method == Method::Barcode;
        return if charged { charge::parse(account, pay, call, response) } else { Err(NOT_ASKED) };
    };
    let fields = match Answer::verify(account, response)? {
        Answer::Said(fields) => fields,
        Answer::Failed(failure) => return Ok(failure.of(ORDER)),
    };
    about(&fields, "trade_type", trade_type)?;
    let text = |name: &'static str| fields.text(name).ok_or(ParseError::Malformed(name));
    match pay.method {
        Method::Qr => native::code(text("code_url")?.to_owned()),
        Method::H5 => {
            let back = returned::url(&account.private_key, pay.attempt, call)?;
            h5::page(text("mweb_url")?, Some(&back))
        }
        Method::App => Ok(invoke(package::app(account, prepay_id(&fields)?, call))),
        Method::Jsapi | Method::MiniProgram => {
            Ok(invoke(package::jsapi(account, pay.method, prepay_id(&fields)?, call)))
        }
        Method::Page | Method::Barcode => Err(NOT_ASKED),
    }
}

fn prepay_id(fields: &Fields) -> Result<&str, ParseError> {
    let id = fields.text("prepay_id").filter(|it| is_prepay_id(it));
    id.ok_or(ParseError::Malformed("prepay_id"))
}

fn invoke(package: package::Package) -> Outcome {
    Outcome::Accepted(Action::Invoke(package))
}

#[cfg(test)]
mod tests;
