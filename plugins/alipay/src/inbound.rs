//! What Alipay signs and sends by itself: notifications, and the payer's way back.

use paymux_channel::{Mismatch, VerifyError};

use crate::form::Form;
use crate::settings::Account;

/// Every parameter a decision rests on.
const READ: &[&str] = &[
    "app_id",
    "auth_app_id",
    "charset",
    "gmt_payment",
    "gmt_refund",
    "method",
    "msg_method",
    "notify_id",
    "notify_time",
    "notify_type",
    "out_trade_no",
    "refund_fee",
    "seller_id",
    "total_amount",
    "trade_no",
    "trade_status",
];

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
    let signed = signed_text(account, &form, sign).ok_or(VerifyError::Signature)?;
    if is_ambiguous(&signed) {
        return Err(VerifyError::Malformed("a value holds another parameter"));
    }
    Ok(form)
}

fn signed_text(account: &Account, form: &Form, sign: &str) -> Option<String> {
    let verifies = |it: &String| account.alipay_key.verifies(it.as_bytes(), sign);
    Some(form.canonical())
        .filter(verifies)
        .or_else(|| form.canonical_with_blanks().filter(verifies))
}

/// The signed text does not say where a value ends: `body=x&trade_no=1` is one parameter or two.
/// A name that occurs twice in it could have been read in another way.
fn is_ambiguous(signed: &str) -> bool {
    let signed = format!("&{signed}");
    READ.iter().any(|name| signed.matches(&format!("&{name}=")).count() > 1)
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
