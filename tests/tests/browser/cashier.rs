//! Payers: by WeChat's name, by Alipay's, on a phone, on a computer, at a code on the wall.

use paymux_tests::config::API_KEY;
use paymux_tests::rig::Rig;
use serde_json::json;

use super::{drive, screenshots, setup};

#[tokio::test(flavor = "multi_thread")]
async fn payers_pay_in_chromium() {
    let rig = Rig::start(setup::setup()).await;
    // The shortest life that the channels take. It begins here, so that it runs out while
    // everything else is looked at.
    let order = json!({
        "order_no": "short", "amount": 888, "currency": "CNY", "method": "cashier",
        "subject": "Tea", "expires_in": 62,
    });
    let short = rig.api.create("short", &order).await.json();
    assert!(short["action"]["url"].is_string(), "{short}");
    let plates = rig.api.get("/v1/plates").await.json();
    let settings = json!({
        "api": rig.api.base,
        "key": API_KEY,
        "wallet": format!("http://{}", rig.sandbox.address()),
        "plate": plates["data"][0]["url"],
        "short": { "id": short["id"], "url": short["action"]["url"] },
        "screenshots": screenshots("cashier"),
    });
    let held = drive("cashier.mjs", settings).await;
    eprintln!("{held:#?}");
    assert_eq!(held.len(), 8, "{held:#?}");
}
