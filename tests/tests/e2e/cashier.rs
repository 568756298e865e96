//! The cashier's pages as browsers see them: nothing is opened by looking, one order at a time is
//! open, and whoever tampers learns nothing.

pub(crate) mod browser;
mod live;
mod pages;
mod plates;
mod race;
pub(crate) mod setup;

use paymux_tests::rig::Rig;
use serde_json::{Value, json};

use browser::Browser;
use setup::setup;

/// A payment whose payer is to choose.
pub(crate) struct Offered<'a> {
    pub(crate) rig: &'a Rig,
    pub(crate) id: String,
    pub(crate) url: String,
}

impl<'a> Offered<'a> {
    pub(crate) async fn new(rig: &'a Rig, order_no: &str) -> Self {
        Self::with(rig, order_no, json!({})).await
    }

    pub(crate) async fn with(rig: &'a Rig, order_no: &str, more: Value) -> Self {
        let mut wish = json!({
            "order_no": order_no, "amount": 888, "currency": "CNY", "method": "cashier",
            "subject": "<script>alert('tea')<b>", "return_url": "https://shop.example/back",
            "metadata": { "note": "\"><img src=x onerror=alert(1)>" },
        });
        let members = more.as_object().expect("an object").clone();
        wish.as_object_mut().expect("an object").extend(members);
        let answer = rig.api.create(order_no, &wish).await;
        assert_eq!(answer.status, 201, "{answer:?} {}", answer.json());
        let payment = answer.json();
        assert_eq!(
            (&payment["status"], &payment["method"]),
            (&"pending".into(), &"cashier".into())
        );
        assert_eq!(payment["action"]["type"], "cashier", "{payment}");
        assert!(payment["attempt"].is_null(), "nothing is opened: {payment}");
        let text = |it: &Value| it.as_str().expect("a text").to_owned();
        Self { rig, id: text(&payment["id"]), url: text(&payment["action"]["url"]) }
    }

    pub(crate) fn browser(&self, agent: &'static str) -> Browser<'a> {
        Browser { rig: self.rig, agent, language: "zh-CN", jar: browser::Jar::default() }
    }

    pub(crate) async fn now(&self) -> Value {
        self.rig.api.payment(&self.id).await
    }

    /// The orders that the channels have of it.
    pub(crate) fn at_channels(&self) -> Vec<paymux_sandbox::OrderView> {
        let digits = self.id.trim_start_matches("pay_").to_owned();
        let orders = self.rig.sandbox.orders(0, 1000).into_iter();
        orders.filter(|it| it.out_trade_no.starts_with(&digits)).collect()
    }

    /// Those of them that somebody could pay.
    pub(crate) fn payable(&self) -> Vec<paymux_sandbox::OrderView> {
        let open = |it: &paymux_sandbox::OrderView| it.status == paymux_sandbox::Status::Waiting;
        self.at_channels().into_iter().filter(open).collect()
    }
}
