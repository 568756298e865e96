//! `kill -9` under load, again and again, at random and at named points; then everything that was
//! promised must be there, once.

mod kill {
    pub(crate) mod chance;
    pub(crate) mod check;
    pub(crate) mod points;
    pub(crate) mod run;
}

use kill::chance::Chance;
use kill::run::Run;

#[tokio::test(flavor = "multi_thread")]
async fn sixty_kills_lose_nothing_and_do_nothing_twice() {
    let chance = Chance::new();
    let seed = chance.seed();
    eprintln!("seed {seed}; again with PAYMUX_KILL_SEED={seed}");
    let findings = Run::new(chance).await.play().await;
    assert!(findings.is_empty(), "seed {seed}:\n  {}", findings.join("\n  "));
}
