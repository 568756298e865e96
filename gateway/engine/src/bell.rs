//! The worker's bell: rung for work that is due before the worker would look again by itself.

use std::sync::atomic::{AtomicI64, Ordering};

use paymux_core::Timestamp;
use tokio::sync::Notify;

/// Nobody knows when it looks, so it is rung for everything.
const UNKNOWN: i64 = i64::MAX;

#[derive(Debug)]
pub struct Bell {
    rope: Notify,
    /// When the worker looks at the store, come what may.
    looks_at: AtomicI64,
}

impl Default for Bell {
    fn default() -> Self {
        Self { rope: Notify::new(), looks_at: AtomicI64::new(UNKNOWN) }
    }
}

impl Bell {
    /// Work was committed that is due then.
    pub fn ring_for(&self, due: Timestamp) {
        if due.0 < self.looks_at.load(Ordering::SeqCst) {
            self.ring();
        }
    }

    pub fn ring(&self) {
        self.rope.notify_one();
    }

    /// Before the worker asks the store when it must look: what is committed from now on may not be
    /// in the store's answer.
    pub fn wonder(&self) {
        self.looks_at.store(UNKNOWN, Ordering::SeqCst);
    }

    /// It will look then at the latest.
    pub fn look_at(&self, when: Timestamp) {
        self.looks_at.store(when.0, Ordering::SeqCst);
    }

    pub async fn rung(&self) {
        self.rope.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    fn is_rung(bell: &Bell) -> bool {
        pin!(bell.rung()).poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn only_what_is_due_before_the_next_look_rings() {
        let bell = Bell::default();
        bell.look_at(Timestamp(1_000));
        bell.ring_for(Timestamp(1_000));
        assert!(!is_rung(&bell));
        bell.ring_for(Timestamp(999));
        assert!(is_rung(&bell) && !is_rung(&bell));
    }

    #[test]
    fn everything_rings_while_nobody_knows_when_the_worker_looks() {
        let bell = Bell::default();
        bell.ring_for(Timestamp(i64::MAX - 1));
        assert!(is_rung(&bell));
        bell.look_at(Timestamp(1));
        bell.wonder();
        bell.ring_for(Timestamp(5_000));
        assert!(is_rung(&bell));
    }
}
