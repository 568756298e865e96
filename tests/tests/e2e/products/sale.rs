//! One product of the rig's account at a channel: its orders from the wish to the money's return.

use paymux_sandbox::{Channel, NoticeState, Product, Status};
use paymux_tests::rig::Rig;
use serde_json::{Value, json};

use super::super::order::{AMOUNT, Order, name};
use super::super::refund;
use super::payer::Payer;

const BACK: i64 = 3_00;

pub(crate) struct Sale<'a> {
    pub(crate) rig: &'a Rig,
    pub(crate) channel: Channel,
    pub(crate) product: Product,
}

impl<'a> Sale<'a> {
    pub(crate) fn of(rig: &'a Rig, channel: Channel, product: Product) -> Self {
        Self { rig, channel, product }
    }

    /// All that can become of an order.
    pub(crate) async fn works(&self) {
        tokio::join!(self.is_paid_and_returned(), self.is_closed(), self.is_paid_unnoticed());
    }

    /// Paid, told by a notification, given back in part.
    pub(crate) async fn is_paid_and_returned(&self) {
        let order = self.placed("sold", "茉莉花茶 Jasmine").await;
        self.payer(&order).pays().await;
        order.is_paid_once().await;
        let told = self.rig.sandbox.notifications(Some(&order.number), 10);
        assert!(told.iter().any(|it| it.state == NoticeState::Delivered), "{told:?}");
        self.goes_back(&order).await;
    }

    pub(crate) async fn goes_back(&self, order: &Order<'_>) {
        let number = format!("{}-back", order.order_no);
        let asked = self.rig.api.refund(&order.id, &number, &refund::wish(&number, BACK)).await;
        assert_eq!(asked.status, 201, "{number}: {asked:?}");
        let told = self.rig.shop.hears("refund.succeeded", &order.order_no).await;
        assert_eq!(told.event["data"]["payment"]["amount_refunded"], BACK, "{:?}", told.event);
        let order = order.at_channel().expect("the channel knows it");
        assert_eq!((order.paid_fen, order.refunded_fen), (AMOUNT, BACK), "{order:?}");
    }

    /// Opened, not paid, and closed by the merchant.
    pub(crate) async fn is_closed(&self) {
        let order = self.placed("closed", "Jasmine tea").await;
        self.payer(&order).opens().await;
        let answer = self.rig.api.close(&order.id).await;
        assert_eq!(answer.status, 200, "{}: {answer:?}", order.order_no);
        self.rig.shop.hears("payment.closed", &order.order_no).await;
        let order = order.at_channel().expect("the channel knows it");
        assert_eq!((order.status, order.paid_fen), (Status::Closed, 0), "{order:?}");
    }

    /// Paid, and only a question finds out.
    pub(crate) async fn is_paid_unnoticed(&self) {
        let order = self.placed("unnoticed", "Tea [sandbox:notify_lost]").await;
        self.payer(&order).pays().await;
        order.is_paid_once().await;
        let lost = self.rig.sandbox.notifications(Some(&order.number), 10);
        assert!(lost.iter().all(|it| it.state == NoticeState::Lost), "{lost:?}");
    }

    async fn placed(&self, what: &str, subject: &str) -> Order<'a> {
        self.placed_by(self.known_of_the_payer().await, what, subject).await
    }

    pub(crate) async fn placed_by(
        &self,
        payer: Option<Value>,
        what: &str,
        subject: &str,
    ) -> Order<'a> {
        let order_no = format!("{what}-{}-{}", self.method(), name(self.channel));
        let mut wish = json!({
            "order_no": order_no, "amount": AMOUNT, "currency": "CNY", "subject": subject,
            "channel": name(self.channel), "method": self.method(),
            "return_url": "https://shop.example/back",
        });
        if let Some(payer) = payer {
            wish["payer"] = payer;
        }
        Order::wished(self.rig, self.channel, &wish, 201).await
    }

    pub(crate) fn payer<'o>(&self, order: &'o Order<'o>) -> Payer<'o> {
        Payer { order, product: self.product }
    }

    fn method(&self) -> String {
        let word = serde_json::to_value(self.product).expect("a product has a word");
        word.as_str().expect("it is text").to_owned()
    }

    /// What a merchant's system would know by now.
    async fn known_of_the_payer(&self) -> Option<Value> {
        match self.product {
            Product::Qr | Product::Page | Product::App => None,
            Product::H5 => Some(json!({ "client_ip": "203.0.113.9" })),
            Product::Jsapi | Product::MiniProgram => Some(json!({ "openid": self.openid().await })),
            Product::Barcode => panic!("a code is shown at the till"),
        }
    }

    async fn openid(&self) -> String {
        if (self.channel, self.product) == (Channel::Wechat, Product::MiniProgram) {
            return super::payer::logs_in(self.rig).await;
        }
        let payers = self.rig.sandbox.payers();
        let payer = payers.into_iter().find(|it| it.channel == self.channel && it.first);
        payer.expect("a channel has a first payer").open_id
    }
}
