//! A notification's id is written once, unless nobody knew its payment yet.

use super::check;
use super::sample::{self, id};
use crate::{Change, Disposition, Store};

async fn notify(store: &impl Store, disposition: Disposition, expect: &str) {
    let notification = Some(sample::evidence("note", disposition));
    check(store, Change { notification, ..Change::default() }, expect).await;
}

async fn stored(store: &impl Store) -> Option<Disposition> {
    store.disposition(&id("ali-1"), "note").await.expect("a read")
}

pub(super) async fn an_orphan_is_written_over<S: Store>(store: S) {
    for _ in 0..3 {
        notify(&store, Disposition::Orphan, "ok").await;
        assert_eq!(stored(&store).await, Some(Disposition::Orphan));
    }
    notify(&store, Disposition::Applied, "ok").await;
    assert_eq!(stored(&store).await, Some(Disposition::Applied));
    notify(&store, Disposition::Orphan, "notification").await;
    notify(&store, Disposition::Applied, "notification").await;
    assert_eq!(stored(&store).await, Some(Disposition::Applied));
}

pub(super) async fn what_was_decided_stands<S: Store>(store: S) {
    notify(&store, Disposition::Quarantined, "ok").await;
    for again in [Disposition::Applied, Disposition::Quarantined, Disposition::Orphan] {
        notify(&store, again, "notification").await;
    }
    assert_eq!(stored(&store).await, Some(Disposition::Quarantined));
    // The same id at another account is another notification.
    assert_eq!(store.disposition(&id("ali-2"), "note").await.expect("a read"), None);
    let other =
        crate::Evidence { account: id("ali-2"), ..sample::evidence("note", Disposition::Applied) };
    check(&store, Change { notification: Some(other), ..Change::default() }, "ok").await;
}
