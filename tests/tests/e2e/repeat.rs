//! The same request again: one effect, one answer.

use paymux_tests::config::Setup;
use paymux_tests::http::Answer;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use serde_json::json;

use super::order::{AMOUNT, Order, both, name, wish};

fn is_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_is_one_request_and_one_order_number_one_order() {
    let rig = Rig::start(Setup::default()).await;
    both(async |channel| {
        let first = Order::placed(&rig, channel, "again").await;
        assert!(!first.answer.is_replayed());
        let (key, same) = (&first.order_no, wish(channel, &first.order_no, "Jasmine tea"));

        let again = rig.api.create(key, &same).await;
        assert!(again.is_replayed(), "{again:?}");
        assert_eq!((again.status, &again.body), (201, &first.answer.body));
        assert_eq!(again.header("location"), first.answer.header("location"));

        let other = wish(channel, &first.order_no, "Green tea");
        is_problem(&rig.api.create(key, &other).await, 422, "idempotency-key-reused");

        let elsewhere = format!("{key}-2");
        let found = rig.api.create(&elsewhere, &same).await;
        assert_eq!((found.status, found.is_replayed()), (200, false), "{found:?}");
        assert_eq!(found.json()["id"], *first.id);

        let taken = rig.api.create(&format!("{key}-3"), &other).await;
        is_problem(&taken, 409, "order-no-taken");
        assert_eq!(taken.json()["payment_id"], *first.id);

        let unnamed = rig.api.create("", &same).await;
        is_problem(&unnamed, 400, "idempotency-key-invalid");
        first.pay();
        first.is_paid_once().await;
        let later = rig.api.create(key, &same).await;
        assert_eq!(later.body, first.answer.body, "the first answer stands");
    })
    .await;
    let orders: u64 = rig.sandbox.books().values().map(|it| it.orders).sum();
    assert_eq!(orders, 2, "the channels saw one order each");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_meets_the_first_under_way() {
    let rig = Rig::start(Setup::default()).await;
    both(async |channel| {
        let order_no = format!("busy-{}", name(channel));
        let wish = wish(channel, &order_no, "busy [sandbox:delay:3000]");
        let first = async { rig.api.create(&order_no, &wish).await };
        let second = async {
            // The channel acts at once and answers late.
            let begun = async || {
                let mut orders = rig.sandbox.orders(0, 10).into_iter();
                orders.find(|it| it.channel == channel)
            };
            until("the channel has the order", begun).await;
            rig.api.create(&order_no, &wish).await
        };
        let (first, second) = tokio::join!(first, second);
        is_problem(&second, 409, "idempotency-key-in-use");
        assert_eq!(second.header("retry-after"), Some("1"));
        assert_eq!(second.json()["retryable"], true);
        assert_eq!(first.status, 201, "{first:?}");
        let third = rig.api.create(&order_no, &wish).await;
        assert!(third.is_replayed() && third.body == first.body, "{third:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_of_what_is_in_doubt_goes_on_where_it_stopped() {
    let rig = Rig::start(Setup::default()).await;
    both(async |channel| {
        let subject = "resumed [sandbox:lose_answer]";
        let order = Order::asked(&rig, channel, "resumed", subject, 202).await;
        let wish = wish(channel, &order.order_no, subject);
        let answered = async || {
            let answer = rig.api.create(&order.order_no, &wish).await;
            if answer.status == 409 {
                is_problem(&answer, 409, "idempotency-key-in-use");
                return None;
            }
            Some(answer)
        };
        let resumed = until("the repeat is answered", answered).await;
        assert_eq!(resumed.status, 201, "{resumed:?}");
        let payment = resumed.json();
        assert_eq!(payment["id"], *order.id);
        assert_eq!(payment["attempt"]["out_trade_no"], *order.number, "under the same number");
        assert_eq!(payment["action"]["type"], "qr_code");
        let replayed = rig.api.create(&order.order_no, &wish).await;
        assert!(replayed.is_replayed() && replayed.body == resumed.body, "{replayed:?}");
        order.pay();
        order.is_paid_once().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_is_refused_before_any_channel_hears_of_it() {
    let rig = Rig::start(Setup::default()).await;
    let good = wish(paymux_sandbox::Channel::Alipay, "bad", "Tea");
    let with = |field: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    let cases = [
        (with("amount", json!(0)), 400, "invalid-field"),
        (with("amount", json!("888")), 400, "invalid-field"),
        (with("amount", json!(8.88)), 400, "invalid-field"),
        (with("currency", json!("XXX")), 400, "invalid-field"),
        (with("currency", json!("USD")), 422, "channel-unfit"),
        (with("colour", json!("red")), 400, "invalid-field"),
        (with("method", json!("barcode")), 400, "invalid-field"),
        (with("channel", json!("other")), 422, "no-route"),
        (with("subject", json!("a=b")), 422, "channel-unfit"),
        (json!([]), 400, "malformed-json"),
    ];
    for (body, status, code) in cases {
        let answer = rig.api.create("bad", &body).await;
        let told = (answer.status, answer.code());
        assert_eq!(told, (status, code.to_owned()), "{body}: {answer:?}");
    }
    let mut stranger = rig.api.clone();
    stranger.api_key = "pk_tests_000000000000000000000000".to_owned();
    is_problem(&stranger.create("bad", &good).await, 401, "unauthenticated");
    is_problem(&rig.api.get("/v1/payments/pay_00000000000000000000000000").await, 404, "not-found");
    is_problem(&rig.api.get("/v2/payments").await, 404, "not-found");
    assert_eq!(rig.sandbox.books().values().map(|it| it.orders).sum::<u64>(), 0);
    assert_eq!(rig.api.payments().await.len(), 0);
    assert_eq!(rig.api.create("good", &good).await.json()["amount"], AMOUNT);
}
