//! Time and chance: the only reader of either. Everything else gets them as arguments.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use paymux_core::Timestamp;
use paymux_engine::clock::World;

/// How far the clocks of two nodes may be apart. Signatures bear minutes; leases and pauses of
/// seconds bear less.
pub const APART: Duration = Duration::from_secs(30);

/// The wall clock and the system's generator.
#[derive(Debug, Default)]
pub struct RealWorld(SystemRandom);

impl World for RealWorld {
    #[expect(clippy::disallowed_methods, reason = "the one place where time is read")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::default().after(since)
    }

    fn entropy(&self) -> u128 {
        let mut bytes = [0; 16];
        self.0.fill(&mut bytes).expect("the system's generator does not fail once it has begun");
        u128::from_be_bytes(bytes)
    }
}
