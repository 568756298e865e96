//! What Jeepay tells: a form by POST, signed, of a payment that succeeded and of a refund's end.

use form_urlencoded::Serializer;
use http::{HeaderValue, Method};
use paymux_channel::Secret;
use paymux_core::payment::{Notice, Payment, Verdict};
use paymux_engine::door::{Message, Told, Words, noticed};

use super::envelope::{Data, signed};
use super::order;

#[derive(Clone, Debug)]
pub(crate) struct Jeepay {
    pub(crate) mch_no: String,
    pub(crate) app_id: String,
    pub(crate) key: Secret,
}

impl Jeepay {
    /// Only of what is paid, or of the refund that is told of.
    fn data(&self, told: &Told<'_>) -> Option<Data> {
        let paid = matches!(told.payment.verdict, Verdict::Succeeded { .. });
        let mut data = match told.refund {
            Some(refund) => order::refund_told(told.payment, refund, self),
            None if paid => order::told(told.payment, told.snapshot, self),
            None => return None,
        };
        data.push(("reqTime", told.now.0.into()));
        Some(data)
    }
}

impl Words for Jeepay {
    /// A payment that failed is never told of; a refund is, however it ended.
    fn tells(&self, payment: &Payment, notice: Notice) -> bool {
        let door = match notice {
            Notice::PaymentSucceeded => payment.order.door.as_ref(),
            Notice::RefundSucceeded { .. } | Notice::RefundFailed { .. } => {
                noticed(payment, notice).and_then(|it| it.door.as_ref())
            }
            Notice::PaymentFailed
            | Notice::PaymentClosed
            | Notice::PaymentLatePaid { .. }
            | Notice::PaymentDuplicatePaid { .. }
            | Notice::RefundAbnormal { .. }
            | Notice::SplitSucceeded { .. }
            | Notice::SplitClosed { .. }
            | Notice::SplitFinished { .. }
            | Notice::SplitReturned { .. } => None,
        };
        door.is_some_and(|it| it.notify_url.is_some())
    }

    /// What stands in the query of the URL goes into the form, unsigned.
    fn message(&self, told: &Told<'_>) -> Option<Message> {
        let order = told.payment.order.door.as_ref();
        let door = told.refund.map_or(order, |it| it.door.as_ref())?;
        let (url, query) = split(door.notify_url.as_deref()?);
        let said = signed(&self.data(told)?, &self.key);
        let own = form_urlencoded::parse(query.as_bytes());
        let body = Serializer::new(String::new()).extend_pairs(own).extend_pairs(said).finish();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let (method, content_type) = (Method::POST, Some(form));
        Some(Message { url: url.to_owned(), method, content_type, body: body.into() })
    }

    fn acknowledges(&self, body: &[u8]) -> bool {
        body.trim_ascii().eq_ignore_ascii_case(b"success")
    }

    fn way_back(&self, told: &Told<'_>) -> Option<String> {
        let url = told.payment.order.return_url.as_deref()?;
        let Some(data) = self.data(told) else { return Some(url.to_owned()) };
        let (url, query) = split(url);
        let own = form_urlencoded::parse(query.as_bytes());
        let said = signed(&data, &self.key);
        let query = Serializer::new(String::new()).extend_pairs(own).extend_pairs(said).finish();
        Some(format!("{url}?{query}"))
    }
}

fn split(url: &str) -> (&str, &str) {
    url.split_once('?').unwrap_or((url, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_is_the_whole_answer() {
        let key = Secret::new("k");
        let jeepay = Jeepay { mch_no: "M1".into(), app_id: "a".into(), key };
        for body in ["success", "SUCCESS", "Success\n", " success "] {
            assert!(jeepay.acknowledges(body.as_bytes()), "{body}");
        }
        for body in ["", "fail", "success!", "<p>success</p>", "\"success\""] {
            assert!(!jeepay.acknowledges(body.as_bytes()), "{body}");
        }
    }
}
