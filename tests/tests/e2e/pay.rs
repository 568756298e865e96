//! A payer pays: by code, in the browser, and faster than the answer.

use paymux_sandbox::Channel;
use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use serde_json::json;

use super::order::{AMOUNT, Order, account, both, name};

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_shown_and_paid() {
    let rig = Rig::start(Setup::default()).await;
    both(async |channel| {
        let order = Order::placed(&rig, channel, "code").await;
        let payment = order.answer.json();
        assert_eq!(payment["status"], "pending", "{payment}");
        assert_eq!(payment["amount"], AMOUNT);
        assert_eq!(payment["attempt"]["channel"], name(channel));
        assert_eq!(payment["attempt"]["account"], account(channel));
        assert_eq!(payment["action"]["type"], "qr_code");
        assert!(payment["action"]["qr_code"].as_str().is_some_and(|it| !it.is_empty()));
        let place = format!("/v1/payments/{}", order.id);
        assert_eq!(order.answer.header("location"), Some(place.as_str()));
        order.pay();
        order.is_paid_once().await;
        let paid = order.now().await;
        let known = order.at_channel().map(|it| it.trade_no);
        assert_eq!(paid["attempt"]["channel_trade_no"].as_str(), known.as_deref());
        assert!(paid["paid_at"].is_string(), "{paid}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_sent_to_the_cashier_and_comes_back() {
    let rig = Rig::start(Setup::default()).await;
    let wish = json!({
        "order_no": "page", "amount": AMOUNT, "currency": "CNY", "method": "page",
        "channel": "alipay", "subject": "Jasmine tea",
        "return_url": "https://shop.example/back?cart=7#end",
    });
    let answer = rig.api.create("page", &wish).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let payment = answer.json();
    assert_eq!(payment["action"]["type"], "redirect", "{payment}");
    let id = payment["id"].as_str().expect("an id");
    let number = payment["attempt"]["out_trade_no"].as_str().expect("a number");
    assert!(rig.sandbox.order(Channel::Alipay, number).is_none(), "nothing before the browser");

    let cashier = payment["action"]["url"].as_str().expect("a link");
    let shown = rig.http.get(cashier).await.expect("the cashier answers");
    assert_eq!(shown.status, 303, "{shown:?}");
    let wallet = shown.header("location").expect("the wallet").to_owned();
    let paid = post(&rig, &format!("{wallet}/pay")).await;
    assert_eq!(paid.status, 303, "{paid:?}");

    let back = paid.header("location").expect("the way back");
    let landed = rig.http.get(&past_the_tap(&rig, back)).await.expect("the gateway answers");
    assert_eq!(landed.status, 303, "{landed:?}");
    let target = landed.header("location").expect("the merchant's page");
    let start = format!("https://shop.example/back?cart=7&payment_id={id}&order_no=page&status=");
    assert!(target.starts_with(&start) && target.ends_with("#end"), "{target}");

    let heard = rig.shop.hears("payment.succeeded", "page").await;
    assert_eq!(heard.event["data"]["payment"]["id"], id);
    let forged = past_the_tap(&rig, back).replace("total_amount=8.88", "total_amount=0.01");
    let forged = rig.http.get(&forged).await.expect("the gateway answers");
    assert_eq!((forged.status, forged.code().as_str()), (404, "not-found"));
}

/// The browser's GET; the tap is for notifications.
fn past_the_tap(rig: &Rig, url: &str) -> String {
    url.replace(&format!("http://{}", rig.tap.address), &rig.api.base)
}

async fn post(rig: &Rig, url: &str) -> paymux_tests::http::Answer {
    let url = if url.starts_with('/') {
        format!("http://{}{url}", rig.sandbox.address())
    } else {
        url.to_owned()
    };
    let request = http::Request::post(url).body(http_body_util::Full::default());
    rig.http.send(request.expect("a well-formed request")).await.expect("the wallet answers")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_who_is_faster_than_the_answer_has_paid() {
    let rig = Rig::start(Setup::default()).await;
    both(async |channel| {
        let what = "fast [sandbox:lose_answer]";
        let order = Order::asked(&rig, channel, "fast", what, 202).await;
        assert_eq!(order.answer.json()["status"], "processing");
        order.pay();
        order.is_paid_once().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_payers_at_once_each_pay_once() {
    let rig = Rig::start(Setup::default()).await;
    both(async |channel| {
        for n in 0..10 {
            let order = Order::placed(&rig, channel, &format!("crowd-{n}")).await;
            order.pay();
        }
    })
    .await;
    let told = async || (rig.shop.heard().len() >= 20).then_some(());
    until("all twenty are told", told).await;
    let payments = rig.api.payments().await;
    assert_eq!(payments.len(), 20);
    assert!(payments.iter().all(|it| it["status"] == "succeeded"), "{payments:?}");
    for totals in rig.sandbox.books().values() {
        assert_eq!((totals.paid_orders, totals.paid_fen), (10, 10 * AMOUNT));
    }
}
