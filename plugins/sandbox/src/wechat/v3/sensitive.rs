//! Fields that travel encrypted for the platform: RSA-OAEP, by the key that `Wechatpay-Serial`
//! names.

use http::HeaderMap;
use serde_json::{Value, json};

use super::answer::Answer;
use super::fields::{optional_text, text};
use super::refund_query::described;
use crate::books::{Books, Channel, RefundStatus};
use crate::crypto::Unsealer;
use crate::shared::{Shared, WechatDesk};
use crate::wechat::owner::Owner;
use crate::wechat::refused::Refused;

/// The longest text that fits a key of 2048 bits, in base64.
const MAX_SEALED: usize = 400;

fn unsealer<'a>(desk: &'a WechatDesk, headers: &HeaderMap) -> Result<&'a Unsealer, Answer> {
    let serial = headers.get("wechatpay-serial").and_then(|value| value.to_str().ok());
    let serial = serial.and_then(|own| desk.wanted(own));
    let serial = serial.ok_or_else(|| Answer::parameter("Http头缺少Wechatpay-Serial或其值有误"))?;
    Ok(desk.unsealer(&serial))
}

/// The plain text of a field, if it is there.
pub(super) fn plain(
    desk: &WechatDesk,
    headers: &HeaderMap,
    body: &Value,
    pointer: &str,
) -> Result<Option<String>, Answer> {
    let Some(sealed) = optional_text(body, pointer, MAX_SEALED)? else { return Ok(None) };
    let opened = unsealer(desk, headers)?.open(&sealed);
    opened.map(Some).ok_or_else(|| Answer::field(pointer, "敏感信息解密失败"))
}

/// `POST /v3/security/echo`: what was sent comes back, the sealed field sealed for the merchant.
pub(super) fn echo(desk: &WechatDesk, headers: &HeaderMap, body: &Value) -> Result<Answer, Answer> {
    let mut said = json!({ "echo_message": text(body, "/echo_message", 1024)? });
    if let Some(own) = plain(desk, headers, body, "/encrypted_echo_message")? {
        said["encrypted_echo_message"] = json!(desk.seal(&own));
    }
    Ok(Answer::ok(said))
}

/// `POST /v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund`: the money takes another
/// way.
pub(super) fn abnormal_refund(
    books: &mut Books,
    desk: &WechatDesk,
    id: &str,
    (headers, body): (&HeaderMap, &Value),
) -> Result<Answer, Answer> {
    let number = text(body, "/out_refund_no", 64)?;
    let sub_mch_id = optional_text(body, "/sub_mchid", 32)?;
    Owner { sub_mch_id, ..Owner::default() }.check(&desk.party)?;
    match text(body, "/type", 32)?.as_str() {
        "USER_BANK_CARD" => {
            for name in ["/bank_account", "/real_name"] {
                let plain = plain(desk, headers, body, name)?;
                plain.ok_or_else(|| Answer::field(name, "缺少必填参数"))?;
            }
            text(body, "/bank_type", 32)?;
        }
        "MERCHANT_BANK_CARD" => {}
        _ => return Err(Answer::field("/type", "不支持的处理方式")),
    }
    let key = books.key_of_refund(Channel::Wechat, id).ok_or(Refused::RefundUnknown)?;
    let order = books.retry_refund(&key, &number).ok_or_else(|| {
        Answer::refused(400, "INVALID_REQUEST", "退款单状态不为异常，不能发起异常退款", 0)
    })?;
    let refund = order.refund(&number).ok_or(Refused::RefundUnknown)?;
    debug_assert_eq!(refund.status, RefundStatus::Processing);
    Ok(described(&order, refund, 0))
}

/// An order names its payer's identity only sealed; what cannot be opened is refused.
pub(super) fn check_identity(
    shared: &Shared,
    headers: &HeaderMap,
    body: &mut Value,
) -> Result<(), Answer> {
    for root in ["/payer/identity", "/combine_payer_info/identity"] {
        for name in ["number", "name"] {
            let pointer = format!("{root}/{name}");
            if let Some(own) = plain(&shared.wechat, headers, body, &pointer)?
                && let Some(field) = body.pointer_mut(&pointer)
            {
                // A repeat is sealed anew, and is the same order all the same.
                *field = json!(own);
            }
        }
    }
    Ok(())
}
