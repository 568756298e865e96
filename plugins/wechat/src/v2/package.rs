//! What the wallet's client is opened with, signed with the shared key as the order was.

use std::collections::BTreeMap;

use paymux_channel::Call;
use paymux_core::payment::Method;

use super::request::Pairs;
use super::settings::Account;

pub(crate) type Package = BTreeMap<String, String>;

/// For `WeixinJSBridge` and, without its `appId`, for `wx.requestPayment`.
pub(crate) fn jsapi(account: &Account, method: Method, prepay_id: &str, call: &Call) -> Package {
    let pairs = vec![
        ("appId", account.merchant.opener(method).to_owned()),
        ("timeStamp", call.now.as_secs().to_string()),
        ("nonceStr", call.nonce_text()),
        ("package", format!("prepay_id={prepay_id}")),
        ("signType", account.sign_type.name().to_owned()),
    ];
    signed(account, pairs, "paySign")
}

/// It does not say how it is signed. The partner is whoever signs, a service provider included.
pub(crate) fn app(account: &Account, prepay_id: &str, call: &Call) -> Package {
    let pairs = vec![
        ("appid", account.merchant.opener(Method::App).to_owned()),
        ("partnerid", account.merchant.mch_id.clone()),
        ("prepayid", prepay_id.to_owned()),
        ("package", "Sign=WXPay".to_owned()),
        ("noncestr", call.nonce_text()),
        ("timestamp", call.now.as_secs().to_string()),
    ];
    signed(account, pairs, "sign")
}

fn signed(account: &Account, mut pairs: Pairs<'static>, name: &'static str) -> Package {
    let sign = account.sign(&pairs);
    pairs.push((name, sign));
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
