//! A store that takes nothing, for whatever reason: nobody is told otherwise, and all goes on by
//! itself when it takes something again.

use paymux_sandbox::Channel;
use paymux_tests::config::ALIPAY;
use paymux_tests::http::Answer;
use paymux_tests::order::{Order, wish};
use paymux_tests::rig::Rig;
use paymux_tests::tap::Passed;
use paymux_tests::wait::until;

use super::case::{is_whole, served};

/// The most orders that fit into what room a database keeps for itself.
const ENOUGH: usize = 2_000;
/// Refusals in a row after which a node is not ready.
const REFUSALS: usize = 3;

/// What happens to the store.
pub(crate) struct Trouble<'a> {
    pub(crate) name: &'a str,
    pub(crate) harm: &'a dyn Fn(),
    pub(crate) mend: &'a dyn Fn(),
    /// Whether what is there can be read meanwhile.
    pub(crate) is_read: bool,
    /// Whether it is a matter of some rows alone, for which no node is taken out of service.
    pub(crate) is_of_rows: bool,
}

/// One payment before the trouble, told of while it lasts, and one that is refused meanwhile.
pub(crate) async fn is_refused_and_made_good(rig: &Rig, trouble: &Trouble<'_>) {
    let name = trouble.name;
    let mut placed = vec![Order::placed(rig, Channel::Alipay, name).await];
    let told = rig.tap.passed(ALIPAY).len();
    rig.tap.shut();
    tokio::task::block_in_place(trouble.harm);
    let refused = until_refused(rig, name, &mut placed).await;
    placed[0].pay();
    let passed = async || rig.tap.passed(ALIPAY).get(told).cloned();
    let notification = until("the channel notifies", passed).await;
    for _ in 0..REFUSALS {
        let answer = rig.tap.send(&notification).await;
        assert!(!is_taken(&answer), "{name}: acknowledged and not written: {answer:?}");
    }
    if trouble.is_read {
        assert_eq!(placed[0].now().await["status"], "pending", "{name}: it is read");
    }
    if !trouble.is_of_rows {
        is_ready(rig, false).await;
    }

    tokio::task::block_in_place(trouble.mend);
    is_told(rig, &notification).await;
    placed.push(is_repeated(rig, &refused).await);
    is_ready(rig, true).await;
    rig.tap.open_again();
    placed[1..].iter().for_each(Order::pay);
    for order in &placed {
        order.is_paid_once().await;
    }
}

/// All that was placed in the rig's life.
pub(crate) async fn books_are_whole(rig: &Rig) {
    let payments = rig.api.payments().await;
    let all: Vec<_> = payments.iter().map(served).collect();
    is_whole(rig, &all).await;
}

/// Orders until one is refused; its number.
async fn until_refused<'a>(rig: &'a Rig, name: &str, placed: &mut Vec<Order<'a>>) -> String {
    for number in 0..ENOUGH {
        let order_no = format!("{name}-{number}");
        let answer = rig.api.create(&order_no, &wish(Channel::Alipay, &order_no, "Tea")).await;
        if answer.status != 201 {
            assert_eq!((answer.status, &*answer.code()), (503, "store-unavailable"), "{answer:?}");
            assert!(answer.header("retry-after").is_some(), "{answer:?}");
            return order_no;
        }
        placed.push(Order::of(rig, Channel::Alipay, &order_no, answer));
    }
    panic!("{name}: nothing is refused");
}

fn is_taken(answer: &Answer) -> bool {
    answer.status == 200 && answer.body == "success"
}

async fn is_told(rig: &Rig, notification: &Passed) {
    let taken = async || is_taken(&rig.tap.send(notification).await).then_some(());
    until("the notification is taken", taken).await;
}

/// By its merchant, under the same key.
async fn is_repeated<'a>(rig: &'a Rig, order_no: &str) -> Order<'a> {
    let wish = wish(Channel::Alipay, order_no, "Tea");
    let repeated = async || {
        let answer = rig.api.create(order_no, &wish).await;
        assert!([201, 202, 409, 503].contains(&answer.status), "{answer:?}");
        Some(answer).filter(|it| it.status == 201)
    };
    let answer = until("the refused order is taken", repeated).await;
    Order::of(rig, Channel::Alipay, order_no, answer)
}

async fn is_ready(rig: &Rig, ready: bool) {
    let readyz = async || rig.http.get(&rig.ops("/readyz")).await.map_or(0, |it| it.status);
    let seen = async || ((readyz().await == 200) == ready).then_some(());
    until(&format!("ready: {ready}"), seen).await;
}
