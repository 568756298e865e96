//! Whatever goes wrong with a transfer's request, its payee is paid once.

use std::rc::Rc;

use paymux_sandbox::{Channel, TransferStatus};
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use serde_json::json;

use super::super::order::{CHANNELS, all, both};
use super::{asked, now, number, numbered, record, records, taken_on, wanted, wealthy};

const FAULTS: [&str; 6] =
    ["lose_answer", "drop_request", "html_200", "garbage_json", "wrong_signature", "system_error"];

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_in_doubt_is_found_out_under_its_number() {
    let rig = Rc::new(wealthy("transfers = true").await);
    let pairs = CHANNELS.into_iter().flat_map(|it| FAULTS.map(|fault| (it, fault)));
    all(pairs.map(|(channel, fault)| is_paid_once(Rc::clone(&rig), channel, fault))).await;
    assert_eq!(rig.sandbox.transfers().len(), 2 * FAULTS.len());
    // Refused for ever: by the answer to its only send, and by the question after it.
    both(async |channel| {
        let transfer_no = numbered("refused", channel);
        let transfer = taken_on(&rig, &wanted(&rig, channel, &transfer_no, 76_002, "No")).await;
        assert_eq!(transfer["status"], "processing", "not on the word of one answer: {transfer}");
        let told = rig.shop.hears("transfer.failed", &transfer_no).await;
        let code = &told.event["data"]["transfer"]["failure"]["code"];
        assert!(["PAYER_BALANCE_NOT_ENOUGH", "NOT_ENOUGH"].map(|it| json!(it)).contains(code));
        assert!(record(&rig, channel, &transfer).is_none());
    })
    .await;
}

async fn is_paid_once(rig: Rc<Rig>, channel: Channel, fault: &'static str) {
    let (transfer_no, title) = (numbered(fault, channel), format!("[sandbox:{fault}]"));
    let transfer = taken_on(&rig, &wanted(&rig, channel, &transfer_no, 321, &title)).await;
    assert_eq!(transfer["status"], "processing", "{fault}: {transfer}");
    payee_says_yes(&rig, channel, &transfer_no).await;
    let told = rig.shop.hears("transfer.succeeded", &transfer_no).await;
    assert_eq!(told.event["data"]["transfer"]["out_bill_no"], transfer["out_bill_no"]);
    assert_eq!(records(&rig, channel, &title), 1, "{fault}");
}

/// At Alipay nobody is asked.
async fn payee_says_yes(rig: &Rig, channel: Channel, transfer_no: &str) {
    if channel == Channel::Wechat {
        let told = rig.shop.hears("transfer.awaiting_payee", transfer_no).await;
        let transfer = &told.event["data"]["transfer"];
        let yes = TransferStatus::Success;
        assert!(rig.sandbox.change_transfer(channel, number(transfer), yes).is_some());
    }
}

/// The answer hangs, the gateway dies, and its merchant asks again.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_dies_in_the_middle_pays_once() {
    let mut rig = wealthy("transfers = true").await;
    both(async |channel| {
        let key = numbered("kill", channel);
        let wanted = wanted(&rig, channel, &key, 432, "[sandbox:hang]");
        let hung = asked(&rig, &key, &wanted);
        let sent = until("the channel has it", async || {
            (records(&rig, channel, "[sandbox:hang]") == 1).then_some(())
        });
        // Whichever comes first: the channel has it, and the gateway has heard nothing.
        tokio::select! {
            answer = hung => panic!("{answer:?}"),
            () = sent => {}
        }
    })
    .await;
    rig.kill_gateway().await;
    rig.start_gateway(&[]).await.expect("the gateway starts again");
    both(async |channel| {
        let transfer_no = numbered("kill", channel);
        let wanted = wanted(&rig, channel, &transfer_no, 432, "[sandbox:hang]");
        let again = asked(&rig, &numbered("after", channel), &wanted).await;
        assert_eq!(again.status, 200, "{again:?}");
        let transfer = again.json();
        payee_says_yes(&rig, channel, &transfer_no).await;
        rig.shop.hears("transfer.succeeded", &transfer_no).await;
        assert_eq!(records(&rig, channel, "[sandbox:hang]"), 1);
        assert_eq!(now(&rig, &transfer).await["status"], "succeeded");
    })
    .await;
}
