//! A clock that a test moves, and chance that counts.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use paymux_core::Timestamp;
use paymux_engine::clock::World;

use super::rig::NOW;

pub(crate) struct TestWorld {
    now: AtomicI64,
    chance: AtomicU64,
}

impl Default for TestWorld {
    fn default() -> Self {
        Self { now: AtomicI64::new(NOW.0), chance: AtomicU64::default() }
    }
}

impl World for TestWorld {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::Relaxed))
    }

    fn entropy(&self) -> u128 {
        self.chance.fetch_add(1, Ordering::Relaxed).into()
    }
}

impl TestWorld {
    pub(crate) fn pass(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::Relaxed);
    }
}
