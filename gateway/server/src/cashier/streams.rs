//! How many pages may listen for news at once: all of them, those of one payment, and those of one
//! address. Whoever finds no place asks for the status instead.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use paymux_core::PaymentId;
use paymux_engine::problem::{self, Problem};

use crate::inbound::failures::Origin;

/// A computer, two phones, and some tabs of each.
const OF_PAYMENT: usize = 8;
/// Behind one address of a carrier's there are many payers; beyond that they ask.
const OF_ADDRESS: usize = 128;
const RETRY_SECS: u32 = 5;

#[derive(Clone)]
pub(crate) struct Streams(Arc<Mutex<Taken>>);

struct Taken {
    left: usize,
    payments: HashMap<PaymentId, usize>,
    addresses: HashMap<Origin, usize>,
}

/// Given back when it is dropped.
pub(crate) struct Place {
    streams: Streams,
    payment: PaymentId,
    address: Origin,
}

impl Streams {
    pub(crate) fn new(all: usize) -> Self {
        let (payments, addresses) = (HashMap::new(), HashMap::new());
        Self(Arc::new(Mutex::new(Taken { left: all, payments, addresses })))
    }

    pub(crate) fn take(&self, payment: PaymentId, address: Origin) -> Result<Place, Problem> {
        let mut taken = self.lock();
        let count = |it: Option<&usize>| it.copied().unwrap_or_default();
        if taken.left == 0 {
            return Err(Problem::new(problem::OVERLOADED, too_many("in all")).retry_after(5));
        }
        for (of, has, most) in [
            ("of this payment", count(taken.payments.get(&payment)), OF_PAYMENT),
            ("of one address", count(taken.addresses.get(&address)), OF_ADDRESS),
        ] {
            if has >= most {
                let detail = too_many(&format!("{of}, where {most} may"));
                let problem = Problem::new(problem::TOO_MANY_REQUESTS, detail);
                return Err(problem.retry_after(RETRY_SECS));
            }
        }
        taken.left -= 1;
        *taken.payments.entry(payment).or_default() += 1;
        *taken.addresses.entry(address).or_default() += 1;
        Ok(Place { streams: self.clone(), payment, address })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn too_many(of: &str) -> String {
    format!("as many pages as may wait for news {of}; ask for the status instead")
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.streams.lock();
        taken.left += 1;
        leave(&mut taken.payments, &self.payment);
        leave(&mut taken.addresses, &self.address);
    }
}

fn leave<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use paymux_core::Timestamp;

    use super::*;

    fn payment(number: u64) -> PaymentId {
        PaymentId::new(Timestamp(1), &"shop".parse().unwrap(), number.into())
    }

    fn address(last: u8) -> Origin {
        Origin::V4([203, 0, 113, last])
    }

    #[test]
    fn a_payment_and_an_address_have_their_places_and_leave_nothing_behind() {
        let streams = Streams::new(1000);
        let take = |number, last| streams.take(payment(number), address(last));
        let mut held: Vec<_> = (0..OF_PAYMENT).map(|it| take(1, it as u8).ok().unwrap()).collect();
        let refused = take(1, 99).err().unwrap();
        assert_eq!((refused.kind.status, refused.retry_after_secs), (429, Some(5)));
        assert!(refused.detail.contains("of this payment, where 8 may"), "{}", refused.detail);
        assert!(take(2, 99).is_ok(), "another payment has its own");
        held.pop();
        held.push(take(1, 99).ok().unwrap());
        held.clear();
        held.extend((0..OF_ADDRESS as u64).map(|it| take(it, 7).ok().unwrap()));
        let refused = take(9999, 7).err().unwrap();
        assert!(refused.detail.contains("of one address, where 128 may"), "{}", refused.detail);
        assert!(take(9999, 8).is_ok(), "another address has its own");
        held.clear();
        let taken = streams.lock();
        assert_eq!((taken.left, taken.payments.len(), taken.addresses.len()), (1000, 0, 0));
    }

    #[test]
    fn all_together_have_a_bound() {
        let streams = Streams::new(2);
        let held = [1, 2].map(|it| streams.take(payment(it), address(1)).ok().unwrap());
        let refused = streams.take(payment(3), address(2)).err().unwrap();
        assert_eq!(refused.kind.slug, "overloaded");
        drop(held);
        assert!(streams.take(payment(3), address(2)).is_ok());
    }
}
