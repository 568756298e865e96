//! Quotas by arrivals in a time of their own: every call asks at a moment the test chooses.

use std::time::Duration;

use paymux_services::Redis as Service;
use paymux_store::quota::RedisQuota;
use paymux_store::redis::{Access, Redis, Server, Topology, Went};

use super::*;

const WINDOW_US: i64 = 10 * SECOND_US;

fn merchant(name: &str) -> MerchantId {
    name.parse().unwrap()
}

/// A node's gate, and a clock that only the test moves.
struct Node(Quotas);

impl Node {
    fn new(rate: u32, counting: Counting) -> Self {
        let rates = Rates::new([TOTAL].into_iter().chain(OPERATIONS).map(|it| (it, rate)));
        let account = "a".parse().unwrap();
        Self(Quotas::new(account, counting, &rates, Arc::new(Metrics::new())))
    }

    /// Whether a query of this merchant may leave.
    async fn query(&self, who: &str) -> bool {
        let mut request = Request::new(bytes::Bytes::new());
        request.extensions_mut().insert(OperationName("query"));
        request.extensions_mut().insert(MerchantName(merchant(who)));
        self.0.enter(&request).await.is_ok()
    }

    fn answered(&self, status: u16) {
        let response = paymux_engine::outbound::response(status, "");
        self.0.leave("query", Ok(&response));
    }

    fn rate(&self) -> i64 {
        self.0.metrics.quota_rate.with_label_values(&["a", "query"]).get()
    }
}

fn alone() -> Counting {
    Counting { shared: None, nodes: 1 }
}

/// The most in any ten seconds, of moments in order.
fn most(taken: &[i64]) -> usize {
    let within = |from: usize| {
        let end = taken.partition_point(|it| *it < taken[from] + WINDOW_US);
        end - from
    };
    (0..taken.len()).map(within).max().unwrap_or(0)
}

/// Five of a hundred more than ten seconds allow.
fn bound(rate: u32) -> usize {
    usize::try_from(rate).unwrap() * 105 / 10
}

/// Calls all the time, for so many seconds of a clock that stands still meanwhile.
async fn storm(nodes: &[Node], seconds: u64, each: impl AsyncFn(usize)) -> Vec<i64> {
    let (begun, mut taken, mut turn) = (Instant::now(), vec![], 0);
    while begun.elapsed() < Duration::from_secs(seconds) {
        for node in nodes {
            each(turn).await;
            turn += 1;
            if node.query("shop").await {
                taken.push(i64::try_from(begun.elapsed().as_micros()).unwrap());
            }
        }
        tokio::time::advance(Duration::from_micros(700)).await;
    }
    taken
}

#[tokio::test(start_paused = true)]
async fn no_ten_seconds_have_more_than_the_quota_and_little_less_is_used() {
    for rate in [1, 2, 3, 5, 7, 10, 33, 100, 500] {
        let nodes = [Node::new(rate, alone())];
        let taken = storm(&nodes, 25, async |_| ()).await;
        assert!(most(&taken) <= bound(rate), "{rate}/s: {}", most(&taken));
        let whole = usize::try_from(rate).unwrap() * 25;
        assert!(taken.len() * 100 >= whole * 90, "{rate}/s: {} of {whole}", taken.len());
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_common_count_each_node_takes_its_part() {
    for rate in [1, 2, 10, 100] {
        let node = || Node::new(rate, Counting { shared: None, nodes: 3 });
        let nodes = [node(), node(), node()];
        let taken = storm(&nodes, 25, async |_| ()).await;
        // Each node's first call is its own, so there may be two more than the parts add up to.
        assert!(most(&taken) <= bound(rate) + 2, "{rate}/s: {}", most(&taken));
        assert!(taken.len() >= usize::try_from(rate).unwrap() * 20, "{rate}/s: {}", taken.len());
    }
}

/// A count of all nodes that is away as long as its flag says so.
struct Common {
    count: LocalQuota,
    away: std::sync::atomic::AtomicBool,
}

impl Common {
    fn is_away(&self, away: bool) {
        self.away.store(away, std::sync::atomic::Ordering::Relaxed);
    }
}

impl Quota for Common {
    fn take<'a>(
        &'a self,
        account: &'a str,
        asks: &'a [Ask],
    ) -> paymux_store::guard::Answer<'a, Taken> {
        if self.away.load(std::sync::atomic::Ordering::Relaxed) {
            return Box::pin(std::future::ready(Taken::Away));
        }
        self.count.take(account, asks)
    }
}

