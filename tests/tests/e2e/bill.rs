//! Bills: the last net, when every message about a payment or a refund was lost.

use paymux_channel::china;
use paymux_sandbox::{Channel, FaultKind, FaultRule, Operation};
use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use serde_json::{Value, json};

use super::order::{AMOUNT, CHANNELS, Order, account, both};
use super::refund::wish;

const BACK: i64 = 3_00;

pub(super) fn today() -> String {
    china::date(china::day(now())).expect("a year of four digits")
}

fn now() -> paymux_core::Timestamp {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("after 1970");
    paymux_core::Timestamp(i64::try_from(now.as_millis()).expect("before the sun goes out"))
}

/// The channels' bills of today, which has not ended.
async fn made(rig: &Rig) {
    made_with(rig, None).await;
}

pub(super) async fn made_with(rig: &Rig, fault: Option<&str>) {
    let body = json!({ "fault": fault }).to_string();
    let url = format!("http://{}/control/bills", rig.sandbox.address());
    let asked = http::Request::post(url).body(http_body_util::Full::from(body));
    let answer = rig.http.send(asked.expect("a request")).await.expect("the sandbox answers");
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// Whatever is asked or told from now on gets lost.
fn silenced(rig: &Rig, channel: Channel) {
    let silences = [
        (Operation::Query, FaultKind::Status500),
        (Operation::RefundQuery, FaultKind::Status500),
        (Operation::Notify, FaultKind::NotifyLost),
    ];
    for (operation, fault) in silences {
        let (channel, times) = (Some(channel), Some(1_000_000));
        let rule = FaultRule { channel, times, ..FaultRule::once(operation, fault) };
        rig.sandbox.arm(rule).expect("a fault");
    }
}

pub(super) async fn fetched(rig: &Rig, channel: Channel) -> Value {
    let wish = json!({ "account": account(channel), "day": today() });
    let answer = rig.operator().post("/admin/v1/bills", "", &wish).await;
    assert_eq!((answer.status, &answer.json()["state"]), (202, &json!("wanted")), "{answer:?}");
    let path = format!("/admin/v1/bills?account={}", account(channel));
    let state = async || {
        let bill = rig.operator().get(&path).await.json()["data"][0].clone();
        let open = ["wanted", "fetched", "comparing", "comparing_none"];
        (!open.iter().any(|it| bill["state"] == *it)).then_some(bill)
    };
    until("the bill was walked", state).await
}

async fn lines(rig: &Rig, channel: Channel, outcome: &str) -> u64 {
    let labels = [("account", account(channel)), ("outcome", outcome)];
    rig.metrics().await.sum("paymux_bill_lines_total", &labels)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_message_told_is_heard_of_by_the_bill() {
    let rig = Rig::start(Setup::default()).await;
    let none = both_states(&rig).await;
    assert_eq!(none, ["wanted", "wanted"], "of a day that goes on there is none yet");
    both(async |channel| {
        let subject = "Tea [sandbox:refund.lose_answer]";
        let back = Order::asked(&rig, channel, "back", subject, 201).await;
        back.pay();
        rig.shop.hears("payment.succeeded", &back.order_no).await;
        silenced(&rig, channel);
        let unheard = Order::placed(&rig, channel, "unheard").await;
        unheard.pay();
        let key = format!("{}-r", back.order_no);
        let asked = rig.api.refund(&back.id, &key, &wish(&back.order_no, BACK)).await;
        assert_eq!(asked.json()["status"], "processing", "{asked:?}");
        let gone = async || (back.at_channel()?.refunded_fen == BACK).then_some(());
        until("the refund is done at the channel", gone).await;
        assert_eq!(unheard.now().await["status"], "pending");
        assert_eq!(back.now().await["amount_refunded"], 0);

        made(&rig).await;
        let bill = fetched(&rig, channel).await;
        assert_eq!((&bill["state"], &bill["lines"]), (&json!("reconciled"), &json!(3)), "{bill}");
        unheard.is_paid_once().await;
        let told = rig.shop.hears("refund.succeeded", &back.order_no).await;
        assert_eq!(told.event["data"]["payment"]["amount_refunded"], BACK);
        assert_eq!(lines(&rig, channel, "applied").await, 2);
        assert_eq!(lines(&rig, channel, "redundant").await, 1);

        // Told once more, it says nothing new.
        let bill = fetched(&rig, channel).await;
        assert_eq!(bill["state"], "reconciled", "{bill}");
        assert_eq!(lines(&rig, channel, "applied").await, 2);
        assert_eq!(back.events().await, ["payment.succeeded", "refund.succeeded"]);
        assert_eq!(unheard.at_channel().map(|it| it.paid_fen), Some(AMOUNT));
    })
    .await;
    for channel in CHANNELS {
        assert_eq!(lines(&rig, channel, "quarantined").await, 0);
    }
}

/// Of bills that are not made yet.
async fn both_states(rig: &Rig) -> Vec<Value> {
    let mut states = vec![];
    for channel in CHANNELS {
        let wish = json!({ "account": account(channel), "day": today() });
        rig.operator().post("/admin/v1/bills", "", &wish).await;
        let asked = async || {
            let labels = [("account", account(channel)), ("outcome", "bill_absent")];
            let count = rig.metrics().await.sum("paymux_channel_calls_total", &labels);
            (count > 0).then_some(())
        };
        until("the channel was asked", asked).await;
        let path = format!("/admin/v1/bills?account={}", account(channel));
        states.push(rig.operator().get(&path).await.json()["data"][0]["state"].clone());
    }
    states
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_is_asked_for_by_name_and_day() {
    let rig = Rig::start(Setup::default()).await;
    let ask = async |wish: Value| rig.operator().post("/admin/v1/bills", "", &wish).await;
    let account = account(Channel::Wechat);
    for (wish, status) in [
        (json!({ "account": "nobody", "day": today() }), 404),
        (json!({ "account": account, "day": "2026-02-30" }), 400),
        (json!({ "account": account, "day": "2999-01-01" }), 400),
        (json!({ "account": account, "day": "1999-01-01" }), 400),
        (json!({ "account": account, "day": today(), "kind": "x" }), 400),
        (json!({ "account": account }), 400),
    ] {
        let answer = ask(wish.clone()).await;
        assert_eq!(answer.status, status, "{wish}: {answer:?}");
    }
    let nothing = rig.operator().get("/admin/v1/bills").await.json();
    assert_eq!(nothing["data"], json!([]));
}

const DATABASE: [&str; 3] = ["paymux.db", "paymux.db-wal", "paymux.db-shm"];

/// The store's files, into a folder or back from it.
fn copy(rig: &Rig, folder: &str, back: bool) {
    let folder = rig.path(folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    for name in DATABASE {
        let (own, kept) = (rig.path(name), folder.join(name));
        let (from, to) = if back { (kept, own) } else { (own, kept) };
        // What the other side has not, this one must not have.
        drop(std::fs::remove_file(&to));
        if from.exists() {
            std::fs::copy(from, to).expect("a copy");
        }
    }
}

/// T-G01: whatever the store has forgotten, the bill still says.
#[tokio::test(flavor = "multi_thread")]
async fn facts_that_were_deleted_from_the_store_are_restored() {
    let mut rig = Rig::start(Setup::default()).await;
    let mut orders = vec![];
    for channel in CHANNELS {
        for what in ["one", "two", "three"] {
            let order = Order::placed(&rig, channel, what).await;
            orders.push((channel, order.id.clone(), order.number.clone()));
        }
    }
    rig.kill_gateway().await;
    copy(&rig, "before", false);
    rig.start_gateway(&[]).await.expect("the gateway starts");
    for (channel, _, number) in &orders {
        rig.sandbox.pay(*channel, number).expect("it is paid");
    }
    all_are(&rig, &orders, "succeeded").await;
    rig.kill_gateway().await;
    copy(&rig, "before", true);
    CHANNELS.into_iter().for_each(|it| silenced(&rig, it));
    rig.start_gateway(&[]).await.expect("the gateway starts");
    all_are(&rig, &orders, "pending").await;
    made(&rig).await;
    for channel in CHANNELS {
        let bill = fetched(&rig, channel).await;
        assert_eq!((&bill["state"], &bill["lines"]), (&json!("reconciled"), &json!(3)), "{bill}");
        assert_eq!(lines(&rig, channel, "applied").await, 3);
    }
    all_are(&rig, &orders, "succeeded").await;
}

async fn all_are(rig: &Rig, orders: &[(Channel, String, String)], status: &str) {
    for (_, id, _) in orders {
        let reached = async || (rig.api.payment(id).await["status"] == status).then_some(());
        until(&format!("{id} is {status}"), reached).await;
    }
}

/// Nothing of a bill that is not what it should be is believed, and what contradicts a payment
/// changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_bill_that_is_wrong_changes_nothing() {
    let rig = Rig::start(Setup::default()).await;
    CHANNELS.into_iter().for_each(|it| silenced(&rig, it));
    let order = Order::placed(&rig, Channel::Wechat, "odd").await;
    order.pay();
    let walked = async |fault: &str, expected: &str| {
        made_with(&rig, Some(fault)).await;
        let bill = fetched(&rig, Channel::Wechat).await;
        assert_eq!(bill["state"], expected, "{fault}: {bill}");
        assert_eq!(order.now().await["status"], "pending", "{fault}");
    };
    walked("truncated_file", "refused").await;
    walked("wrong_hash", "refused").await;
    walked("wrong_amount", "reconciled").await;
    assert_eq!(lines(&rig, Channel::Wechat, "quarantined").await, 1);
}
