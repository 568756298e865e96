//! Histories of settlements over the real engine and an unreliable bank: days pass, money comes and
//! goes, workers die between any two steps, and people do what people do. Settled and unsettled are
//! the ledger, to the fen, after every step, and no settlement is paid twice.
//!
//! `PAYMUX_SIM_SEED=n cargo test -p paymux-engine --test settlements` replays one history.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test reads its seed, trusts its own names, and has a channel for nothing else"
)]

#[expect(dead_code, reason = "histories of transfers need more of it")]
#[path = "transfers/bank.rs"]
mod bank;
#[path = "settlements/days.rs"]
mod days;
#[path = "transfers/ground.rs"]
mod ground;
#[path = "settlements/late.rs"]
mod late;
#[path = "settlements/office.rs"]
mod office;
#[path = "settlements/run.rs"]
mod run;

const SEEDS: u64 = 100;

#[test]
fn settled_and_unsettled_are_the_ledger() {
    let one = std::env::var("PAYMUX_SIM_SEED").ok().and_then(|it| it.parse().ok());
    let seeds = one.map_or_else(|| (0..SEEDS).collect(), |it| vec![it]);
    let mut paid = 0;
    for seed in &seeds {
        match run::history(*seed) {
            Ok(told) => paid += told,
            Err(broken) => panic!("seed {seed}: {broken}"),
        }
    }
    assert!(seeds.len() == 1 || paid > seeds.len(), "histories in which hardly anything is paid");
}
