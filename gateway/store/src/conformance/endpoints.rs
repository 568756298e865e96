//! Endpoints: one writer wins each version, and what is held for them is found in order.

use paymux_core::Timestamp;
use paymux_core::delivery::DeliveryState;
use paymux_core::endpoint::{Disabled, DisabledReason, EndpointState};

use super::check;
use super::sample::{self, MERCHANT, OTHER, id};
use crate::{Change, EndpointWrite, Store};

fn write(expected: u64, next: EndpointState) -> Change {
    Change { endpoint: Some(EndpointWrite { expected, next }), ..Change::default() }
}

async fn found(store: &impl Store, merchant: &str, endpoint: &str) -> Option<EndpointState> {
    store.endpoint(&id(merchant), &id(endpoint)).await.expect("a read")
}

pub(super) async fn an_endpoint_is_written_over_its_version<S: Store>(store: S) {
    assert_eq!(found(&store, MERCHANT, "shop").await, None);
    let first = sample::failing(MERCHANT, "shop").next;
    check(&store, write(1, first.clone()), "stale").await;
    check(&store, write(0, first.clone()), "ok").await;
    check(&store, write(0, first.clone()), "stale").await;
    assert_eq!(found(&store, MERCHANT, "shop").await, Some(first.clone()));
    // Another merchant's endpoint of that name is another one.
    assert_eq!(found(&store, OTHER, "shop").await, None);
    assert_eq!(found(&store, MERCHANT, "books").await, None);
    for (version, reason) in (2..).zip(DisabledReason::ALL) {
        let disabled = Some(Disabled { at: Timestamp(-7), reason });
        let next = EndpointState { failing_since: None, disabled, version, ..first.clone() };
        check(&store, write(version - 1, next.clone()), "ok").await;
        assert_eq!(found(&store, MERCHANT, "shop").await, Some(next));
    }
}

/// A condition: what was decided on an endpoint's state must not be written over a later one.
pub(super) async fn an_equal_version_is_compared_and_not_written<S: Store>(store: S) {
    let unwritten = sample::endpoint(MERCHANT, "shop");
    check(&store, write(0, unwritten.clone()), "ok").await;
    assert_eq!(found(&store, MERCHANT, "shop").await, None);
    let first = sample::failing(MERCHANT, "shop").next;
    check(&store, write(0, first.clone()), "ok").await;
    let delivery = sample::delivery(sample::payment_id(MERCHANT, 1), 1, "shop");
    let late = Change { deliveries: vec![delivery.clone()], ..write(0, unwritten) };
    check(&store, late, "stale").await;
    assert_eq!(store.delivery(&delivery.id).await.expect("a read"), None);
    let other = EndpointState { failing_since: None, ..first.clone() };
    let timely = Change { deliveries: vec![delivery.clone()], ..write(1, other) };
    check(&store, timely, "ok").await;
    assert_eq!(store.delivery(&delivery.id).await.expect("a read"), Some(delivery));
    assert_eq!(found(&store, MERCHANT, "shop").await, Some(first));
}

pub(super) async fn held_deliveries_are_listed_in_order<S: Store>(store: S) {
    let (one, two) = (sample::payment_id(MERCHANT, 1), sample::payment_id(MERCHANT, 2));
    let foreign = sample::payment_id(OTHER, 1);
    let at = Timestamp(7_000);
    let rows = [
        (two, 1, "shop", DeliveryState::Held { at }),
        (one, 2, "shop", DeliveryState::Held { at: Timestamp(9_000) }),
        (one, 1, "shop", DeliveryState::Held { at }),
        (one, 3, "shop", DeliveryState::Due),
        (one, 4, "shop", DeliveryState::Exhausted { at }),
        (one, 1, "books", DeliveryState::Held { at }),
        // An endpoint whose name ends like the other's.
        (one, 1, "my_shop", DeliveryState::Held { at }),
    ];
    let rows = rows.map(|(payment, number, endpoint, state)| {
        let row = sample::delivery(payment, number, endpoint);
        paymux_core::delivery::Delivery { state, ..row }
    });
    let mut theirs = sample::delivery(foreign, 1, "shop");
    (theirs.merchant, theirs.state) = (id(OTHER), DeliveryState::Held { at });
    let mut deliveries = rows.to_vec();
    deliveries.push(theirs.clone());
    check(&store, Change { deliveries, ..Change::default() }, "ok").await;
    let list = async |merchant: &str, endpoint: &str, limit| {
        store.held(&id(merchant), &id(endpoint), limit).await.expect("a read")
    };
    let [second, first_two, first_one, ..] = rows.clone();
    assert_eq!(list(MERCHANT, "shop", 2).await, [first_one.clone(), first_two.clone()]);
    let all = [first_one.clone(), first_two.clone(), second.clone()];
    assert_eq!(list(MERCHANT, "shop", 9).await, all);
    assert_eq!(list(OTHER, "shop", 9).await, [theirs]);
    assert_eq!(list(OTHER, "books", 9).await, []);
    // What is released is held no more.
    let released = first_one.release().expect("it is held");
    check(&store, Change { deliveries: vec![released], ..Change::default() }, "ok").await;
    assert_eq!(list(MERCHANT, "shop", 9).await, [first_two, second]);
}

pub(super) async fn failing_deliveries_are_listed<S: Store>(store: S) {
    let (one, two) = (sample::payment_id(MERCHANT, 1), sample::payment_id(MERCHANT, 2));
    let at = Timestamp(7_000);
    let rows = [
        (one, 1, "shop", DeliveryState::Due, 0),
        (one, 2, "shop", DeliveryState::Due, 3),
        (one, 3, "shop", DeliveryState::Delivered { at }, 2),
        (two, 1, "shop", DeliveryState::Exhausted { at }, 8),
        (two, 2, "shop", DeliveryState::Held { at }, 0),
        (two, 3, "books", DeliveryState::Exhausted { at }, 8),
    ];
    let rows = rows.map(|(payment, number, endpoint, state, attempts)| {
        let row = sample::delivery(payment, number, endpoint);
        paymux_core::delivery::Delivery { state, attempts, ..row }
    });
    check(&store, Change { deliveries: rows.to_vec(), ..Change::default() }, "ok").await;
    let list = async |before: Option<&paymux_core::DeliveryId>, limit| {
        let found = store.failing(&id(MERCHANT), &id("shop"), before, limit).await;
        found.expect("a read")
    };
    let [_, tried, _, exhausted, held, _] = rows;
    assert_eq!(list(None, 9).await, [held.clone(), exhausted.clone(), tried.clone()]);
    assert_eq!(list(None, 1).await, std::slice::from_ref(&held));
    assert_eq!(list(Some(&held.id), 9).await, [exhausted, tried.clone()]);
    assert_eq!(list(Some(&tried.id), 9).await, []);
    let foreign = store.failing(&id(OTHER), &id("shop"), None, 9).await.expect("a read");
    assert_eq!(foreign, []);
}
