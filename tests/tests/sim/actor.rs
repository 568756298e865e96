//! Actors: futures polled by hand, in the order the seed says.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::scene::{Ms, Sim};

pub(crate) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What an actor waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// For its turn.
    Ready,
    Until(Ms),
    /// For an answer, and not for ever.
    Mail {
        ticket: u64,
        until: Ms,
    },
}

pub(crate) struct Actor {
    /// The node it runs on, and dies with.
    pub(crate) node: usize,
    pub(crate) name: String,
    /// Not polled before, as if the whole process stood still.
    pub(crate) frozen_until: Ms,
    pub(crate) wait: Wait,
    pub(crate) work: Work,
}

impl Actor {
    pub(crate) fn new(node: usize, name: impl Into<String>, work: Work) -> Self {
        Self { node, name: name.into(), frozen_until: Ms::MIN, wait: Wait::Ready, work }
    }

    pub(crate) fn poll(&mut self) -> bool {
        self.work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }
}

/// Lets anybody else go first, a few times.
pub(crate) async fn pause(sim: &Sim) {
    let turns = {
        let mut state = sim.lock();
        if state.calm { 0 } else { state.random.below(3) }
    };
    for _ in 0..turns {
        yield_once(sim, Wait::Ready).await;
    }
}

pub(crate) async fn sleep(sim: &Sim, pause: Ms) {
    let until = sim.lock().now + pause;
    while sim.lock().now < until {
        yield_once(sim, Wait::Until(until)).await;
    }
}

pub(crate) async fn yield_once(sim: &Sim, wait: Wait) {
    let mut asked = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut asked, true) {
            return Poll::Ready(());
        }
        sim.lock().wait = wait;
        Poll::Pending
    })
    .await;
}

/// The memory store never waits.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(it) => it,
        Poll::Pending => unreachable!("it never waits"),
    }
}
