use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use paymux_store::guard::{Answer, LocalGuard, Token};

use super::*;

const LIFE: Duration = Duration::from_secs(7200);

/// A platform that knows one token at a time, and counts who asks.
#[derive(Default)]
struct Platform(AtomicU64);

impl Platform {
    async fn grant(&self) -> Result<Granted, TokenError> {
        // Others get their turn while the answer is on its way.
        tokio::task::yield_now().await;
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Ok((Secret::new(format!("token-{number}")), LIFE))
    }

    fn asked(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Default)]
struct Clock(AtomicI64);

impl World for Clock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }

    fn entropy(&self) -> u128 {
        0
    }
}

impl Clock {
    fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::Relaxed);
    }
}

/// Whatever it is asked, nobody answers.
struct Gone;

impl Tokens for Gone {
    fn read<'a>(&'a self, _: &'a str) -> Answer<'a, Kept> {
        Box::pin(std::future::ready(Kept::Away))
    }

    fn keep<'a>(&'a self, _: &'a str, _: &'a str, _: Duration) -> Answer<'a, bool> {
        Box::pin(std::future::ready(false))
    }
}

struct Says(Claim);

impl Guard for Says {
    fn is_shared(&self) -> bool {
        true
    }

    fn claim<'a>(&'a self, _: &'a str, _: Duration) -> Answer<'a, Claim> {
        Box::pin(std::future::ready(self.0.clone()))
    }

    fn settle<'a>(&'a self, _: &'a str, _: Token) -> Answer<'a, ()> {
        Box::pin(std::future::ready(()))
    }

    fn release<'a>(&'a self, _: &'a str, _: Token) -> Answer<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}

fn app(exclusive: bool) -> AppToken {
    AppToken { app: "wx1".into(), exclusive }
}

/// Two nodes beside one place, one platform and one clock.
#[derive(Default)]
struct Rig {
    clock: Clock,
    guard: LocalGuard,
    platform: Platform,
    shared: Arc<LocalTokens>,
}

impl Rig {
    fn node(&self) -> AppTokens {
        AppTokens::new(Arc::clone(&self.shared) as Arc<dyn Tokens>)
    }

    async fn get(&self, node: &AppTokens, app: &AppToken) -> Result<String, TokenError> {
        let around = Node { world: &self.clock, guard: &self.guard };
        let token = node.get(app, around, self.platform.grant()).await;
        token.map(|it| it.token.expose().to_owned())
    }
}

#[tokio::test(start_paused = true)]
async fn one_node_asks_and_all_have_the_same() {
    let rig = Rig::default();
    let (one, other, app) = (rig.node(), rig.node(), app(true));
    for node in [&one, &other, &one] {
        assert_eq!(rig.get(node, &app).await.unwrap(), "token-1");
    }
    assert_eq!(rig.platform.asked(), 1);
}

/// However many requests of however many nodes want it at once.
#[tokio::test(start_paused = true)]
async fn a_crowd_asks_once() {
    let rig = Rig::default();
    let (one, other, app) = (rig.node(), rig.node(), app(true));
    let crowd = (0..32).map(|it| rig.get(if it % 2 == 0 { &one } else { &other }, &app));
    let mut crowd: Vec<_> = crowd.map(Box::pin).collect();
    let mut got = vec![];
    // All of them are begun before the first is awaited to its end.
    std::future::poll_fn(|context| {
        crowd.retain_mut(|it| match it.as_mut().poll(context) {
            std::task::Poll::Ready(token) => {
                got.push(token);
                false
            }
            std::task::Poll::Pending => true,
        });
        if crowd.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    assert_eq!(rig.platform.asked(), 1);
    for token in got {
        assert!(
            matches!(&token, Ok(it) if it == "token-1")
                || matches!(token, Err(TokenError::Elsewhere))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_given_up_before_it_ends() {
    let rig = Rig::default();
    let (one, other, app) = (rig.node(), rig.node(), app(true));
    rig.get(&one, &app).await.unwrap();
    rig.get(&other, &app).await.unwrap();
    let pass = async |seconds: u64| {
        rig.clock.pass(i64::try_from(seconds).unwrap());
        tokio::time::advance(Duration::from_secs(seconds)).await;
    };
    pass(LIFE.as_secs() - EARLY.as_secs() - 1).await;
    assert_eq!(rig.get(&one, &app).await.unwrap(), "token-1");
    pass(1).await;
    assert_eq!(rig.get(&one, &app).await.unwrap(), "token-2");
    // The other node reads it, and does not void it.
    assert_eq!(rig.get(&other, &app).await.unwrap(), "token-2");
    assert_eq!(rig.platform.asked(), 2);
}

/// Where it is not certain that nobody else has one, the old one serves, or none.
#[tokio::test(start_paused = true)]
async fn nobody_asks_in_the_dark() {
    let (clock, platform, app) = (Clock::default(), Platform::default(), app(true));
    let get = async |node: &AppTokens, guard: &dyn Guard| {
        let around = Node { world: &clock, guard };
        let token = node.get(&app, around, platform.grant()).await;
        token.map(|it| it.token.expose().to_owned())
    };
    for says in [Claim::Busy, Claim::Away, Claim::Done] {
        let node = AppTokens::default();
        assert!(matches!(get(&node, &Says(says)).await, Err(TokenError::Elsewhere)));
    }
    let node = AppTokens::new(Arc::new(Gone));
    let free = Says(Claim::Taken(Token(1)));
    assert!(matches!(get(&node, &free).await, Err(TokenError::Elsewhere)));
    assert_eq!(platform.asked(), 0);
    // Within its last minutes it is still good.
    let node = AppTokens::default();
    assert_eq!(get(&node, &free).await.unwrap(), "token-1");
    let pass = async |seconds: u32| {
        clock.pass(i64::from(seconds));
        tokio::time::advance(Duration::from_secs(seconds.into())).await;
    };
    pass(7000).await;
    assert_eq!(get(&node, &Says(Claim::Away)).await.unwrap(), "token-1");
    pass(200).await;
    assert!(matches!(get(&node, &Says(Claim::Away)).await, Err(TokenError::Elsewhere)));
    assert_eq!(platform.asked(), 1);
}

/// A token that all who ask share needs no lease and is shown to nobody.
#[tokio::test(start_paused = true)]
async fn a_stable_token_is_every_nodes_own() {
    let (clock, platform, app) = (Clock::default(), Platform::default(), app(false));
    let node = AppTokens::new(Arc::new(Gone));
    let busy = Says(Claim::Busy);
    for _ in 0..3 {
        let around = Node { world: &clock, guard: &busy };
        let token = node.get(&app, around, platform.grant()).await.unwrap();
        assert_eq!(token.token.expose(), "token-1");
    }
    assert_eq!(platform.asked(), 1);
    let rig = Rig::default();
    rig.get(&rig.node(), &app).await.unwrap();
    assert_eq!(rig.shared.read("wx1").await, Kept::Nothing);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_leaves_the_lease_to_the_next() {
    let rig = Rig::default();
    let (one, app) = (rig.node(), app(true));
    let around = Node { world: &rig.clock, guard: &rig.guard };
    let refused = async { Err(TokenError::Refused { code: "40164".into() }) };
    let error = one.get(&app, around, refused).await.unwrap_err();
    assert_eq!(error.to_string(), "the channel gives no token: 40164");
    assert_eq!(rig.get(&rig.node(), &app).await.unwrap(), "token-1");
}
