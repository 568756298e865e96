//! What a merchant may pay out, and who has to allow it.

use paymux_sandbox::{Channel, TransferStatus};
use paymux_tests::program::run;
use paymux_tests::rig::Rig;
use serde_json::{Value, json};

use super::super::order::both;
use super::{asked, number, numbered, record, taken_on, wanted, wealthy};

const TERMS: &str = "transfers = true\ntransfers_daily_amount = \"200.00\"\n\
                     transfers_account_daily_amount = \"150.00\"\ntransfers_approve_above = \"50.00\"";

/// What a command at the admin listener says.
fn typed(rig: &Rig, arguments: &[&str]) -> String {
    let (admin, token) = (rig.node.admin(""), rig.node.admin_token());
    let output = run(&[arguments, &["--admin", &admin, "--token", &token]].concat());
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn field(answer: &paymux_tests::http::Answer) -> (u16, Value, Value) {
    let told = answer.json();
    (answer.status, told["type"].clone(), told["errors"][0]["pointer"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_is_sent_when_it_is_allowed_and_days_have_limits() {
    let rig = wealthy(TERMS).await;
    both(async |channel| {
        let transfer_no = numbered("large", channel);
        let transfer = taken_on(&rig, &wanted(&rig, channel, &transfer_no, 60_00, "Large")).await;
        assert_eq!(transfer["status"], "held", "{transfer}");
        assert!(record(&rig, channel, &transfer).is_none(), "nothing is sent before it is allowed");
        let id = transfer["id"].as_str().expect("an id");
        assert!(typed(&rig, &["transfers", "held"]).contains(id));
        let allowed = typed(&rig, &["transfers", "approve", id]);
        assert!(allowed.contains("processing"), "{allowed}");
        if channel == Channel::Wechat {
            rig.shop.hears("transfer.awaiting_payee", &transfer_no).await;
            let yes = TransferStatus::Success;
            assert!(rig.sandbox.change_transfer(channel, number(&transfer), yes).is_some());
        }
        rig.shop.hears("transfer.succeeded", &transfer_no).await;
        let shown = typed(&rig, &["transfers", "show", id]);
        let told = ["transfer.approved", "transfer.sent", "transfer.succeeded", number(&transfer)];
        assert!(told.iter().all(|it| shown.contains(it)), "{shown}");
    })
    .await;
    // 60 of both accounts; 90 more are beyond 200 together, and 95 beyond 150 of one.
    let limited = json!("/amount");
    let wish = |no, amount| wanted(&rig, Channel::Alipay, no, amount, "More");
    let declined = taken_on(&rig, &wish("declined", 80_00)).await;
    let beyond = asked(&rig, "beyond", &wish("beyond", 1_00)).await;
    let (status, kind, pointer) = field(&beyond);
    assert_eq!((status, pointer), (422, limited.clone()), "{kind}");
    assert!(kind.as_str().is_some_and(|it| it.ends_with("transfer-limit")), "{kind}");
    // What is not allowed gives the day back.
    let id = declined["id"].as_str().expect("an id");
    let no = rig.operator().act(&format!("/admin/v1/transfers/{id}/decline")).await;
    assert_eq!(no.status, 200, "{no:?}");
    rig.shop.hears("transfer.failed", "declined").await;
    let within = taken_on(&rig, &wish("within", 1_00)).await;
    assert_ne!(within["status"], "held", "{within}");
    rig.shop.hears("transfer.succeeded", "within").await;
}
