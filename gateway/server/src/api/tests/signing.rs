//! A crowd of requests that sign, and what is not to wait for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::rig::Rig;

/// On one thread the order is always the same: all of the crowd is ready before the notification.
#[tokio::test]
async fn a_notification_does_not_wait_for_a_crowd_of_payments() {
    const CROWD: usize = 50;
    let (rig, done) = (Arc::new(Rig::new()), Arc::new(AtomicUsize::new(0)));
    let payment = rig.page("first").await;
    for number in 0..CROWD {
        let (rig, done) = (Arc::clone(&rig), Arc::clone(&done));
        tokio::spawn(async move {
            rig.page(&format!("crowd-{number}")).await;
            done.fetch_add(1, Ordering::Relaxed);
        });
    }
    let seen = Arc::clone(&done);
    let notification = tokio::spawn(async move {
        assert_eq!(&rig.pay(&payment).await.body[..], b"success");
        seen.load(Ordering::Relaxed)
    });
    let before = notification.await.unwrap();
    assert!(before < CROWD / 2, "{before} of {CROWD} payments were created first");
}
