//! One seed decides what is asked for and where the process dies; the machine decides the rest.

use std::hash::{BuildHasher as _, RandomState};

/// SplitMix64.
pub(crate) struct Chance {
    seed: u64,
    state: u64,
}

impl Chance {
    /// The seed is the environment's, or new.
    #[expect(clippy::disallowed_methods, reason = "a failed run is repeated by its seed")]
    pub(crate) fn new() -> Self {
        let given = std::env::var("PAYMUX_KILL_SEED").ok();
        let given = given.map(|it| it.parse().expect("PAYMUX_KILL_SEED is a number"));
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one("seed") % 1_000_000);
        Self { seed, state: seed }
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// From `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        low + (z ^ (z >> 31)) % (high - low + 1)
    }
}