fn three(rate: u32) -> (Arc<Common>, [Node; 3]) {
    let common = Arc::new(Common { count: LocalQuota::default(), away: false.into() });
    let node = || {
        let shared = Some(Arc::clone(&common) as Arc<dyn Quota>);
        Node::new(rate, Counting { shared, nodes: 3 })
    };
    let nodes = [node(), node(), node()];
    (common, nodes)
}

#[tokio::test(start_paused = true)]
async fn three_nodes_with_a_common_count_take_one_quota() {
    for rate in [1, 2, 10, 100, 300] {
        let (_, nodes) = three(rate);
        let taken = storm(&nodes, 25, async |_| ()).await;
        assert!(most(&taken) <= bound(rate), "{rate}/s: {}", most(&taken));
        assert!(taken.len() >= usize::try_from(rate).unwrap() * 22, "{rate}/s: {}", taken.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_common_count_that_goes_and_comes_back_costs_no_more_than_its_burst() {
    let rate = 100;
    let (common, nodes) = three(rate);
    // Away for six seconds, once.
    let begun = Instant::now();
    let taken = storm(&nodes, 30, async |_| {
        let second = begun.elapsed().as_secs();
        common.is_away((11..17).contains(&second));
    });
    let taken = taken.await;
    assert!(most(&taken) <= bound(rate), "{}", most(&taken));
    assert!(taken.len() >= 2800, "{}", taken.len());
}

#[tokio::test(start_paused = true)]
async fn one_busy_node_may_use_what_the_others_do_not() {
    let (_, [node, ..]) = three(100);
    let taken = storm(&[node], 20, async |_| ()).await;
    assert!(taken.len() >= 1900, "{}", taken.len());
}

/// So many tasks of one merchant, each of which comes back some time after it was refused; the
/// other asks now and then. Shows how many of each got through, and how many of the other's did not.
async fn beside_a_crowd(nodes: &[Node], every_ms: u64) -> (usize, usize, usize) {
    let (mut crowd, mut other, mut refused) = (0, 0, 0);
    for millisecond in 0..60_000 {
        let node = &nodes[millisecond % nodes.len()];
        // A thousand open payments, each tried about twice a second.
        for _ in 0..2 {
            crowd += usize::from(node.query("crowd").await);
        }
        if u64::try_from(millisecond).unwrap() % every_ms == every_ms - 1 {
            let through = node.query("other").await;
            other += usize::from(through);
            refused += usize::from(!through);
        }
        tokio::time::advance(Duration::from_millis(1)).await;
    }
    (crowd, other, refused)
}

#[tokio::test(start_paused = true)]
async fn a_merchant_with_a_crowd_of_payments_starves_nobody() {
    for (rate, every_ms) in [(2, 2_001), (10, 1_001), (100, 101), (100, 31)] {
        let nodes = [Node::new(rate, alone())];
        let (crowd, other, refused) = beside_a_crowd(&nodes, every_ms).await;
        // Nobody knew of it before its first call.
        assert!(refused <= 2, "{rate}/s every {every_ms} ms: {refused} refused");
        // What it does not use is used.
        let whole = usize::try_from(rate).unwrap() * 60;
        let used = crowd + other;
        assert!(used * 100 >= whole * 75, "{rate}/s every {every_ms} ms: {used} of {whole}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_crowd_on_three_nodes_starves_nobody_either() {
    let (_, nodes) = three(100);
    let (crowd, other, refused) = beside_a_crowd(&nodes, 101).await;
    // Some in the first second, while what the crowd had saved alone is spent.
    assert!(refused * 100 <= other * 3, "{refused} of {} refused", other + refused);
    assert!(crowd + other >= 4800, "{}", crowd + other);
}

#[tokio::test(start_paused = true)]
async fn two_crowds_get_the_same() {
    let node = Node::new(100, alone());
    let (mut one, mut two) = (0, 0);
    for _ in 0..30_000 {
        one += i32::from(node.query("one").await) + i32::from(node.query("one").await);
        two += i32::from(node.query("two").await);
        tokio::time::advance(Duration::from_millis(1)).await;
    }
    assert!((one - two).abs() * 10 <= one + two, "{one} and {two}");
}

#[tokio::test(start_paused = true)]
async fn the_rate_is_halved_when_the_channel_says_so_and_grows_back() {
    let node = Node::new(100, alone());
    assert_eq!(node.rate(), 100);
    node.answered(200);
    node.answered(500);
    assert!(node.query("shop").await);
    assert_eq!(node.rate(), 100);
    node.answered(429);
    node.answered(429);
    assert_eq!(node.rate(), 50, "what was under way is told the same");
    let nodes = [node];
    let taken = storm(&nodes, 1, async |_| ()).await;
    assert!(taken.len() <= 62, "{}", taken.len());
    storm(&nodes, 11, async |_| ()).await;
    assert_eq!(nodes[0].rate(), 100);
    nodes[0].0.limited("nothing of ours");
    let limited = &nodes[0].0.metrics.quota_limited;
    assert_eq!(limited.with_label_values(&["a", "query"]).get(), 1);
}

#[tokio::test(start_paused = true)]
async fn operations_have_counts_of_their_own_and_one_together() {
    let rates = Rates::new([(TOTAL, 10), ("pay", 5), ("query", 10)]);
    let quotas = Quotas::new("a".parse().unwrap(), alone(), &rates, Arc::new(Metrics::new()));
    let passed = async |operation: &'static str| {
        let mut passed = 0;
        for _ in 0..20 {
            let mut request = Request::new(bytes::Bytes::new());
            request.extensions_mut().insert(OperationName(operation));
            passed += i32::from(quotas.enter(&request).await.is_ok());
        }
        passed
    };
    assert_eq!(passed("pay").await, 2, "a fifth of a second's, and one");
    assert_eq!(passed("query").await, 1, "the total is spent");
    let refused = quotas.metrics.quota_refusals.with_label_values(&["a", "pay"]).get();
    assert_eq!(refused, 18);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(passed("query").await, 3, "of the total");
    tokio::time::advance(Duration::from_secs(1)).await;
    quotas.rule(&Rates::new([(TOTAL, 1000), ("pay", 1000), ("query", 1000)]));
    assert_eq!(passed("query").await, 20, "another rule at once");
}

/// The real thing: three nodes over one Redis, which is then stopped and comes back.
#[tokio::test]
async fn three_nodes_over_redis_take_one_quota_and_each_its_part_without() {
    const RATE: u32 = 200;
    let mut service = Service::start();
    let server = Server { host: "127.0.0.1".into(), port: service.port, tls: false };
    let went = Arc::new(Mutex::new(Vec::<Went>::new()));
    let node = || {
        let watched = Arc::clone(&went);
        let watch = Box::new(move |_: &str, it, _| watched.lock().unwrap().push(it));
        let topology = Topology::Single(server.clone());
        let redis = Redis::new(&topology, &Access::default(), "paymux", watch).unwrap();
        let shared = Some(Arc::new(RedisQuota::new(redis)) as Arc<dyn Quota>);
        Node::new(RATE, Counting { shared, nodes: 3 })
    };
    let nodes = [node(), node(), node()];
    let mut taken = real_storm(&nodes).await;
    service.stop();
    went.lock().unwrap().clear();
    let mut away = real_storm(&nodes).await;
    assert!(went.lock().unwrap().iter().all(|it| *it != Went::Answered), "it was stopped");
    service.restart();
    // Until it is asked again.
    while !went.lock().unwrap().contains(&Went::Answered) {
        for node in &nodes {
            node.query("shop").await;
        }
        tokio::task::yield_now().await;
    }
    let mut back = real_storm(&nodes).await;
    for (taken, took) in [&mut taken, &mut away, &mut back] {
        // One burst, and each node's first.
        let most = (*took + SLACK_US) * i64::from(RATE) / SECOND_US + 4;
        assert!(*taken <= most, "{taken} of {most}");
        assert!(*taken > 0);
    }
}

/// All nodes as fast as they can, for a moment of real time; how many, and how long it took.
async fn real_storm(nodes: &[Node; 3]) -> (i64, i64) {
    let (begun, mut taken) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_millis(700) {
        let [one, two, three] = nodes;
        let (one, two, three) =
            tokio::join!(one.query("shop"), two.query("shop"), three.query("shop"));
        taken += i64::from(one) + i64::from(two) + i64::from(three);
    }
    (taken, i64::try_from(begun.elapsed().as_micros()).unwrap())
}
