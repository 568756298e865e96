//! The audit log: appended by the commit it tells of, in one chain.

use super::sample::{self, MERCHANT, act, order_key};
use super::{check, word};
use crate::audit::Walk;
use crate::{Act, Audited, Change, Pages, Store};

fn tells(act: Act) -> Change {
    Change { act: Some(act), ..Change::default() }
}

async fn log(store: &impl Store, pages: Pages, limit: usize) -> Vec<Audited> {
    store.audit(pages, limit).await.expect("a read")
}

fn objects(log: &[Audited]) -> Vec<&str> {
    log.iter().map(|it| it.act.object.as_str()).collect()
}

pub(super) async fn acts_are_chained_in_the_order_of_their_commits<S: Store>(store: S) {
    for object in ["one", "", "three"] {
        check(&store, tells(act(object)), "ok").await;
    }
    let log = log(&store, Pages::After(0), 9).await;
    assert_eq!(
        log.iter().map(|it| it.act.clone()).collect::<Vec<_>>(),
        [act("one"), act(""), act("three")]
    );
    let walk = Walk::default().over(&log).expect("the chain is whole");
    assert_eq!((walk.seq, walk.hash), (3, log[2].hash));
}

pub(super) async fn a_refused_change_leaves_no_act<S: Store>(store: S) {
    let once = || vec![sample::once(order_key(MERCHANT, "A-1"), "pay")];
    check(&store, Change { once: once(), ..tells(act("first")) }, "ok").await;
    check(&store, Change { once: once(), ..tells(act("second")) }, "once").await;
    check(&store, tells(act("third")), "ok").await;
    let log = log(&store, Pages::After(0), 9).await;
    assert_eq!(objects(&log), ["first", "third"]);
    assert!(Walk::default().over(&log).is_ok());
}

pub(super) async fn the_log_is_read_in_pages<S: Store>(store: S) {
    for object in ["1", "2", "3", "4", "5"] {
        check(&store, tells(act(object)), "ok").await;
    }
    let page = async |pages, limit| {
        let log = log(&store, pages, limit).await;
        objects(&log).concat()
    };
    assert_eq!(page(Pages::Before(None), 2).await, "54");
    assert_eq!(page(Pages::Before(Some(4)), 2).await, "32");
    assert_eq!(page(Pages::Before(Some(1)), 2).await, "");
    assert_eq!(page(Pages::After(0), 2).await, "12");
    assert_eq!(page(Pages::After(2), 9).await, "345");
    assert_eq!(page(Pages::After(u64::MAX), 9).await, "");
    assert_eq!(page(Pages::After(0), 0).await, "");
}

pub(super) async fn many_who_append_keep_one_chain<S: Store>(store: S) {
    let appends = (0..40).map(|number| {
        let store = store.clone();
        tokio::spawn(async move { store.commit(tells(act(&number.to_string()))).await })
    });
    let appends: Vec<_> = appends.collect();
    for append in appends {
        assert_eq!(word(&append.await.expect("it ends")), "ok");
    }
    let log = log(&store, Pages::After(0), 99).await;
    assert_eq!(Walk::default().over(&log).map(|it| it.seq), Ok(40));
}
