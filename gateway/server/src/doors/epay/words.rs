//! What epay tells of an order: one GET, signed, once it is paid; and the same by the browser.

use bytes::Bytes;
use form_urlencoded::Serializer;
use http::Method;
use paymux_channel::Secret;
use paymux_core::payment::{Notice, Payment};
use paymux_engine::door::{Message, Told, Words};
use paymux_engine::snapshot::Snapshot;

use super::open::TYPES;
use super::order::{self, PAID};
use super::{money, sign};

const HEARD: [&[u8]; 3] = [b"success", b"SUCCESS", b"Success"];

#[derive(Debug)]
pub(crate) struct Epay {
    pub(crate) pid: String,
    pub(crate) key: Secret,
    /// Amounts with two digits behind the point.
    pub(crate) fixed: bool,
}

impl Epay {
    /// Only of what is paid and not all given back: a return page and a notification say it, and
    /// say it signed.
    fn paid(&self, told: &Told<'_>) -> Option<Vec<(&'static str, String)>> {
        let payment = told.payment;
        if order::status(payment) != PAID {
            return None;
        }
        let order = &payment.order;
        let param = order.door.as_ref().map_or("", |it| it.word("param")).to_owned();
        let mut params = vec![
            ("pid", self.pid.clone()),
            ("trade_no", payment.id.to_string()),
            ("out_trade_no", order.order_no.as_str().to_owned()),
            ("type", kind(payment, told.snapshot).to_owned()),
            ("name", order.subject.clone()),
            ("money", money::write(order.amount, self.fixed)),
            ("trade_status", "TRADE_SUCCESS".to_owned()),
            ("param", param),
        ];
        params.retain(|it| !it.1.is_empty());
        let sign = sign::sign(params.iter().map(|it| (it.0, it.1.as_str())), &self.key);
        params.extend([("sign", sign), ("sign_type", "MD5".to_owned())]);
        Some(params)
    }

    fn told_at(&self, url: &str, told: &Told<'_>) -> Option<String> {
        let query = Serializer::new(String::new()).extend_pairs(self.paid(told)?).finish();
        Some(joined(url, &query))
    }
}

impl Words for Epay {
    fn tells(&self, payment: &Payment, notice: Notice) -> bool {
        let asked = payment.order.door.as_ref().is_some_and(|it| it.notify_url.is_some());
        asked && notice == Notice::PaymentSucceeded
    }

    fn message(&self, told: &Told<'_>) -> Option<Message> {
        let url = told.payment.order.door.as_ref()?.notify_url.as_deref()?;
        let url = self.told_at(url, told)?;
        Some(Message { url, method: Method::GET, content_type: None, body: Bytes::new() })
    }

    /// It need only be somewhere in the answer.
    fn acknowledges(&self, body: &[u8]) -> bool {
        HEARD.iter().any(|word| body.windows(word.len()).any(|it| it == *word))
    }

    fn way_back(&self, told: &Told<'_>) -> Option<String> {
        let url = told.payment.order.return_url.as_deref()?;
        // Unpaid, there is nothing to say: the page finds out by itself.
        Some(self.told_at(url, told).unwrap_or_else(|| url.to_owned()))
    }
}

/// By which type it was paid, or would be.
pub(super) fn kind(payment: &Payment, snapshot: &Snapshot) -> &'static str {
    let channel = payment.shown().map_or("", |it| snapshot.kind_of(&it.account));
    TYPES.iter().find(|it| it.1 == channel).map_or("", |it| it.0)
}

/// Behind whatever query the URL has.
fn joined(url: &str, query: &str) -> String {
    let joint = match url.split_once('?') {
        None => "?",
        Some((_, own)) if own.is_empty() || own.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{url}{joint}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_put_behind_another() {
        assert_eq!(joined("http://a/b", "c=d"), "http://a/b?c=d");
        assert_eq!(joined("http://a/b?", "c=d"), "http://a/b?c=d");
        assert_eq!(joined("http://a/b?x=1", "c=d"), "http://a/b?x=1&c=d");
        assert_eq!(joined("http://a/b?x=1&", "c=d"), "http://a/b?x=1&c=d");
    }

    #[test]
    fn success_is_anywhere_in_the_answer() {
        let epay = Epay { pid: "1".into(), key: Secret::new("k"), fixed: false };
        for body in ["success", "SUCCESS", " Success\n", "<p>ok: success</p>"] {
            assert!(epay.acknowledges(body.as_bytes()), "{body}");
        }
        for body in ["", "fail", "ok", "sUCCESS", "succes"] {
            assert!(!epay.acknowledges(body.as_bytes()), "{body}");
        }
    }
}
