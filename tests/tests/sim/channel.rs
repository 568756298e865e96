//! The plugin of the simulated channels: words in, facts out.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use paymux_channel::{
    Bill, BillBytes, BillFault, BillFile, BillLines, BuildError, Call, Capabilities, Channel,
    ClientCertificate, Mismatch, News, Notification, Operation, Outcome, ParseError, RefundOutcome,
    Reply, Request, Response, Step, Till, VerifyError,
};
use paymux_core::payment::{Action, Method, Receipt, Refusal};
use paymux_core::refund::RefundFact;
use paymux_core::{Currency, Money, Timestamp};
use paymux_engine::outbound::response;

use super::wire::{self, Ask, Message, SIGNATURE, Story, Tell};

/// This channel cannot take such amounts: routing goes on to the next one.
pub(crate) const UNFIT: i64 = 17;

/// Charges that are younger are not undone, where a channel is strict, in milliseconds.
pub(crate) const REVERSE_AFTER: u64 = 15_000;

pub(crate) struct SimChannel {
    key: &'static str,
    picky: bool,
    capabilities: Capabilities,
}

impl SimChannel {
    pub(crate) fn new(key: &'static str, picky: bool) -> Self {
        let methods = &[Method::Qr, Method::Barcode];
        // One of the two refuses to undo what is young.
        let reverse_after = Duration::from_millis(if picky { 0 } else { REVERSE_AFTER });
        let till = Till { reverse_after, ..Till::default() };
        // And one wants refunds of a payment apart.
        let refund_every = Duration::from_secs(if picky { 0 } else { 60 });
        let (fetches_platform_keys, app_token) = (false, None);
        let capabilities = Capabilities {
            methods,
            fetches_platform_keys,
            till,
            refund_every,
            bills_from: Duration::ZERO,
            shown_for: |_| None,
            transfers: None,
            splits: None,
            app_token,
        };
        Self { key, picky, capabilities }
    }

    fn signed(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        headers
            .get(SIGNATURE)
            .is_some_and(|it| it.as_bytes() == wire::sign(self.key, body).as_bytes())
    }
}

impl Channel for SimChannel {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn identity(&self) -> String {
        self.key.to_owned()
    }

    fn client_certificate(&self) -> Option<&ClientCertificate> {
        None
    }

    fn party(&self) -> Option<String> {
        None
    }

    fn identify_url(&self, _: &str, _: &str) -> Option<String> {
        None
    }

    fn build(&self, operation: &Operation, _call: &Call) -> Result<Step, BuildError> {
        let ask = match operation {
            Operation::Pay(pay) if self.picky && pay.amount.minor() % UNFIT == 0 => {
                return Err(BuildError::Limit { field: "amount", limit: "no multiple of 17" });
            }
            Operation::Pay(pay) => Ask::Pay {
                order: pay.attempt.to_string(),
                amount: pay.amount.minor(),
                subject: pay.subject.clone(),
                charge: pay.payer.auth_code.as_ref().map(|it| it.expose().to_owned()),
                expires: pay.expires_at.0,
            },
            Operation::Query { attempt } => Ask::Query { order: attempt.to_string() },
            Operation::Close { attempt } => Ask::Close { order: attempt.to_string() },
            Operation::Reverse { attempt } => Ask::Reverse { order: attempt.to_string() },
            Operation::Refund(it) => Ask::Refund {
                order: it.attempt.to_string(),
                refund: it.refund.out_refund_no(),
                amount: it.amount.minor(),
                paid: it.paid.minor(),
            },
            Operation::QueryRefund(it) => Ask::QueryRefund {
                order: it.attempt.to_string(),
                refund: it.refund.out_refund_no(),
            },
            Operation::Combined(_)
            | Operation::PlatformKeys { .. }
            | Operation::Identify(_)
            | Operation::AppToken
            | Operation::Bill(_)
            | Operation::BillFile(..)
            | Operation::Transfer(_)
            | Operation::QueryTransfer(_)
            | Operation::CancelTransfer(_)
            | Operation::Split(_)
            | Operation::QuerySplit(_)
            | Operation::Bind(_)
            | Operation::Unbind(_)
            | Operation::Raw(_) => return Err(BuildError::Unsupported),
        };
        let body = wire::write(&ask);
        let signature = wire::sign(self.key, &body);
        let mut request = Request::new(body);
        let signature = HeaderValue::from_str(&signature).map_err(|_| BuildError::Sign)?;
        request.headers_mut().insert(SIGNATURE, signature);
        Ok(Step::Send(Box::new(request)))
    }

