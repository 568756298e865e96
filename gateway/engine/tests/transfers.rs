//! Histories of transfers over the real engine: requests that are lost, late or answered to nobody,
//! refusals of repeats, workers that die between any two steps or work beside each other. Nobody is
//! ever paid twice, and what is told is what the channel did.
//!
//! `PAYMUX_SIM_SEED=n cargo test -p paymux-engine --test transfers` replays one history.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test reads its seed, trusts its own names, and has a channel for nothing else"
)]

#[path = "transfers/bank.rs"]
mod bank;
#[path = "transfers/ground.rs"]
mod ground;
#[path = "transfers/lost.rs"]
mod lost;
#[path = "transfers/run.rs"]
mod run;

use run::history;

/// Enough to show each of the planted bugs many times.
const SEEDS: u64 = 300;

fn seeds() -> Vec<u64> {
    let one = std::env::var("PAYMUX_SIM_SEED").ok().and_then(|it| it.parse().ok());
    one.map_or_else(|| (0..SEEDS).collect(), |it| vec![it])
}

#[test]
fn nobody_is_paid_twice_and_the_truth_is_told() {
    let mut paid = 0;
    for seed in seeds() {
        match history(seed) {
            Ok(told) => paid += told.paid,
            Err(broken) => panic!("seed {seed}: {broken}"),
        }
    }
    assert!(seeds().len() == 1 || paid > SEEDS, "histories in which hardly anybody is paid");
}

/// The simulation is only as good as what it notices: each of these defects must be.
#[cfg(feature = "planted-bugs")]
#[test]
fn planted_bugs_are_noticed() {
    for bug in ["transfer-under-new-number", "transfer-failed-on-unknown"] {
        paymux_core::planted::plant(bug);
        let noticed = (0..SEEDS).find_map(|seed| history(seed).err());
        paymux_core::planted::plant("");
        assert!(noticed.is_some(), "nobody noticed {bug}");
    }
}
