//! Who waits for news of a payment on this node, and hears of every commit of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use paymux_core::PaymentId;
use tokio::sync::Notify;

type Bells = Mutex<HashMap<PaymentId, Arc<Notify>>>;

/// One bell for each payment that somebody watches.
#[derive(Clone, Default)]
pub struct Watchers(Arc<Bells>);

/// Somebody who watches, until it is dropped.
pub struct Watch {
    bells: Arc<Bells>,
    payment: PaymentId,
    bell: Arc<Notify>,
}

impl Watchers {
    pub fn watch(&self, payment: PaymentId) -> Watch {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bell = Arc::clone(bells.entry(payment).or_default());
        Watch { bells: Arc::clone(&self.0), payment, bell }
    }

    pub(crate) fn wake(&self, payment: PaymentId) {
        let bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = bells.get(&payment) {
            bell.notify_waiters();
        }
    }
}

impl Watch {
    /// The next commit; one before the call is not waited for again.
    pub fn heard(&self) -> impl Future<Output = ()> + '_ {
        self.bell.notified()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        // One of them is the list's, and one is this watcher's.
        if Arc::strong_count(&self.bell) <= 2 {
            bells.remove(&self.payment);
        }
    }
}

#[cfg(test)]
mod tests {
    use paymux_core::Timestamp;

    use super::*;

    #[tokio::test]
    async fn all_who_watch_hear_and_the_last_one_leaves_nothing() {
        let payment = |number| PaymentId::new(Timestamp(1), &"shop".parse().unwrap(), number);
        let watchers = Watchers::default();
        let (one, other) = (watchers.watch(payment(1)), watchers.watch(payment(1)));
        let (first, second) = (one.heard(), other.heard());
        watchers.wake(payment(2));
        watchers.wake(payment(1));
        first.await;
        second.await;
        drop(one);
        assert_eq!(watchers.0.lock().unwrap().len(), 1);
        drop(other);
        assert!(watchers.0.lock().unwrap().is_empty());
    }
}
