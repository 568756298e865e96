//! What an order of epay is here: a payment of the cashier, in which a `type` is a way that was
//! chosen. So the same order may come again with another one.

use paymux_core::payment::{
    Action, Attempt, Cashier, Door, Method, Payer, Payment, Standing, Verdict, Way,
};
use paymux_engine::flow::create::{Means, NewPayment};
use paymux_engine::problem::Problem;
use paymux_engine::snapshot::Merchant;
use paymux_store::Store;

use super::money;
use crate::doors::params::{Params, wrong};
use crate::doors::{EPAY, Hall, name};

/// As epay cuts it.
const MAX_NAME_BYTES: usize = 127;
const MAX_PARAM_CHARS: usize = 512;

/// What its requests and its notifications name.
const FIELDS: [&str; 26] = [
    "act",
    "api_trade_no",
    "auth_code",
    "buyer",
    "channel_id",
    "clientip",
    "device",
    "key",
    "method",
    "money",
    "name",
    "notify_url",
    "out_refund_no",
    "out_trade_no",
    "param",
    "pid",
    "return_url",
    "sign",
    "sign_type",
    "sitename",
    "sub_appid",
    "sub_openid",
    "timestamp",
    "trade_no",
    "trade_status",
    "type",
];
/// They have fields of their own, which the merchant's system wrote.
const URLS: [&str; 2] = ["notify_url", "return_url"];

/// Types of epay, each with its channel.
pub(super) const TYPES: [(&str, &str); 2] = [("alipay", "alipay"), ("wxpay", "wechat")];

/// Where the payer sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Device {
    Computer,
    Phone,
    /// In a wallet's browser, or anywhere: led to the cashier's page, which looks for itself.
    Elsewhere,
}

impl Device {
    /// What it can be led to at once, the best first.
    fn methods(self) -> &'static [Method] {
        match self {
            Self::Computer => &[Method::Qr, Method::Page],
            Self::Phone => &[Method::H5, Method::Qr],
            Self::Elsewhere => &[],
        }
    }
}

pub(super) fn wanted<S: Store>(hall: &Hall<S>, params: &Params) -> Result<NewPayment, Problem> {
    for (name, _) in params.iter().filter(|it| !URLS.contains(&it.0)) {
        params.whole(name, |it| FIELDS.contains(&it))?;
    }
    let subject = cut(params.required("name")?, MAX_NAME_BYTES);
    let notify_url = params.notify_url("notify_url", &hall.urls)?;
    let notify_url = notify_url.ok_or_else(|| wrong("notify_url", "is missing"))?;
    let param = params.words("param", MAX_PARAM_CHARS)?.map(|it| ("param".to_owned(), it));
    Ok(NewPayment {
        order_no: params.order_no("out_trade_no")?,
        amount: money::read(params)?,
        subject: params.subject("name", subject)?,
        parts: vec![],
        means: Means::Cashier(Cashier::default()),
        metadata: std::collections::BTreeMap::new(),
        return_url: params.url("return_url")?,
        expires_in: hall.terms.expires_in_default,
        door: Some(Door {
            name: name(EPAY),
            notify_url: Some(notify_url),
            words: param.into_iter().collect(),
        }),
        splittable: false,
    })
}

/// The channel of the `type`; `None` where the payer is to choose.
pub(super) fn channel(params: &Params) -> Result<Option<&'static str>, Problem> {
    let Some(text) = params.optional("type") else { return Ok(None) };
    let known = TYPES.iter().find(|it| it.0 == text).map(|it| it.1);
    let reason = "must be alipay or wxpay, or empty for a page on which the payer chooses";
    known.map(Some).ok_or_else(|| wrong("type", reason))
}

impl<S: Store> Hall<S> {
    /// Opens an order at the channel, where the device can be led there at once.
    pub(super) async fn open_way(
        &self,
        merchant: &Merchant,
        payment: Payment,
        channel: &str,
        (device, payer): (Device, Payer),
    ) -> Result<Payment, Problem> {
        if device == Device::Elsewhere || self.waits_at(&payment, channel) {
            return Ok(payment);
        }
        let offered = self.gateway.offered(merchant, &payment, &payer);
        let is = |method: &Method| {
            offered.iter().any(|it| it.method == *method && it.channel == channel)
        };
        let Some(method) = device.methods().iter().copied().find(is) else {
            return Err(wrong("type", "is not offered by any account of yours at present"));
        };
        let way = Way { method, channel: Some(channel.to_owned()), payer };
        self.take(merchant, &payment, way).await
    }

    /// Whether an order is open there, in whatever way. A link is fetched by many who do not pay:
    /// none of them ends the order that the payer has before them.
    fn waits_at(&self, payment: &Payment, channel: &str) -> bool {
        let (snapshot, now) = (self.gateway.snapshot.load(), self.gateway.now());
        waiting(payment).is_some_and(|it| {
            snapshot.kind_of(&it.account) == channel && snapshot.leads_on(it, now)
        })
    }
}

/// Where the order that was opened takes the browser by itself.
pub(super) fn leads_to(payment: &Payment, device: Device) -> Option<&str> {
    match opened(payment, device)? {
        Action::Redirect(url) => Some(url),
        Action::QrCode(_) | Action::Form { .. } | Action::Invoke(_) | Action::Confirm => None,
    }
}

/// What the payer of the open order is to be given, where it was opened for such a device.
pub(super) fn opened(payment: &Payment, device: Device) -> Option<&Action> {
    let attempt = waiting(payment)?;
    attempt.action.as_ref().filter(|_| device.methods().contains(&attempt.way.method))
}

fn waiting(payment: &Payment) -> Option<&Attempt> {
    let attempt = payment.current().filter(|_| payment.verdict == Verdict::Open)?;
    let waits = attempt.standing == Standing::Pending && !attempt.superseded;
    Some(attempt).filter(|it| waits && it.action.is_some())
}

/// Between two characters.
fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|it| text.is_char_boundary(*it));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_between_characters() {
        assert_eq!(cut("tea", 127), "tea");
        assert_eq!(cut(&"茶".repeat(50), 127), "茶".repeat(42));
        assert_eq!(cut("", 127), "");
    }

    #[test]
    fn types_are_channels() {
        let of = |text: &str| channel(&[("type", text)].into()).ok();
        assert_eq!(of("alipay"), Some(Some("alipay")));
        assert_eq!(of("wxpay"), Some(Some("wechat")));
        assert_eq!(of(""), Some(None));
        assert_eq!((of("qqpay"), of("wechat")), (None, None));
    }
}
