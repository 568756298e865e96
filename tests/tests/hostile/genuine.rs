//! A genuine notification of a payment that nobody else can tell the gateway of, and changes of it.

use paymux_sandbox::Channel;
use paymux_tests::config::{ALIPAY, WECHAT};
use paymux_tests::http::Answer;
use paymux_tests::rig::Rig;
use paymux_tests::tap::Passed;
use paymux_tests::wait::until;
use serde_json::Value;

use super::wire::{ask, create, order};

pub(crate) struct Genuine<'a> {
    rig: &'a Rig,
    channel: Channel,
    payment: String,
    pub(crate) passed: Passed,
}

impl<'a> Genuine<'a> {
    /// Paid at the channel, which answers no question; its notification is kept back.
    pub(crate) async fn kept_back(rig: &'a Rig, channel: Channel) -> Self {
        rig.tap.shut();
        let (name, account) = match channel {
            Channel::Alipay => ("alipay", ALIPAY),
            Channel::Wechat => ("wechat", WECHAT),
        };
        let subject = "\"tea [sandbox:query.system_error*1000]\"";
        let body = order("subject", subject).replace('{', &format!("{{\"channel\":\"{name}\","));
        let made = ask(rig, create("genuine", body)).await.json();
        let text =
            |pointer: &str| made.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let paid = rig.sandbox.pay(channel, text("/attempt/out_trade_no"));
        assert!(paid.is_ok(), "{paid:?} {made}");
        let passed = async || rig.tap.passed(account).into_iter().next();
        let passed = until("the channel notifies", passed).await;
        Self { rig, channel, payment: text("/id").to_owned(), passed }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.passed.body.to_vec()).expect("it is text")
    }

    pub(crate) async fn send(&self, body: impl Into<Vec<u8>>) -> Answer {
        let changed = Passed { body: body.into().into(), ..self.passed.clone() };
        self.rig.tap.send(&changed).await
    }

    /// The channel hears that it shall come again, and nothing has changed.
    pub(crate) async fn is_refused(&self, what: &str, body: impl Into<Vec<u8>>) {
        let answer = self.send(body).await;
        assert!(!self.is_taken(&answer), "{what}: {answer:?}");
        assert!(answer.status < 500, "{what}: {answer:?}");
        let payment = self.rig.api.payment(&self.payment).await;
        assert_eq!(payment["status"], "pending", "{what}");
    }

    /// Whatever the channel hears: what is kept as evidence need not come again.
    pub(crate) async fn changes_nothing(&self, what: &str, body: impl Into<Vec<u8>>) {
        let answer = self.send(body).await;
        let payment = self.rig.api.payment(&self.payment).await;
        assert_eq!(payment["status"], "pending", "{what}: {answer:?}");
    }

    pub(crate) async fn is_believed(&self, what: &str, body: impl Into<Vec<u8>>) {
        let answer = self.send(body).await;
        assert!(self.is_taken(&answer), "{what}: {answer:?}");
        let payment = self.rig.api.payment(&self.payment).await;
        assert_eq!(payment["status"], "succeeded", "{what}");
    }

    fn is_taken(&self, answer: &Answer) -> bool {
        let body = String::from_utf8_lossy(&answer.body);
        match self.channel {
            Channel::Alipay => answer.status == 200 && body == "success",
            Channel::Wechat => answer.status == 200 && body.contains("SUCCESS"),
        }
    }
}
