//! Guessing keys: slow for who guesses, and for nobody else.

use std::time::Duration;

use paymux_tests::api::Api;
use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Free at once, and what one more costs.
const FREE: usize = 20;
const PAUSE: Duration = Duration::from_secs(2);

async fn guess(api: Api, path: &'static str) -> Duration {
    let begun = Instant::now();
    let answer = api.get(path).await;
    assert_eq!(answer.status, 401, "{answer:?}");
    begun.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn a28_guessing_keys_is_slow_and_slows_nobody_else() {
    let rig = Rig::start(Setup::default()).await;
    let listeners = [(rig.api.clone(), "/v1/events"), (rig.operator(), "/status")];
    for (good, path) in listeners {
        let wrong =
            |number: usize| Api { api_key: format!("pk_guess_{number:032}"), ..good.clone() };
        for number in 0..FREE {
            guess(wrong(number), path).await;
        }
        let mut guesses = JoinSet::new();
        for number in 0..200 {
            guesses.spawn(guess(wrong(FREE + number), path));
        }
        let mut slow = vec![guesses.join_next().await.expect("one ends").expect("no panic")];
        // Whoever has the right key is answered among them, from the same address.
        let begun = Instant::now();
        assert_eq!(good.get(path).await.status, 200);
        assert!(begun.elapsed() < PAUSE, "{:?}", begun.elapsed());
        slow.extend(guesses.join_all().await);
        // A few were forgiven while they came.
        let quick = slow.iter().filter(|it| **it < PAUSE).count();
        assert!(quick < 5, "{quick} of {} guesses were not slowed", slow.len());
    }
    let metrics = rig.metrics().await;
    assert!(metrics.sum("paymux_authentications_slowed_total", &[]) > 390);
    let unknown = metrics.sum("paymux_unauthenticated_total", &[("reason", "unknown-key")]);
    assert!(unknown >= 220, "an alert stands on this: {unknown}");
}
