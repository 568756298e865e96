//! Receivers: written over, listed by their numbers.

use paymux_core::Timestamp;
use paymux_core::split::{Receiver, ReceiverKind};

use super::check;
use super::sample::id;
use crate::{Binding, Change, Store};

fn sample(merchant: &str, receiver_no: &str, kind: ReceiverKind) -> Binding {
    Binding {
        merchant: id(merchant),
        receiver_no: id(receiver_no),
        account: id("ali-1"),
        receiver: Receiver { kind, account: "lin@例.example".into() },
        relation: "partner".into(),
        bound: true,
        changed_at: Timestamp(7_000),
    }
}

fn write(binding: Binding) -> Change {
    Change { receiver: Some(binding), ..Change::default() }
}

pub(super) async fn a_receiver_is_written_over<S: Store>(store: S) {
    let first = sample("m", "lin", ReceiverKind::LoginName);
    let read = async || store.receiver(&first.merchant, &first.receiver_no).await.expect("a read");
    assert_eq!(read().await, None);
    check(&store, write(first.clone()), "ok").await;
    assert_eq!(read().await, Some(first.clone()));
    for kind in ReceiverKind::ALL {
        let receiver = Receiver { kind, account: "2".into() };
        let (account, changed_at) = (id("ali-2"), Timestamp(8_000));
        let relation = "store".to_owned();
        let next =
            Binding { account, receiver, relation, bound: false, changed_at, ..first.clone() };
        check(&store, write(next.clone()), "ok").await;
        assert_eq!(read().await, Some(next));
    }
    // Another merchant's of the same number is another.
    let other = sample("other", "lin", ReceiverKind::UserId);
    check(&store, write(other.clone()), "ok").await;
    assert_ne!(read().await, Some(other));
}

pub(super) async fn a_receiver_may_be_bound_elsewhere<S: Store>(store: S) {
    let first = sample("m", "lin", ReceiverKind::UserId);
    let elsewhere = async || store.bound_elsewhere(&first).await.expect("a read");
    check(&store, write(first.clone()), "ok").await;
    assert!(!elsewhere().await, "its own name is not another");
    let other = || sample("other", "lin", ReceiverKind::UserId);
    let receiver = Receiver { account: "2".into(), ..first.receiver.clone() };
    for unlike in [
        Binding { account: id("ali-2"), ..other() },
        Binding { receiver, ..other() },
        Binding { receiver: sample("m", "x", ReceiverKind::LoginName).receiver, ..other() },
        Binding { bound: false, ..other() },
    ] {
        check(&store, write(unlike), "ok").await;
        assert!(!elsewhere().await);
    }
    for same in [other(), sample("m", "bo", ReceiverKind::UserId)] {
        check(&store, write(same.clone()), "ok").await;
        assert!(elsewhere().await);
        check(&store, write(Binding { bound: false, ..same }), "ok").await;
        assert!(!elsewhere().await);
    }
}

pub(super) async fn receivers_are_listed_by_their_numbers<S: Store>(store: S) {
    let kind = ReceiverKind::Merchant;
    let [a, b, c] = ["A-1", "B", "a"].map(|it| sample("m", it, kind));
    for binding in [&c, &a, &b, &sample("other", "A-2", kind)] {
        check(&store, write(binding.clone()), "ok").await;
    }
    let list = async |after: Option<&Binding>, limit| {
        let after = after.map(|it| &it.receiver_no);
        store.receivers(&a.merchant, after, limit).await.expect("a read")
    };
    assert_eq!(list(None, 9).await, [a.clone(), b.clone(), c.clone()]);
    assert_eq!(list(None, 2).await, [a.clone(), b.clone()]);
    assert_eq!(list(Some(&a), 9).await, [b, c]);
    assert_eq!(list(None, 0).await, []);
}
