//! A morning's differences: every one that is planted in a bill is found, and none is invented.

use paymux_sandbox::Channel;
use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;
use serde_json::{Value, json};

use super::bill::{fetched, made_with};
use super::order::{AMOUNT, Order, account, both};

async fn differences(rig: &Rig, channel: Channel, state: &str) -> Vec<Value> {
    let path = format!("/admin/v1/differences?account={}&state={state}", account(channel));
    let answer = rig.operator().get(&path).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["data"].as_array().cloned().unwrap_or_default()
}

/// What the bill of today says with this fault, or with none.
async fn compared(rig: &Rig, channel: Channel, fault: Option<&str>) -> (Value, Vec<Value>) {
    made_with(rig, fault).await;
    let bill = fetched(rig, channel).await;
    (bill["state"].clone(), differences(rig, channel, "open").await)
}

/// What the merchant was told of this account, each version of it once.
async fn completed(rig: &Rig, channel: Channel) -> Vec<Value> {
    let all = rig.api.events(100).await;
    let mut own: Vec<_> = all
        .iter()
        .filter(|it| it["type"] == "reconciliation.completed")
        .filter(|it| it["data"]["reconciliation"]["account"] == account(channel))
        .collect();
    own.sort_by_key(|it| it["version"].as_u64());
    let versions: Vec<_> = own.iter().map(|it| it["version"].as_u64()).collect();
    assert_eq!(versions, (1..=own.len() as u64).map(Some).collect::<Vec<_>>());
    own.into_iter().map(|it| it["data"]["reconciliation"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_planted_difference_is_found_and_none_is_invented() {
    let rig = Rig::start(Setup::default()).await;
    for channel in super::order::CHANNELS {
        let order = Order::paid(&rig, channel, "first").await;
        let others = ["second", "third"];
        for what in others {
            Order::paid(&rig, channel, what).await;
        }
        let right = async |what: &str| {
            let (state, found) = compared(&rig, channel, None).await;
            assert_eq!((state, found), (json!("reconciled"), vec![]), "{what}");
        };
        let planted = async |fault: &str| {
            let (state, found) = compared(&rig, channel, Some(fault)).await;
            assert_eq!(state, "reconciled", "{fault}");
            let [one] = found.try_into().unwrap_or_else(|it| panic!("{fault}: {it:#?}"));
            assert_eq!(one["key"], format!("order/{}", order.number), "{fault}: {one}");
            assert_eq!(one["payment"], order.id, "{fault}: {one}");
            assert_eq!(one["books"]["amount"], AMOUNT, "{fault}: {one}");
            one
        };
        right("as it should be").await;
        // Nothing is missing while tomorrow's bill may have it.
        for fault in ["missing_line", "late_line"] {
            let one = planted(fault).await;
            assert_eq!(
                (&one["state"], &one["kind"]),
                (&json!("waiting"), &json!("missing_at_channel"))
            );
            assert_eq!(one["bill"], Value::Null, "{fault}: {one}");
            right("the line came").await;
        }
        let one = planted("wrong_amount").await;
        assert_eq!((&one["state"], &one["kind"]), (&json!("open"), &json!("amount")), "{one}");
        assert_eq!(one["bill"]["amount"], AMOUNT + 1, "{one}");
        // Compared again, it is the same difference.
        let (_, again) = compared(&rig, channel, Some("wrong_amount")).await;
        assert_eq!(again, [one]);
        // Of a file that is not whole nothing is believed, the differences of before neither more
        // nor less.
        let (state, found) = compared(&rig, channel, Some("truncated_file")).await;
        assert_eq!((state, found), (json!("refused"), again), "truncated");
        right("corrected").await;
        let over = differences(&rig, channel, "all").await;
        let [over] = over.try_into().unwrap_or_else(|it| panic!("{it:#?}"));
        assert_eq!(over["state"], "resolved", "{over}");
        // Each merchant hears what its day has come to: by webhook and in its list alike.
        let told = completed(&rig, channel).await;
        let counts = |it: &Value| (it["differences"].as_u64(), it["waiting"].as_u64());
        let expected = [(0, 0), (0, 1), (0, 0), (0, 1), (0, 0), (1, 0), (0, 0)];
        let expected = expected.map(|(open, waiting)| (Some(open), Some(waiting)));
        assert_eq!(told.iter().map(counts).collect::<Vec<_>>(), expected, "{told:#?}");
        assert!(told.iter().all(|it| it["payments"] == 3 && it["refunds"] == 0), "{told:#?}");
        rig.shop.hears("reconciliation.completed", "").await;
        let csv =
            format!("/admin/v1/differences?account={}&state=all&format=csv", account(channel));
        let csv = rig.operator().get(&csv).await;
        let csv = String::from_utf8_lossy(&csv.body).into_owned();
        assert_eq!(csv.lines().count(), 2, "{csv}");
        assert!(csv.contains(&format!("resolved,order/{},{}", order.number, order.id)), "{csv}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_decides_stands_until_the_sides_say_something_else() {
    let rig = Rig::start(Setup::default()).await;
    both(async |channel| {
        let order = Order::paid(&rig, channel, "odd").await;
        let (_, found) = compared(&rig, channel, Some("wrong_amount")).await;
        assert_eq!(found.len(), 1, "{found:#?}");
        let path = format!("/admin/v1/differences/{}/order/{}", account(channel), order.number);
        let decide = async |repair: &str, wish: Value| {
            let path = format!("{path}/{repair}");
            let answer = rig.operator().post(&path, "", &wish).await;
            (answer.status, answer.json())
        };
        assert_eq!(decide("accept", json!({})).await.0, 400, "a reason is asked for");
        assert_eq!(decide("confirm", json!({})).await.0, 409, "nothing was proposed");
        let (status, asked) = decide("query", json!({})).await;
        assert_eq!((status, &asked["state"]), (200, &json!("open")), "{asked}");
        let accepted = decide("accept", json!({ "reason": "a fen of the till" })).await;
        assert_eq!((accepted.0, &accepted.1["state"]), (200, &json!("accepted")), "{accepted:?}");
        assert_eq!(decide("query", json!({})).await.0, 409, "it is over");
        let (_, found) = compared(&rig, channel, Some("wrong_amount")).await;
        assert_eq!(found, [] as [Value; 0], "the same words change nothing");
        let audit = rig.operator().get("/admin/v1/audit").await.json();
        let done = audit["data"].as_array().into_iter().flatten();
        let done: Vec<_> = done.filter(|it| it["action"] == "difference.repair").collect();
        let own = |it: &&&Value| it["object"].as_str().is_some_and(|it| it.contains(&order.number));
        assert_eq!(done.iter().filter(own).count(), 2, "{audit:#}");
    })
    .await;
}
