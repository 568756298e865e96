//! A process that dies or is told to stop in the middle of an order: the next one goes on.

use std::os::unix::process::ExitStatusExt as _;
use std::time::Duration;

use paymux_sandbox::{FaultKind, FaultRule, Operation};
use paymux_tests::customer::{Customer, Served};
use paymux_tests::program::Build;
use paymux_tests::rig::Rig;
use paymux_tests::wait::{PATIENCE, until};

use super::case::{brisk, case, customer, customers, is_whole, pay_at_once, serve_all};

/// Of `abort`, by which a crash point ends the process.
const SIGABRT: i32 = 6;
/// Customers of the one who is told to stop.
const CROWD: usize = 24;

/// A gateway that dies at this place, and a customer before it.
async fn scene(name: &str, point: &str) -> (Rig, Customer) {
    let mut rig = Rig::prepare(brisk(), Build::Crashpoints).await;
    pay_at_once(&rig);
    rig.start_gateway(&[("PAYMUX_CRASHPOINT", point)]).await.expect("it starts");
    let customer = customer(&rig, name, "alipay");
    (rig, customer)
}

/// Asks once; what is answered may be nothing.
async fn ask(customer: &Customer) -> Option<u16> {
    let key = &customer.order_no;
    let answer = customer.api.try_post("/v1/payments", key, &customer.wish()).await;
    answer.ok().map(|it| it.status)
}

async fn dies_and_comes_back(rig: &mut Rig) {
    let status = rig.ends_within(PATIENCE).await.expect("it dies");
    assert_eq!(status.signal(), Some(SIGABRT), "{status}");
    rig.kill_gateway().await;
    rig.start_gateway(&[]).await.expect("it starts again");
}

/// The only payment's number, as the gateway stored it before anything was repeated.
async fn stored_number(rig: &Rig) -> String {
    let payments = rig.api.payments().await;
    let [payment] = &payments[..] else { panic!("not one intent: {payments:?}") };
    payment["attempt"]["out_trade_no"].as_str().expect("an attempt").to_owned()
}

/// The channel knows one order, by the number that was stored first.
async fn is_one_trade(rig: &Rig, number: &str, served: Served) {
    let orders = rig.sandbox.orders(0, 10);
    let numbers: Vec<_> = orders.iter().map(|it| &*it.out_trade_no).collect();
    assert_eq!(numbers, [number]);
    assert_eq!(is_whole(rig, &[served]).await, 0, "nothing is heard twice");
}

/// The intent is in the store, and nothing else has happened.
async fn after_the_intent() {
    let (mut rig, customer) = scene("intent", "engine.after_commit").await;
    assert_eq!(ask(&customer).await, None, "nobody answered");
    dies_and_comes_back(&mut rig).await;
    let number = stored_number(&rig).await;
    is_one_trade(&rig, &number, customer.serve().await).await;
}

/// The channel has the order, and has not answered yet.
async fn while_the_channel_thinks() {
    let (mut rig, customer) = scene("call", "nowhere").await;
    let slow = FaultRule {
        fault: FaultKind::Delay,
        operation: Operation::Pay,
        channel: None,
        out_trade_no: None,
        times: None,
        chance: None,
        seed: 0,
        ms: Some(1_500),
        n: None,
        effect: None,
        code: None,
    };
    rig.sandbox.arm(slow).expect("a rule");
    let known = async || rig.sandbox.orders(0, 1).into_iter().next();
    let killed = async {
        until("the channel has the order", known).await;
    };
    tokio::join!(ask(&customer), killed);
    rig.kill_gateway().await;
    rig.start_gateway(&[]).await.expect("it starts again");
    let number = stored_number(&rig).await;
    is_one_trade(&rig, &number, customer.serve().await).await;
}

/// The channel has answered, and nobody has written it down. The call before it asks for keys.
async fn before_the_answer_is_stored() {
    let (mut rig, customer) = scene("answer", "call.after_answer:2").await;
    assert_eq!(ask(&customer).await, None, "nobody answered");
    dies_and_comes_back(&mut rig).await;
    let number = stored_number(&rig).await;
    is_one_trade(&rig, &number, customer.serve().await).await;
}

/// A notification is written down, and the channel has not heard so.
async fn before_the_acknowledgement() {
    let (mut rig, customer) = scene("notice", "notify.before_reply").await;
    assert_eq!(ask(&customer).await, Some(201));
    dies_and_comes_back(&mut rig).await;
    let served = customer.serve().await;
    let heard_again = async || {
        let sent = rig.sandbox.notifications(None, 10);
        sent.iter()
            .any(|it| it.tries.len() > 1 && it.tries.iter().any(|it| it.accepted))
            .then_some(())
    };
    until("the channel repeats it, and is told that it is known", heard_again).await;
    let again = rig.metrics().await.sum("paymux_notifications_total", &[("outcome", "duplicate")]);
    assert_eq!(again, 1, "what was written is not written again");
    is_whole(&rig, &[served]).await;
}

/// The merchant has taken an event, and nobody has written that down.
async fn before_the_delivery_is_stored() {
    let (mut rig, customer) = scene("heard", "deliver.after_answer").await;
    let order_no = customer.order_no.clone();
    assert_eq!(ask(&customer).await, Some(201));
    dies_and_comes_back(&mut rig).await;
    let served = customer.serve().await;
    assert_eq!(is_whole(&rig, &[served]).await, 1, "one duplicate");
    let heard = rig.shop.of("payment.succeeded", &order_no);
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert_eq!((&heard[0].id, &heard[0].body), (&heard[1].id, &heard[1].body));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_at_each_step_of_an_order() {
    tokio::join!(
        case("S01", after_the_intent()),
        case("S02", while_the_channel_thinks()),
        case("S03", before_the_answer_is_stored()),
        case("S04", before_the_acknowledgement()),
        case("S05", before_the_delivery_is_stored()),
    );
}

/// Told to stop under load: it ends what it began, and the next one goes on with the rest.
async fn told_to_stop() {
    let mut rig = Rig::prepare(brisk(), Build::Plain).await;
    rig.start_gateway(&[]).await.expect("it starts");
    pay_at_once(&rig);
    let serving = serve_all(customers(&rig, "stop", CROWD));
    let stopping = async {
        let begun = async || (rig.sandbox.orders(0, CROWD).len() > CROWD / 3).then_some(());
        until("they are being served", begun).await;
        rig.ask_to_stop().await;
        let status = rig.ends_within(Duration::from_secs(15)).await.expect("within its grace");
        assert!(status.success(), "it ended with {status}");
        rig.kill_gateway().await;
        rig.start_gateway(&[]).await.expect("it starts again");
    };
    let (served, ()) = tokio::join!(serving, stopping);
    assert_eq!(is_whole(&rig, &served).await, 0, "nothing is heard twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_told_to_stop_leaves_nothing_half_done() {
    case("S07", told_to_stop()).await;
}
