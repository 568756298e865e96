//! The gateway in a simulated world: one seed is one history, and a failing one replays.
//!
//! The real engine runs over a store that fails, channels that lose, delay and repeat, merchants
//! that ask again, processes that crash between any two steps, and clocks that jump.

mod sim {
    pub(crate) mod actor;
    pub(crate) mod bank;
    pub(crate) mod channel;
    pub(crate) mod check;
    pub(crate) mod clock;
    pub(crate) mod endpoint;
    pub(crate) mod guard;
    pub(crate) mod knobs;
    pub(crate) mod merchant;
    pub(crate) mod node;
    pub(crate) mod outbound;
    #[cfg(feature = "planted-bugs")]
    pub(crate) mod planted;
    pub(crate) mod random;
    pub(crate) mod run;
    pub(crate) mod scene;
    pub(crate) mod seeds;
    pub(crate) mod store;
    pub(crate) mod wire;
}

use sim::seeds;

#[test]
fn no_history_breaks_an_invariant() {
    seeds::all();
}

#[test]
fn a_seed_is_one_history() {
    seeds::repeat(1..20);
}

#[cfg(feature = "planted-bugs")]
#[test]
fn every_planted_bug_is_caught() {
    sim::planted::all();
}
