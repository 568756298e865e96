//! One payment through one channel, from creation to refund; each step is checked.

use anyhow::{Context as _, ensure};
use paymux_sandbox::{Channel, FaultKind, FaultRule, Operation, Sandbox};
use serde_json::{Value, json};

use super::client::Api;
use super::narrator::Narrator;
use super::shop::Shop;

pub(super) struct Story<'a> {
    pub(super) api: &'a Api,
    pub(super) shop: &'a Shop,
    pub(super) sandbox: &'a Sandbox,
    pub(super) channel: Channel,
    pub(super) name: &'a str,
}

const AMOUNT: i64 = 8_88;
const BACK: i64 = 3_00;

impl Story<'_> {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let order_no = format!("demo-{}-1", self.name);
        Narrator::say(&format!("\n{}: an order of ¥8.88\n", self.name));
        let payment = self.create(&order_no).await?;
        self.pay(&payment, &order_no).await?;
        self.refund(&payment, &order_no).await?;
        self.check_books(&payment).await
    }

    async fn create(&self, order_no: &str) -> anyhow::Result<Value> {
        let body = json!({
            "order_no": order_no, "amount": AMOUNT, "currency": "CNY", "method": "qr",
            "channel": self.name, "subject": "Jasmine tea, 100 g",
        });
        let created = self.api.post("/v1/payments", order_no, &body).await?;
        ensure!(created.status == 201, "not created: {}", created.body);
        let again = self.api.post("/v1/payments", order_no, &body).await?;
        let same = again.body == created.body && again.replayed;
        ensure!(same, "a repeat under the same Idempotency-Key must get the same answer");
        Narrator::say("           (the same request again under the same key: the same answer)");
        let link = created.body["action"]["qr_code"].as_str().context("no code to show")?;
        Narrator::say(&format!("           the shop shows the payer a code: {link}"));
        Ok(created.body)
    }

    /// The payer pays, the channel notifies three times at once, and the shop hears of it.
    async fn pay(&self, payment: &Value, order_no: &str) -> anyhow::Result<()> {
        let number = payment["attempt"]["out_trade_no"].as_str().context("no out_trade_no")?;
        let doubled = FaultRule {
            channel: Some(self.channel),
            n: Some(3),
            ..FaultRule::once(Operation::Notify, FaultKind::NotifyDouble)
        };
        self.sandbox.arm(doubled)?;
        Narrator::say("           the payer scans it and pays");
        self.sandbox.pay(self.channel, number)?;
        let heard = self.shop.hears("payment.succeeded", order_no).await;
        let heard = heard.context("the shop never heard that it was paid")?;
        ensure!(heard["data"]["payment"]["status"] == "succeeded", "{heard}");
        Ok(())
    }

    async fn refund(&self, payment: &Value, order_no: &str) -> anyhow::Result<()> {
        let id = payment["id"].as_str().context("no id")?;
        let path = format!("/v1/payments/{id}/refunds");
        let refund_no = format!("{order_no}-back");
        let body = json!({ "refund_no": refund_no, "amount": BACK, "currency": "CNY" });
        let refunded = self.api.post(&path, &refund_no, &body).await?;
        ensure!(refunded.status == 201, "not refunded: {}", refunded.body);
        let heard = self.shop.hears("refund.succeeded", order_no).await;
        heard.context("the shop never heard of its refund")?;
        Ok(())
    }

    /// What the payment says is what the channel's books say.
    async fn check_books(&self, payment: &Value) -> anyhow::Result<()> {
        let id = payment["id"].as_str().context("no id")?;
        let now = self.api.get(&format!("/v1/payments/{id}")).await?.body;
        ensure!(now["status"] == "succeeded" && now["amount_refunded"] == BACK, "{now}");
        let books = self.sandbox.books();
        let totals = books.get(&self.channel).context("the channel has no books")?;
        let (paid, refunded) = (totals.paid_fen, totals.refunded_fen);
        ensure!(paid == AMOUNT && refunded == BACK, "the channel's books differ: {totals:?}");
        Narrator::say(&format!(
            "\n           {id}: ¥8.88 paid, ¥3.00 given back; the channel's books agree"
        ));
        Ok(())
    }
}
