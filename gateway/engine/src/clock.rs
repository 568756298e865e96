//! Time and chance, as one thing that a simulation can replace.

use paymux_core::Timestamp;
use paymux_core::schedule::Jitter;

pub trait World: Send + Sync {
    fn now(&self) -> Timestamp;
    fn entropy(&self) -> u128;

    fn nonce(&self) -> [u8; 16] {
        self.entropy().to_be_bytes()
    }

    fn jitter(&self) -> Jitter {
        Jitter::new(u16::try_from(self.entropy() & 0x7fff).unwrap_or(0))
    }
}
