//! Ports for a process that will be started, killed and started again.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::net::TcpListener;
use std::sync::{Mutex, PoisonError};

/// Below the ports that the system gives to outgoing connections, so that none of those takes one
/// while its process is down.
const FIRST: u16 = 12_000;
const COUNT: u64 = 20_000;
/// A machine on which so many are taken is not fit for tests.
const TRIES: usize = 1_000;

static TAKEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// A port that nobody listens on and that this process gives out once.
pub fn free() -> u16 {
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    for _ in 0..TRIES {
        let offset = u16::try_from(chance() % COUNT).unwrap_or_default();
        let port = FIRST + offset;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() && taken.insert(port) {
            return port;
        }
    }
    panic!("no port is free");
}

/// The standard library's own randomness, which it keeps for its hash tables.
fn chance() -> u64 {
    RandomState::new().hash_one(std::process::id())
}
