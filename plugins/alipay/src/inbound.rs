//! What Alipay signs and sends by itself: notifications, and the payer's way back.

use paymux_channel::{Mismatch, VerifyError};
use paymux_core::Timestamp;

use crate::form::{Form, Rule, SERIAL};
use crate::settings::Account;
use crate::sign::AlipayKey;
use crate::trust::UnknownKey;
use crate::wire::is_serial;

const AMBIGUOUS: VerifyError = VerifyError::Malformed("a value holds another parameter");

/// Parameters whose signature is Alipay's and whose text can be read in one way only. Without a
/// moment, certificates count beyond their span.
pub(crate) fn verified(
    account: &Account,
    text: &[u8],
    now: Option<Timestamp>,
) -> Result<Form, VerifyError> {
    let form = Form::decode(account.charset, text).map_err(VerifyError::Malformed)?;
    // Both are the sender's claim; neither may choose how we verify.
    if form.find("sign_type") != Some(account.own_key.sign_type().name()) {
        return Err(VerifyError::Malformed("sign_type is not the account's"));
    }
    if !form.find("charset").is_none_or(|it| account.charset.is_named(it)) {
        return Err(VerifyError::Malformed("charset is not the account's"));
    }
    let sign = form.find("sign").ok_or(VerifyError::Signature)?;
    let keys = keys(account, &form, now)?;
    let mut tried: Vec<Vec<u8>> = vec![];
    for rule in Rule::ALL {
        let signed = form.canonical(rule);
        if tried.contains(&signed) {
            continue;
        }
        if keys.iter().any(|it| it.verifies(&signed, sign)) {
            let ambiguous = form.is_ambiguous(&signed, rule);
            return if ambiguous { Err(AMBIGUOUS) } else { Ok(form) };
        }
        tried.push(signed);
    }
    Err(VerifyError::Signature)
}

fn keys<'a>(
    account: &'a Account,
    form: &Form,
    now: Option<Timestamp>,
) -> Result<Vec<&'a AlipayKey>, VerifyError> {
    let serial = form.find(SERIAL);
    if !serial.is_none_or(is_serial) {
        return Err(VerifyError::Malformed(SERIAL));
    }
    let keys = account.trust.keys(serial, now);
    keys.map_err(|UnknownKey(serial)| VerifyError::UnknownKey { serial })
}

/// A genuine message about somebody else's application or money.
pub(crate) fn mismatch(account: &Account, form: &Form) -> Option<Mismatch> {
    let differs = |field, ours: &str| {
        let reported = form.find(field).unwrap_or_default();
        (reported != ours).then(|| Mismatch { field, reported: reported.to_owned() })
    };
    // The merchant's application, which is not ours where we act for somebody.
    let merchant = account.delegate.as_ref().map_or(&account.app_id, |it| &it.auth_app_id);
    // One application speaks for many merchants there: who is not named is not ours.
    let named = form.find("auth_app_id").is_some() || account.delegate.is_some();
    let auth_app_id = || named.then(|| differs("auth_app_id", merchant)).flatten();
    let seller_id = || account.seller_id.as_ref().and_then(|it| differs("seller_id", it));
    differs("app_id", &account.app_id).or_else(auth_app_id).or_else(seller_id)
}

#[cfg(test)]
mod tests;