    fn parse(
        &self,
        _operation: &Operation,
        _call: &Call,
        response: &Response,
    ) -> Result<Outcome, ParseError> {
        if response.status() != 200 {
            return Ok(Outcome::Unknown { code: response.status().to_string() });
        }
        if !self.signed(response.headers(), response.body()) {
            return Err(ParseError::Signature);
        }
        let tell = wire::read(response.body()).ok_or(ParseError::Malformed("not JSON"))?;
        outcome(tell).ok_or(ParseError::Malformed("amount"))
    }

    fn read_bill(&self, _: Bill, _: &BillFile, _: BillBytes) -> BillLines {
        Box::new(std::iter::once(Err(BillFault::Absent)))
    }

    fn is_limited(&self, _: &str) -> bool {
        false
    }

    fn advice(&self, _: &str) -> Option<&'static str> {
        None
    }

    fn verify(&self, notification: &Request, _now: Timestamp) -> Result<Notification, VerifyError> {
        if !self.signed(notification.headers(), notification.body()) {
            return Err(VerifyError::Signature);
        }
        let message: Message =
            wire::read(notification.body()).ok_or(VerifyError::Malformed("not JSON"))?;
        let mismatch = message
            .stranger
            .then(|| Mismatch { field: "account", reported: "somebody-else".into() });
        let news = message.news.into_iter().map(news).collect::<Option<Vec<_>>>();
        let news = news.ok_or(VerifyError::Malformed("amount"))?;
        let kind = "news".into();
        Ok(Notification { id: message.id, kind, out_trade_no: message.order, news, mismatch })
    }

    fn verify_return(&self, query: &str) -> Result<String, VerifyError> {
        let (order, sign) = query.split_once('&').ok_or(VerifyError::Malformed("query"))?;
        if sign == wire::sign(self.key, order.as_bytes()) {
            Ok(order.into())
        } else {
            Err(VerifyError::Signature)
        }
    }

    fn reply(&self, reply: Reply) -> Response {
        match reply {
            Reply::Received => response(200, "received"),
            Reply::Again => response(500, "again"),
            Reply::Forged => response(401, "forged"),
        }
    }
}

fn money(minor: i64) -> Option<Money> {
    Money::new(minor, Currency::Cny).ok()
}

fn refusal(code: String) -> Refusal {
    Refusal { code, message: "no".into() }
}

fn outcome(tell: Tell) -> Option<Outcome> {
    let fact = |fact| Outcome::Refund(RefundOutcome::Fact(fact));
    Some(match tell {
        Tell::Accepted { code } => Outcome::Accepted(Action::QrCode(code)),
        Tell::Confirm => Outcome::Accepted(Action::Confirm),
        Tell::Unpaid => Outcome::Unpaid,
        Tell::Paid { amount, trade, at } => Outcome::Paid(receipt(amount, trade, at)?),
        Tell::Refused { code } => Outcome::Refused(refusal(code)),
        Tell::Closed => Outcome::Closed,
        Tell::Absent => Outcome::Absent,
        Tell::AlreadyPaid => Outcome::AlreadyPaid,
        Tell::RefundAccepted { number } => {
            fact(RefundFact::Accepted { channel_refund_no: Some(number) })
        }
        Tell::RefundDone { amount, number, at } => fact(done(amount, number, at)?),
        Tell::RefundRefused { code } => fact(RefundFact::Refused(refusal(code))),
        Tell::RefundClosed { code } => fact(RefundFact::Closed(refusal(code))),
        Tell::RefundAbnormal { code } => fact(RefundFact::Abnormal(refusal(code))),
        Tell::RefundAbsent => Outcome::Refund(RefundOutcome::Absent),
        Tell::Unknown { code } => Outcome::Unknown { code },
    })
}

fn news(story: Story) -> Option<News> {
    let refund = |out_refund_no, fact| News::Refund { out_refund_no, fact };
    Some(match story {
        Story::Paid { amount, trade, at } => News::Paid(receipt(amount, trade, at)?),
        Story::Closed => News::Closed,
        Story::RefundDone { refund: number, amount, number: channel, at } => {
            refund(number, done(amount, channel, at)?)
        }
        Story::RefundFailed { refund: number, code } => {
            refund(number, RefundFact::Closed(refusal(code)))
        }
        Story::RefundAbnormal { refund: number, code } => {
            refund(number, RefundFact::Abnormal(refusal(code)))
        }
    })
}

fn receipt(amount: i64, channel_trade_no: String, at: i64) -> Option<Receipt> {
    Some(Receipt { amount: money(amount)?, channel_trade_no, paid_at: Timestamp(at) })
}

fn done(amount: i64, number: String, at: i64) -> Option<RefundFact> {
    let channel_refund_no = Some(number);
    Some(RefundFact::Succeeded { amount: money(amount)?, channel_refund_no, at: Timestamp(at) })
}
