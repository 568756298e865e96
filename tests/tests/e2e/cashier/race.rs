//! Two wallets scan the same code at the same time: one order is open, and one is paid.

use paymux_sandbox::{Channel, Status};
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;

use super::browser::{ALIPAY, WECHAT, call};
use super::{Offered, setup};

/// More rounds than there are orders of two answers.
const ROUNDS: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn two_wallets_at_once_never_leave_two_open_orders() {
    let rig = Rig::start(setup()).await;
    let mut opened = [0; 2];
    for round in 0..ROUNDS {
        let name = format!("race-{round}");
        let order = Offered::new(&rig, &name).await;
        let (wechat, alipay) = (order.browser(WECHAT), order.browser(ALIPAY));
        let (one, other) = tokio::join!(
            wechat.in_wallet(&order.url, "wechat"),
            alipay.in_wallet(&order.url, "alipay"),
        );
        // What was handed to a payer may be paid, and of that there is one at the most.
        let handed = [call(&one).is_some(), call(&other).is_some()];
        let now = order.now().await;
        let shown = now["attempt"]["out_trade_no"].as_str().unwrap_or_default().to_owned();
        let current = order.payable().into_iter().find(|it| it.out_trade_no == shown);
        // An order whose code nobody saw is closed behind; then one is left, or none.
        let left = until("one order is left", async || {
            let payable = order.payable();
            (payable.len() <= 1).then_some(payable)
        })
        .await;
        assert!(left.len() <= 1, "{round}: {left:?}");
        let Some(current) = current.filter(|it| left.iter().any(|own| own == it)) else { continue };
        opened[usize::from(current.channel == Channel::Wechat)] += 1;
        assert!(handed[0] || handed[1], "{round}: {current:?} is open, and nobody was handed it");
        rig.sandbox.pay(current.channel, &current.out_trade_no).expect("the payer confirms");
        rig.shop.hears("payment.succeeded", &name).await;
        // Whoever was second changes his mind too late.
        let again = wechat.in_wallet(&order.url, "wechat").await;
        assert!(call(&again).is_none());
        assert!(call(&alipay.in_wallet(&order.url, "alipay").await).is_none());
        let paid = order.at_channels().into_iter().filter(|it| it.status == Status::Paid);
        assert_eq!(paid.count(), 1, "{round}");
        assert!(order.payable().is_empty(), "{round}: {:?}", order.payable());
    }
    assert!(opened[0] + opened[1] >= ROUNDS / 2, "hardly anything was opened: {opened:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_mind_closes_the_order_before() {
    let rig = Rig::start(setup()).await;
    let order = Offered::new(&rig, "mind").await;
    let (wechat, alipay) = (order.browser(WECHAT), order.browser(ALIPAY));
    let statuses = || order.at_channels().into_iter().map(|it| (it.channel, it.status));
    for turn in 0..2 {
        assert!(call(&wechat.in_wallet(&order.url, "wechat").await).is_some(), "{turn}");
        let open: Vec<_> = order.payable().iter().map(|it| it.channel).collect();
        assert_eq!(open, [Channel::Wechat], "{turn}: {:?}", statuses().collect::<Vec<_>>());
        assert!(call(&alipay.in_wallet(&order.url, "alipay").await).is_some(), "{turn}");
        let open: Vec<_> = order.payable().iter().map(|it| it.channel).collect();
        assert_eq!(open, [Channel::Alipay], "{turn}: {:?}", statuses().collect::<Vec<_>>());
    }
    let open = order.payable().remove(0);
    rig.sandbox.pay(Channel::Alipay, &open.out_trade_no).expect("the payer confirms");
    rig.shop.hears("payment.succeeded", "mind").await;
    assert_eq!(order.at_channels().len(), 4, "four choices were four orders");
    let events = rig.api.events(100).await;
    assert!(events.iter().all(|it| it["type"] != "payment.duplicate_paid"), "{events:?}");
}
