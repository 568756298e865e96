//! News on an open page: by a stream, and by asking.

use std::time::{Duration, Instant};

use paymux_sandbox::Channel;
use paymux_tests::rig::Rig;

use super::browser::{ALIPAY, COMPUTER, html};
use super::{Offered, setup};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_hears_within_a_second_that_it_is_paid() {
    let rig = Rig::start(setup()).await;
    let order = Offered::new(&rig, "live").await;
    let computer = order.browser(COMPUTER);
    let status = computer.get(&format!("{}/status", order.url)).await;
    assert_eq!(status.json()["state"], "choose-0", "{}", html(&status));
    order.browser(ALIPAY).in_wallet(&order.url, "alipay").await;
    let number = order.payable()[0].out_trade_no.clone();
    // The stream ends with the payment, so its whole body is what was said.
    let place = format!("{}/events", order.url);
    let listens = async { (computer.get(&place).await, Instant::now()) };
    let pays = async {
        rig.sandbox.pay(Channel::Alipay, &number).expect("the payer confirms");
        rig.shop.hears("payment.succeeded", "live").await;
        Instant::now()
    };
    let ((stream, heard), told) = tokio::join!(listens, pays);
    assert_eq!(stream.header("content-type"), Some("text/event-stream"));
    let text = html(&stream);
    let states: Vec<_> = text.lines().filter_map(|it| it.strip_prefix("data: ")).collect();
    assert_eq!(states.last(), Some(&r#"{"state":"paid"}"#), "{text}");
    let late = heard.saturating_duration_since(told);
    assert!(late < Duration::from_secs(3), "{late:?} behind the merchant, on a busy machine");
    let status = computer.get(&format!("{}/status", order.url)).await;
    assert_eq!(status.json()["state"], "paid");
}
