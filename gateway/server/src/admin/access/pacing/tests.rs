use super::*;

fn ip(last: u8) -> IpAddr {
    IpAddr::from([203, 0, 113, last])
}

fn stranger(last: u8, user: &str) -> Comer<'_> {
    Comer { address: Some(ip(last)), user, browser: None }
}

fn owner() -> Comer<'static> {
    Comer { browser: Some(BrowserId([7; 16])), ..stranger(1, "alice") }
}

#[tokio::test(start_paused = true)]
async fn an_address_that_guesses_is_turned_away_and_no_other() {
    let pacing = Pacing::default();
    for guess in 0..10 {
        let user = format!("user-{guess}");
        assert!(pacing.enter(stranger(1, &user)).await.is_ok(), "{user}");
    }
    assert!(pacing.enter(stranger(1, "alice")).await.is_err());
    assert!(pacing.enter(stranger(1, "anyone")).await.is_err());
    assert!(pacing.enter(stranger(2, "alice")).await.is_ok());
    tokio::time::advance(Duration::from_secs(31)).await;
    for _ in 0..99 {
        assert!(pacing.enter(stranger(1, "alice")).await.is_ok(), "one is forgiven");
        pacing.succeeded(stranger(1, "alice"));
    }
}

/// Guesses at one name from more addresses than there are places.
async fn crowded(pacing: &Arc<Pacing>) -> usize {
    for guess in 0..20 {
        assert!(pacing.enter(stranger(guess, "alice")).await.is_ok());
    }
    let crowd = (100..200).map(|it| {
        let pacing = Arc::clone(pacing);
        tokio::spawn(async move { pacing.enter(stranger(it, "alice")).await.is_ok() })
    });
    let crowd: Vec<_> = crowd.collect();
    // All of them have found a place, or none.
    tokio::task::yield_now().await;
    let begun = Instant::now();
    assert!(pacing.enter(owner()).await.is_ok(), "her browser was here before");
    assert!(pacing.enter(stranger(250, "bob")).await.is_ok(), "another name has its own line");
    assert_eq!(begun.elapsed(), Duration::ZERO);
    let mut let_in = 0;
    for one in crowd {
        let_in += usize::from(one.await.unwrap());
    }
    let_in
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_guessed_from_everywhere_is_slow_and_never_shut_to_its_owner() {
    let (pacing, begun) = (Arc::new(Pacing::default()), Instant::now());
    assert_eq!(crowded(&pacing).await, MAX_WAITING);
    assert_eq!(begun.elapsed(), PAUSE * 12, "one after the other");
    assert!(lock(&pacing.waiting).is_empty());
    // Her browser may still not guess without end.
    let mut let_in = 1;
    while pacing.enter(Comer { address: None, ..owner() }).await.is_ok() && let_in < 100 {
        let_in += 1;
    }
    assert!(let_in < 50, "{let_in}");
}

#[tokio::test(start_paused = true)]
async fn an_address_has_one_place_at_a_name() {
    let pacing = Arc::new(Pacing::default());
    for guess in 0..20 {
        assert!(pacing.enter(stranger(guess, "alice")).await.is_ok());
    }
    let tries = [1, 1, 1, 2].map(|last| {
        let pacing = Arc::clone(&pacing);
        tokio::spawn(async move { pacing.enter(stranger(100 + last, "alice")).await.is_ok() })
    });
    let mut let_in = vec![];
    for one in tries {
        let_in.push(one.await.unwrap());
    }
    assert_eq!(let_in, [true, false, false, true]);
}
