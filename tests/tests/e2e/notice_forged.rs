//! Notifications that are not what they say: forged, or sent to another account.

use bytes::Bytes;
use paymux_sandbox::Channel;
use paymux_tests::config::{ALIPAY, Setup, WECHAT};
use paymux_tests::http::Answer;
use paymux_tests::rig::Rig;
use paymux_tests::tap::Passed;
use paymux_tests::wait::until;

use super::order::{Order, account, both};

/// How each channel reads "received".
pub(crate) fn is_accepted(channel: Channel, answer: &Answer) -> bool {
    match channel {
        Channel::Alipay => answer.status == 200 && answer.body == "success",
        Channel::Wechat => [200, 204].contains(&answer.status),
    }
}

/// The genuine notification of a payment, kept back.
async fn kept_back(rig: &Rig, channel: Channel) -> Passed {
    let passed = async || rig.tap.passed(account(channel)).into_iter().next();
    until("the channel notifies", passed).await
}

fn with_body(passed: &Passed, change: impl Fn(&str) -> String) -> Passed {
    let body = change(&String::from_utf8_lossy(&passed.body));
    assert_ne!(body.as_bytes(), passed.body, "the forgery changes something");
    Passed { body: Bytes::from(body), ..passed.clone() }
}

fn with_header(passed: &Passed, name: &'static str, value: &str) -> Passed {
    let mut forged = passed.clone();
    let old = forged.headers.insert(name, value.parse().expect("header text"));
    assert!(old.is_some(), "there is a {name} to forge");
    forged
}

/// Each with the word under which it is counted.
fn forgeries(
    genuine: &Passed,
    paid: &str,
    unpaid: &str,
    channel: Channel,
) -> Vec<(Passed, &'static str)> {
    match channel {
        Channel::Alipay => vec![
            (with_body(genuine, |it| it.replace(paid, unpaid)), "signature"),
            (with_body(genuine, |it| it.replace("8.88", "0.01")), "signature"),
            (with_body(genuine, |it| it.replace("sign=", "sign=A")), "signature"),
            (with_body(genuine, |it| it.replace("sign=", "sing=")), "signature"),
            (with_body(genuine, |it| format!("{it}&out_trade_no={unpaid}")), "malformed"),
        ],
        Channel::Wechat => vec![
            (
                with_body(genuine, |it| it.replacen("ciphertext\":\"", "ciphertext\":\"A", 1)),
                "signature",
            ),
            (with_body(genuine, |it| format!("{it} ")), "signature"),
            (with_header(genuine, "wechatpay-nonce", "0123456789abcdef"), "signature"),
            (with_header(genuine, "wechatpay-timestamp", "1000000000"), "stale"),
            (with_header(genuine, "wechatpay-serial", "PUB_KEY_ID_0000"), "unknown_key"),
            (with_header(genuine, "wechatpay-signature", "WECHATPAY/SIGNTEST/AAAA"), "probe"),
        ],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_channel_did_not_sign_moves_no_money() {
    let rig = Rig::start(Setup::default()).await;
    rig.tap.shut();
    both(async |channel| {
        let unpaid = Order::placed(&rig, channel, "unpaid").await;
        let subject = "Tea [sandbox:query.system_error*1000]";
        let paid = Order::asked(&rig, channel, "paid", subject, 201).await;
        paid.pay();
        let genuine = kept_back(&rig, channel).await;
        for (forged, word) in forgeries(&genuine, &paid.number, &unpaid.number, channel) {
            let before = paid.notifications(word).await;
            let answer = rig.tap.send(&forged).await;
            assert!(!is_accepted(channel, &answer), "{word}: {answer:?} {forged:?}");
            let counted = paid.notifications(word).await;
            assert_eq!(counted, before + 1, "{word}: {answer:?} {forged:?}");
        }
        assert_eq!(paid.now().await["status"], "pending");
        assert_eq!(unpaid.now().await["status"], "pending");
        assert!(is_accepted(channel, &rig.tap.send(&genuine).await), "the genuine one is taken");
        paid.is_paid_once().await;
        assert!(is_accepted(channel, &rig.tap.send(&genuine).await), "and its repeat too");
        assert_eq!(paid.notifications("duplicate").await, 1);
        assert_eq!(unpaid.now().await["status"], "pending");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_genuine_notification_at_another_account_changes_nothing() {
    let rig = Rig::prepare(Setup::default(), paymux_tests::program::Build::Plain).await;
    let gateway = rig.sandbox.alipay_url();
    drop(rig);
    let rig = Rig::start(Setup {
        alipay: vec![("alipay-second", gateway)],
        accounts: vec![ALIPAY, WECHAT, "alipay-second"],
        ..Setup::default()
    })
    .await;
    rig.tap.shut();
    let subject = "Tea [sandbox:query.system_error*1000]";
    let order = Order::asked(&rig, Channel::Alipay, "strayed", subject, 201).await;
    order.pay();
    let genuine = kept_back(&rig, Channel::Alipay).await;
    let strayed = Passed { path: "/notify/alipay-second".to_owned(), ..genuine.clone() };
    let answer = rig.tap.send(&strayed).await;
    assert!(is_accepted(Channel::Alipay, &answer), "repeating cannot mend it: {answer:?}");
    let metrics = rig.metrics().await;
    let second = [("account", "alipay-second"), ("outcome", "quarantined")];
    assert_eq!(metrics.sum("paymux_notifications_total", &second), 1);
    assert_eq!(metrics.sum("paymux_contradictions_total", &second[..1]), 1);
    assert_eq!(order.now().await["status"], "pending");
    assert!(rig.shop.heard().is_empty());
    let crossed = Passed { path: format!("/notify/{WECHAT}"), ..genuine.clone() };
    assert!(!is_accepted(Channel::Wechat, &rig.tap.send(&crossed).await));
    assert_eq!(order.now().await["status"], "pending");
    assert!(is_accepted(Channel::Alipay, &rig.tap.send(&genuine).await));
    order.is_paid_once().await;
}
