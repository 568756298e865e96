//! The channels' notifications: lost, repeated, late, out of order, or wrong.

use paymux_sandbox::NoticeState;
use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use serde_json::json;

use super::order::{AMOUNT, Order, account, both, notifications};

/// Questions stay unanswered, so that only a notification can bring news.
const NO_ANSWERS: &str = "[sandbox:query.system_error*1000]";

async fn placed<'a>(rig: &'a Rig, channel: paymux_sandbox::Channel, fault: &str) -> Order<'a> {
    let what = fault.split(':').next().unwrap_or(fault).replace('.', "-");
    let subject = format!("Tea [sandbox:{fault}]");
    Order::asked(rig, channel, &what, &subject, 201).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_notification_is_made_up_for_by_a_question() {
    let rig = Rig::start(Setup::default()).await;
    both(async |channel| {
        let order = placed(&rig, channel, "notify_lost").await;
        order.pay();
        order.is_paid_once().await;
        let sent = rig.sandbox.notifications(Some(&order.number), 10);
        assert!(sent.len() == 1 && sent[0].state == NoticeState::Lost, "{sent:?}");
        assert_eq!(order.notifications("applied").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tripled_notification_is_one_event() {
    let rig = Rig::start(Setup::default()).await;
    both(async |channel| {
        let order = placed(&rig, channel, "notify_double:3").await;
        order.pay();
        let seen = async || (order.notifications("duplicate").await == 2).then_some(());
        until("two of three are duplicates", seen).await;
        assert_eq!(order.notifications("applied").await, 1);
        order.is_paid_once().await;
        let sent = rig.sandbox.notifications(Some(&order.number), 10);
        assert_eq!(sent[0].tries.len(), 3);
        assert!(sent[0].tries.iter().all(|it| it.accepted), "{sent:?}");
        assert_eq!(rig.shop.of("payment.succeeded", &order.order_no).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_notification_says_what_is_known() {
    let rig = Rig::start(Setup::default()).await;
    both(async |channel| {
        let order = placed(&rig, channel, "notify_delay:12000").await;
        order.pay();
        order.is_paid_once().await;
        let seen = async || (order.notifications("redundant").await == 1).then_some(());
        until("the notification came", seen).await;
        order.is_paid_once().await;
        assert_eq!(rig.shop.of("payment.succeeded", &order.order_no).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_may_be_told_before_its_payment() {
    let rig = Rig::start(Setup::default()).await;
    both(async |channel| {
        let order = placed(&rig, channel, "notify_reorder").await;
        order.pay();
        rig.shop.hears("payment.succeeded", &order.order_no).await;
        let refund = json!({ "refund_no": order.order_no, "amount": 300, "currency": "CNY" });
        let key = format!("{}-back", order.order_no);
        let asked = rig.api.refund(&order.id, &key, &refund).await;
        assert_eq!(asked.status, 201, "{asked:?}");
        rig.shop.hears("refund.succeeded", &order.order_no).await;
        let settled = async || {
            let sent = rig.sandbox.notifications(Some(&order.number), 10);
            let all = sent.iter().all(|it| it.state == NoticeState::Delivered);
            (all && sent.len() == 2).then_some(())
        };
        until("both notifications are taken", settled).await;
        assert!(order.notifications("redundant").await >= 1);
        assert_eq!(order.events().await, ["payment.succeeded", "refund.succeeded"]);
        assert_eq!(order.now().await["amount_refunded"], 300);
        assert_eq!(
            order.at_channel().map(|it| (it.paid_fen, it.refunded_fen)),
            Some((AMOUNT, 300))
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_amount_changes_nothing_and_calls_a_person() {
    let rig = Rig::start(Setup::default()).await;
    both(async |channel| {
        let subject = format!("Tea [sandbox:notify.wrong_amount]{NO_ANSWERS}");
        let order = Order::asked(&rig, channel, "amount", &subject, 201).await;
        order.pay();
        let taken = async || {
            let sent = rig.sandbox.notifications(Some(&order.number), 10);
            sent.iter().any(|it| it.state == NoticeState::Delivered).then_some(())
        };
        until("it is acknowledged, since repeating cannot mend it", taken).await;
        assert_eq!(order.notifications("quarantined").await, 1);
        let account = [("account", account(channel))];
        assert_eq!(rig.metrics().await.sum("paymux_contradictions_total", &account), 1);
        assert_eq!(order.now().await["status"], "pending");
        assert!(order.events().await.is_empty());
        assert!(rig.shop.heard().is_empty(), "nobody is told of it");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_gateway_does_not_know_is_not_acknowledged() {
    let (here, there) = tokio::join!(Rig::start(Setup::default()), Rig::start(Setup::default()));
    both(async |channel| {
        let order = Order::paid(&here, channel, "foreign").await;
        let passed = here.tap.passed(account(channel));
        let answer = there.tap.send(&passed[0]).await;
        assert!(!super::notice_forged::is_accepted(channel, &answer), "{answer:?}");
        assert_eq!(notifications(&there, channel, "orphan").await, 1);
        let mut nobody = passed[0].clone();
        nobody.path = "/notify/nobody".to_owned();
        let answer = here.tap.send(&nobody).await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "not-found"));
        order.is_paid_once().await;
    })
    .await;
    assert!(there.api.payments().await.is_empty());
}
