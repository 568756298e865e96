//! A payment that waits for its payer's choice, on a page of ours.

use anyhow::{Context as _, ensure};
use serde_json::json;

use super::client::Api;
use super::narrator::Narrator;

pub(super) async fn offer(api: &Api) -> anyhow::Result<()> {
    Narrator::say("\ncashier: one page and one code for both wallets\n");
    let order_no = "demo-cashier-1";
    let body = json!({
        "order_no": order_no, "amount": 888, "currency": "CNY", "method": "cashier",
        "subject": "Jasmine tea, 100 g",
    });
    let created = api.post("/v1/payments", order_no, &body).await?;
    ensure!(created.status == 201, "not created: {}", created.body);
    let url = created.body["action"]["url"].as_str().context("no page")?;
    ensure!(created.body["attempt"].is_null(), "nothing is opened before the payer has chosen");
    Narrator::say(&format!("           the shop shows its page, or the code of it: {url}"));
    Ok(())
}
