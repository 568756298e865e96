//! How many connections each client address holds, so that one address cannot hold all places.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::inbound::failures::{Origin, origin};

/// As many entries as there are open connections, at the most.
#[derive(Clone, Default)]
pub(super) struct Addresses(Arc<Mutex<HashMap<Origin, usize>>>);

/// One connection in the count of its address, until it is dropped.
pub(super) struct Seat {
    addresses: Addresses,
    origin: Origin,
}

impl Addresses {
    /// None where the address holds `most` already.
    pub(super) fn seat(&self, address: IpAddr, most: usize) -> Option<Seat> {
        let origin = origin(Some(address));
        self.with(|counts| {
            let count = counts.entry(origin).or_default();
            *count += 1;
            // Dropping the seat takes it back.
            *count <= most
        })
        .then_some(Seat { addresses: self.clone(), origin })
    }

    fn with<T>(&self, change: impl FnOnce(&mut HashMap<Origin, usize>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.addresses.with(|counts| {
            if let Some(count) = counts.get_mut(&self.origin) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(&self.origin);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_seats_and_another_one_its_own() {
        let addresses = Addresses::default();
        let seat = |it: &str| addresses.seat(it.parse().unwrap(), 2);
        let (one, two) = (seat("203.0.113.1"), seat("::ffff:203.0.113.1"));
        assert!(one.is_some() && two.is_some());
        assert!(seat("203.0.113.1").is_none());
        assert!(seat("203.0.113.2").is_some());
        drop(one);
        let again = seat("203.0.113.1");
        assert!(again.is_some() && seat("203.0.113.1").is_none());
        drop((two, again));
        assert!(addresses.0.lock().unwrap().is_empty(), "nothing is kept of who has gone");
    }
}
