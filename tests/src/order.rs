//! One order at one channel, and what a test does with it.

use crate::config::{ALIPAY, WECHAT};
use crate::http::Answer;
use crate::rig::Rig;
use paymux_sandbox::{Channel, OrderView};
use serde_json::{Value, json};
use tokio::task::{JoinSet, LocalSet};

pub const CHANNELS: [Channel; 2] = [Channel::Alipay, Channel::Wechat];
pub const AMOUNT: i64 = 8_88;

pub fn name(channel: Channel) -> &'static str {
    match channel {
        Channel::Alipay => "alipay",
        Channel::Wechat => "wechat",
    }
}

pub fn account(channel: Channel) -> &'static str {
    match channel {
        Channel::Alipay => ALIPAY,
        Channel::Wechat => WECHAT,
    }
}

/// Both channels at once, each to its end.
pub async fn both(test: impl AsyncFn(Channel)) {
    tokio::join!(test(Channel::Alipay), test(Channel::Wechat));
}

/// An order that has been answered.
pub struct Order<'a> {
    pub rig: &'a Rig,
    pub channel: Channel,
    pub order_no: String,
    pub id: String,
    /// The channel's `out_trade_no`.
    pub number: String,
    pub answer: Answer,
}

/// What is asked for; faults stand in the subject.
pub fn wish(channel: Channel, order_no: &str, subject: &str) -> Value {
    json!({
        "order_no": order_no, "amount": AMOUNT, "currency": "CNY", "method": "qr",
        "channel": name(channel), "subject": subject,
    })
}

impl<'a> Order<'a> {
    /// Asks for it and expects this status; the key is the order number.
    pub async fn asked(
        rig: &'a Rig,
        channel: Channel,
        what: &str,
        subject: &str,
        status: u16,
    ) -> Self {
        let order_no = format!("{what}-{}", name(channel));
        Self::wished(rig, channel, &wish(channel, &order_no, subject), status).await
    }

    /// Asks for all of this.
    pub async fn wished(rig: &'a Rig, channel: Channel, wish: &Value, status: u16) -> Self {
        let order_no = wish["order_no"].as_str().expect("a wish has a number").to_owned();
        let answer = rig.api.create(&order_no, wish).await;
        assert_eq!(answer.status, status, "{order_no}: {answer:?}");
        Self::of(rig, channel, &order_no, answer)
    }

    /// What was answered to a wish.
    pub fn of(rig: &'a Rig, channel: Channel, order_no: &str, answer: Answer) -> Self {
        let order_no = order_no.to_owned();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let payment = answer.json();
        let (id, number) = (text(&payment["id"]), text(&payment["attempt"]["out_trade_no"]));
        assert!(!id.is_empty() && !number.is_empty(), "{order_no}: {payment}");
        Self { rig, channel, order_no, id, number, answer }
    }

    /// Asked for and at once accepted.
    pub async fn placed(rig: &'a Rig, channel: Channel, what: &str) -> Self {
        Self::asked(rig, channel, what, "Jasmine tea", 201).await
    }

    /// Placed, paid, and told.
    pub async fn paid(rig: &'a Rig, channel: Channel, what: &str) -> Self {
        let order = Self::placed(rig, channel, what).await;
        order.pay();
        order.rig.shop.hears("payment.succeeded", &order.order_no).await;
        order
    }

    pub fn pay(&self) {
        let paid = self.rig.sandbox.pay(self.channel, &self.number);
        assert!(paid.is_ok(), "{}: {paid:?}", self.order_no);
    }

    pub fn at_channel(&self) -> Option<OrderView> {
        self.rig.sandbox.order(self.channel, &self.number)
    }

    pub async fn now(&self) -> Value {
        self.rig.api.payment(&self.id).await
    }

    /// The kinds of the order's events, in order; each of them is in the list once.
    pub async fn events(&self) -> Vec<String> {
        let all = self.rig.api.events(100).await;
        let own: Vec<_> = all.iter().filter(|it| it["data"]["payment"]["id"] == *self.id).collect();
        let versions: Vec<_> = own.iter().map(|it| it["version"].as_u64()).collect();
        let expected: Vec<_> = (1..=own.len() as u64).map(Some).collect();
        assert_eq!(versions, expected, "{}: versions have no gap", self.order_no);
        own.iter().map(|it| it["type"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Ends as a payment should: paid once, told once, and the channel agrees.
    pub async fn is_paid_once(&self) {
        let heard = self.rig.shop.hears("payment.succeeded", &self.order_no).await;
        assert_eq!(heard.event["data"]["payment"]["status"], "succeeded");
        assert_eq!(self.events().await, ["payment.succeeded"], "{}", self.order_no);
        let payment = self.now().await;
        assert_eq!(payment["status"], "succeeded", "{payment}");
        assert!(payment["action"].is_null(), "nothing is left to do for the payer: {payment}");
        let order = self.at_channel().expect("the channel knows it");
        assert_eq!((order.paid_fen, order.refunded_fen), (AMOUNT, 0), "{order:?}");
    }

    /// How often something became of the account's notifications.
    pub async fn notifications(&self, outcome: &str) -> u64 {
        notifications(self.rig, self.channel, outcome).await
    }
}

pub async fn notifications(rig: &Rig, channel: Channel, outcome: &str) -> u64 {
    let labels = [("account", account(channel)), ("outcome", outcome)];
    rig.metrics().await.sum("paymux_notifications_total", &labels)
}

/// Every future to its end, all at once; the first that fails fails the test.
pub async fn all<F: Future<Output = ()> + 'static>(futures: impl Iterator<Item = F>) {
    let run = async {
        let mut tasks = JoinSet::new();
        futures.for_each(|it| drop(tasks.spawn_local(it)));
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                std::panic::resume_unwind(error.into_panic());
            }
        }
    };
    LocalSet::new().run_until(run).await;
}
