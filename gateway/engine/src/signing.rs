//! Turns at signing: an RSA signature holds its worker far longer than anything else a request
//! does, and a crowd of them must not stand before notifications and timers.

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::yield_now;

/// For each worker one signature that is being made, and one that is ready when it is.
const TURNS_PER_WORKER: usize = 2;

pub struct Signing(Semaphore);

impl Signing {
    pub fn on(workers: usize) -> Self {
        Self(Semaphore::new(workers.max(1).saturating_mul(TURNS_PER_WORKER)))
    }

    /// Whoever holds a turn may sign; it is taken for one signature, never across a call.
    pub async fn turn(&self) -> SemaphorePermit<'_> {
        let turn = self.0.acquire().await.expect("the turns are never closed");
        // Whatever else is ready goes first. Without this the turns would bound nothing: a
        // signature does not wait while it is made, so no worker would ever hold a second turn.
        yield_now().await;
        turn
    }
}

#[cfg(test)]
mod tests {
    use std::pin::{Pin, pin};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn poll<F: Future>(future: &mut Pin<&mut F>) -> Poll<F::Output> {
        future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn turns_are_handed_on_without_a_runtime() {
        let signing = Signing::on(1);
        let (mut first, mut second) = (pin!(signing.turn()), pin!(signing.turn()));
        let mut third = pin!(signing.turn());
        // Each lets the others go first, once.
        assert!(poll(&mut first).is_pending());
        assert!(poll(&mut second).is_pending());
        assert!(poll(&mut third).is_pending());
        let Poll::Ready(turn) = poll(&mut first) else { panic!("the first has its turn") };
        assert!(poll(&mut second).is_ready());
        drop(turn);
        assert!(poll(&mut third).is_pending());
        assert!(poll(&mut third).is_ready());
    }

    #[test]
    fn a_turn_that_is_given_up_is_another_one_s() {
        let signing = Signing::on(1);
        for _ in 0..8 {
            assert!(poll(&mut pin!(signing.turn())).is_pending());
        }
        assert_eq!(signing.0.available_permits(), 2);
    }

    /// On one thread the order is always the same: of a hundred that came before it, a few sign
    /// each time that the light task lets others go first.
    #[tokio::test]
    async fn a_crowd_that_signs_does_not_stand_before_others() {
        const YIELDS: usize = 5;
        let (signing, signed) = (Arc::new(Signing::on(1)), Arc::new(AtomicUsize::new(0)));
        for _ in 0..100 {
            let (signing, signed) = (Arc::clone(&signing), Arc::clone(&signed));
            tokio::spawn(async move {
                let _turn = signing.turn().await;
                signed.fetch_add(1, Ordering::Relaxed);
            });
        }
        let seen = Arc::clone(&signed);
        let light = tokio::spawn(async move {
            for _ in 0..YIELDS {
                yield_now().await;
            }
            seen.load(Ordering::Relaxed)
        });
        let before = light.await.unwrap();
        assert!((1..=4 * YIELDS).contains(&before), "{before} signatures went first");
    }
}
