//! What a payee, a bank and a merchant make of a transfer.

use paymux_sandbox::{Channel, TransferStatus};
use serde_json::json;

use super::super::order::both;
use super::{asked, now, number, numbered, record, taken_on, wanted, wealthy};

#[tokio::test(flavor = "multi_thread")]
async fn transfers_reach_their_payees() {
    let rig = wealthy("transfers = true").await;
    both(async |channel| {
        let wanted = wanted(&rig, channel, &numbered("wages", channel), 888, "Wages");
        let transfer = taken_on(&rig, &wanted).await;
        if channel == Channel::Wechat {
            assert_eq!(transfer["status"], "awaiting_payee", "{transfer}");
            assert!(transfer["package_info"].is_string(), "{transfer}");
            let yes = TransferStatus::Success;
            let confirmed = rig.sandbox.change_transfer(channel, number(&transfer), yes);
            assert!(confirmed.is_some());
        }
        let told = rig.shop.hears("transfer.succeeded", &numbered("wages", channel)).await;
        assert_eq!(told.event["data"]["transfer"]["amount"], 888);
        let seen = record(&rig, channel, &transfer).map(|it| (it.amount_fen, it.status));
        assert_eq!(seen, Some((888, TransferStatus::Success)));
        // Asked for again, with another key: the same, and nothing is sent.
        let again = asked(&rig, &numbered("again", channel), &wanted).await;
        assert_eq!((again.status, &again.json()["id"]), (200, &transfer["id"]));
        let mut other = wanted.clone();
        other["amount"] = json!(889);
        let other = asked(&rig, &numbered("other", channel), &other).await;
        assert_eq!(other.status, 409, "{other:?}");
    })
    .await;
    assert_eq!(rig.sandbox.transfers().len(), 2);
    a_card_is_paid_and_the_bank_sends_it_back(&rig).await;
    what_its_payee_has_not_taken_is_taken_back(&rig).await;
}

async fn a_card_is_paid_and_the_bank_sends_it_back(rig: &paymux_tests::rig::Rig) {
    let mut card = wanted(rig, Channel::Alipay, "card", 999, "Card");
    card["payee"] =
        json!({ "type": "bank_card", "account": "6222020000001234567", "name": "李四" });
    let transfer = taken_on(rig, &card).await;
    assert_eq!(transfer["status"], "processing", "{transfer}");
    rig.shop.hears("transfer.succeeded", "card").await;
    let back = TransferStatus::Returned;
    assert!(rig.sandbox.change_transfer(Channel::Alipay, number(&transfer), back).is_some());
    let told = rig.shop.hears("transfer.returned", "card").await;
    let told = &told.event["data"]["transfer"];
    assert_eq!(
        (&told["status"], &told["failure"]["code"]),
        (&json!("returned"), &json!("INVALID_CARDNO"))
    );
    assert!(!told.to_string().contains("李四"), "a name is told to nobody");
}

async fn what_its_payee_has_not_taken_is_taken_back(rig: &paymux_tests::rig::Rig) {
    let transfer = taken_on(rig, &wanted(rig, Channel::Wechat, "back", 777, "Back")).await;
    let id = transfer["id"].as_str().expect("an id");
    let answer = rig.api.act(&format!("/v1/transfers/{id}/cancel")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let told = rig.shop.hears("transfer.failed", "back").await;
    assert_eq!(told.event["data"]["transfer"]["failure"]["code"], "MCH_CANCEL");
    assert_eq!(now(rig, &transfer).await["status"], "failed");
    let seen = record(rig, Channel::Wechat, &transfer).map(|it| it.status);
    assert_eq!(seen, Some(TransferStatus::Cancelled));
}
