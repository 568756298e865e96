//! One request, one answer.

use super::check;
use super::sample::{self, MERCHANT, OTHER};
use crate::{Answer, Change, IdempotencyKey, Store};
use paymux_core::Timestamp;

fn begin(key: &IdempotencyKey) -> Change {
    Change { begin: Some(sample::begin(key.clone())), ..Change::default() }
}

fn answer(key: &IdempotencyKey, body: &[u8]) -> Change {
    Change { answer: Some(sample::answer(key.clone(), body)), ..Change::default() }
}

async fn stored(store: &impl Store, key: &IdempotencyKey) -> Option<Answer> {
    store.idempotent(key).await.expect("a read").and_then(|it| it.answer)
}

pub(super) async fn the_first_answer_stands<S: Store>(store: S) {
    let key = sample::idempotency_key(MERCHANT, "k");
    check(&store, answer(&key, b"early"), "answered").await;
    assert_eq!(store.idempotent(&key).await.expect("a read"), None);
    check(&store, begin(&key), "ok").await;
    check(&store, begin(&key), "begun").await;
    assert_eq!(stored(&store, &key).await, None);
    check(&store, answer(&key, b"first"), "ok").await;
    check(&store, answer(&key, b"second"), "answered").await;
    check(&store, begin(&key), "begun").await;
    assert_eq!(stored(&store, &key).await, Some(Answer { status: 201, body: b"first".to_vec() }));
}

pub(super) async fn a_request_that_ended_unanswered_may_be_taken_over<S: Store>(store: S) {
    let key = sample::idempotency_key(MERCHANT, "k");
    let release = Change { release: Some(key.clone()), ..Change::default() };
    let until = async || store.idempotent(&key).await.expect("a read").map(|it| it.until);
    check(&store, release.clone(), "ok").await;
    assert_eq!(until().await, None, "there is nothing to take over");
    check(&store, begin(&key), "ok").await;
    let begun = until().await;
    assert!(begun > Some(Timestamp::default()));
    check(&store, release.clone(), "ok").await;
    assert_eq!(until().await, Some(Timestamp::default()));
    let other = sample::idempotency_key(OTHER, "k");
    check(&store, begin(&other), "ok").await;
    check(&store, release, "ok").await;
    let theirs = store.idempotent(&other).await.expect("a read").map(|it| it.until);
    assert_eq!(theirs, begun, "another merchant's key is another key");
    // Answered and released at once: the answer stands.
    let both = Change { release: Some(other.clone()), ..answer(&other, b"first") };
    check(&store, both, "ok").await;
    let ended = store.idempotent(&other).await.expect("a read").expect("begun");
    assert_eq!((ended.until, ended.answer.is_some()), (begun.expect("begun"), true));
}

pub(super) async fn a_key_belongs_to_its_merchant<S: Store>(store: S) {
    let (mine, theirs) =
        (sample::idempotency_key(MERCHANT, "k"), sample::idempotency_key(OTHER, "k"));
    check(&store, begin(&mine), "ok").await;
    check(&store, answer(&theirs, b"theirs"), "answered").await;
    check(&store, begin(&theirs), "ok").await;
    // An answer without a body is an answer.
    check(&store, answer(&theirs, b""), "ok").await;
    check(&store, answer(&theirs, b"again"), "answered").await;
    assert_eq!(stored(&store, &mine).await, None);
    assert_eq!(stored(&store, &theirs).await.map(|it| it.body), Some(vec![]));
}
