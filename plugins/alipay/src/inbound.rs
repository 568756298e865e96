//! What Alipay signs and sends by itself: notifications, and the payer's way back.

use paymux_channel::{Mismatch, VerifyError};

use crate::form::{Blanks, Form};
use crate::settings::Account;

const AMBIGUOUS: VerifyError = VerifyError::Malformed("a value holds another parameter");

/// Parameters whose signature is Alipay's and whose text can be read in one way only.
pub(crate) fn verified(account: &Account, text: &[u8]) -> Result<Form, VerifyError> {
    let form = Form::decode(text).map_err(VerifyError::Malformed)?;
    // Both are the sender's claim; neither may choose how we verify.
    if form.find("sign_type") != Some("RSA2") {
        return Err(VerifyError::Malformed("sign_type is not RSA2"));
    }
    if !form.find("charset").is_none_or(|it| it.eq_ignore_ascii_case("utf-8")) {
        return Err(VerifyError::Malformed("charset is not UTF-8"));
    }
    let sign = form.find("sign").ok_or(VerifyError::Signature)?;
    let verifies = |it: &str| account.alipay_key.verifies(it.as_bytes(), sign);
    for blanks in [Blanks::Dropped, Blanks::Kept] {
        let signed = form.canonical(blanks);
        if verifies(&signed) {
            let ambiguous = form.is_ambiguous(&signed, blanks);
            return if ambiguous { Err(AMBIGUOUS) } else { Ok(form) };
        }
    }
    Err(VerifyError::Signature)
}

/// A genuine message about somebody else's application or money.
pub(crate) fn mismatch(account: &Account, form: &Form) -> Option<Mismatch> {
    let differs = |field, ours: &str| {
        let reported = form.find(field).unwrap_or_default();
        (reported != ours).then(|| Mismatch { field, reported: reported.to_owned() })
    };
    // Only a service provider is told of applications other than its own.
    let auth_app_id =
        || form.find("auth_app_id").and_then(|_| differs("auth_app_id", &account.app_id));
    let seller_id = || account.seller_id.as_ref().and_then(|it| differs("seller_id", it));
    differs("app_id", &account.app_id).or_else(auth_app_id).or_else(seller_id)
}

#[cfg(test)]
mod tests;
