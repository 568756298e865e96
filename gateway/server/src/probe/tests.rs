use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use arc_swap::ArcSwap;
use bytes::Bytes;
use paymux_channel::{Request, Response};
use paymux_core::route::Health;
use paymux_engine::flow::call::OperationName;
use paymux_engine::metrics::Metrics;
use paymux_engine::outbound::{CallError, Gauge as _, Outbound, response};
use paymux_engine::wanted::KeysWanted;
use paymux_store::memory::MemoryStore;
use tokio::time::{advance, sleep};
use tower::{ServiceExt as _, service_fn};

use super::*;
use crate::api::tests::rig::{Rig, sign};
use crate::outbound::{Counting, Limits, Rates, States, TOTAL, stack};

const PAUSE: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);

/// What the channel makes of a call.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Line {
    NoSuchOrder,
    /// Not the channel's own words.
    Page,
    /// The channel's own words, and no answer.
    SystemError,
    Down,
    ServerError,
}

/// An account whose channel does as told, and the calls that reached it.
struct Channel {
    state: Arc<State>,
    outbound: Outbound,
    account: Arc<Account>,
    rig: Rig,
    line: Arc<AtomicU8>,
    calls: Arc<AtomicUsize>,
    stop: CancellationToken,
}

impl Channel {
    /// With a breaker that two failures shut, and that two calls open.
    fn new(per_second: u32) -> Self {
        let limits = limits(per_second);
        let counting = Counting { shared: None, nodes: 1 };
        let states = States::new(counting, Arc::new(Metrics::new()));
        let state = states.of(&"ali".parse().unwrap(), &limits);
        let (line, calls) = (Arc::<AtomicU8>::default(), Arc::<AtomicUsize>::default());
        let (its, counted) = (Arc::clone(&line), Arc::clone(&calls));
        let client = service_fn(move |request: Request| {
            counted.fetch_add(1, Ordering::Relaxed);
            let line = its.load(Ordering::Relaxed);
            async move { answer(line, &request) }
        });
        let (outbound, rig) = (stack(&limits, &state, client), Rig::new());
        let account = account(&rig, &outbound, &state);
        Self { state, outbound, account, rig, line, calls, stop: CancellationToken::new() }
    }

    /// Its breaker is shut, and somebody probes it.
    async fn shut(per_second: u32) -> Self {
        let channel = Self::new(per_second);
        channel.prober();
        channel.line(Line::Down);
        for _ in 0..2 {
            sleep(SECOND).await;
            assert_eq!(channel.ask().await, Err(CallError::Connect));
        }
        assert_eq!(channel.health(), Health::Shut);
        channel.calls();
        channel
    }

    fn prober(&self) {
        let prober: Prober<MemoryStore> = Prober {
            gateway: self.rig.gateway.clone(),
            account: Arc::clone(&self.account),
            state: Arc::clone(&self.state),
            pause: PAUSE,
            stop: self.stop.clone(),
        };
        tokio::spawn(prober.run());
    }

    fn line(&self, line: Line) {
        self.line.store(line as u8, Ordering::Relaxed);
    }

    /// A payment's call.
    async fn ask(&self) -> Result<u16, CallError> {
        let mut request = Request::new(Bytes::new());
        request.extensions_mut().insert(OperationName("query"));
        self.outbound.clone().oneshot(request).await.map(|it| it.status().as_u16())
    }

    /// How many reached it since this was asked last.
    fn calls(&self) -> usize {
        self.calls.swap(0, Ordering::Relaxed)
    }

    fn health(&self) -> Health {
        self.state.health()
    }

    /// The calls of each second.
    async fn seconds(&self, count: usize) -> Vec<usize> {
        let mut seconds = vec![];
        for _ in 0..count {
            sleep(SECOND).await;
            seconds.push(self.calls());
        }
        seconds
    }
}

fn limits(per_second: u32) -> Limits {
    Limits {
        rates: Rates::new([(TOTAL, 1000), ("query", per_second)]),
        concurrency: 8,
        connect_timeout: SECOND,
        deadline: SECOND,
        breaker_failures: 2,
        breaker_ratio: 100,
        breaker_pause: PAUSE,
        breaker_probes: 2,
    }
}

fn account(rig: &Rig, outbound: &Outbound, state: &Arc<State>) -> Arc<Account> {
    let snapshot = rig.gateway.snapshot.load_full();
    let known = &snapshot.accounts[&"ali".parse().unwrap()];
    Arc::new(Account {
        id: known.id.clone(),
        kind: known.kind.clone(),
        channel: ArcSwap::from_pointee(known.channel()),
        learned: ArcSwap::default(),
        outbound: outbound.clone(),
        gauge: Arc::clone(state) as _,
        notify_url: known.notify_url.clone(),
        return_url: known.return_url.clone(),
        keys_wanted: KeysWanted::default(),
    })
}

fn answer(line: u8, request: &Request) -> Result<Response, CallError> {
    if line == Line::Down as u8 {
        return Err(CallError::Connect);
    }
    if line == Line::ServerError as u8 {
        return Ok(response(502, ""));
    }
    if line == Line::Page as u8 {
        return Ok(response(200, "<html>back soon</html>"));
    }
    let body = std::str::from_utf8(request.body()).unwrap();
    // Moves no money, and names nobody's order.
    assert!(body.is_empty() || request.uri().to_string().contains("alipay.trade.query"));
    assert!(body.is_empty() || body.contains("%220000000000000000000000000001%22"), "{body}");
    let code = if line == Line::SystemError as u8 { "SYSTEM_ERROR" } else { "TRADE_NOT_EXIST" };
    let node = format!(r#"{{"code":"40004","msg":"Business Failed","sub_code":"ACQ.{code}"}}"#);
    let sign = sign(&node);
    Ok(response(200, format!(r#"{{"alipay_trade_query_response":{node},"sign":"{sign}"}}"#)))
}

#[tokio::test(start_paused = true)]
async fn a_quiet_account_recovers_by_questions_about_nobodys_order() {
    let channel = Channel::shut(100).await;
    channel.line(Line::NoSuchOrder);
    advance(PAUSE - SECOND / 2).await;
    assert_eq!((channel.seconds(1).await, channel.health()), (vec![1], Health::Probation));
    advance(PAUSE - SECOND).await;
    assert_eq!((channel.seconds(1).await, channel.health()), (vec![1], Health::Fit));
    // What works is not probed.
    advance(Duration::from_secs(3600)).await;
    assert_eq!(channel.seconds(60).await, [0; 60]);
    assert_eq!(channel.ask().await, Ok(200));
}

#[tokio::test(start_paused = true)]
async fn there_is_one_probe_in_each_pause() {
    for line in [Line::Down, Line::ServerError, Line::Page, Line::SystemError] {
        let channel = Channel::shut(100).await;
        channel.line(line);
        let seconds = channel.seconds(600).await;
        let most = seconds.windows(10).map(|it| it.iter().sum::<usize>()).max();
        let all: usize = seconds.iter().sum();
        assert!(most == Some(1) && (58..=60).contains(&all), "{} {seconds:?}", line as u8);
        assert_ne!(channel.health(), Health::Fit, "{}", line as u8);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_says_nothing_leaves_the_turn_to_others() {
    let channel = Channel::shut(100).await;
    channel.line(Line::Page);
    sleep(PAUSE + SECOND).await;
    assert_eq!((channel.calls(), channel.health()), (1, Health::Probation));
    for health in [Health::Probation, Health::Fit] {
        assert_eq!(channel.ask().await, Ok(200));
        assert_eq!(channel.health(), health, "two of them, as many as the settings say");
    }
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_comes_first_makes_a_probe_needless() {
    let channel = Channel::shut(100).await;
    channel.line(Line::NoSuchOrder);
    // The clock goes on without the prober.
    advance(PAUSE).await;
    for _ in 0..2 {
        assert_eq!(channel.ask().await, Ok(200));
    }
    assert_eq!(channel.calls(), 2);
    assert_eq!((channel.seconds(60).await, channel.health()), (vec![0; 60], Health::Fit));
}

#[tokio::test(start_paused = true)]
async fn a_probe_is_inside_the_quota_of_queries() {
    let channel = Channel::shut(1).await;
    channel.line(Line::NoSuchOrder);
    sleep(PAUSE - SECOND / 2).await;
    // Somebody has the second's only question; it finds the breaker shut.
    assert_eq!(channel.ask().await, Err(CallError::Shut));
    sleep(PAUSE - SECOND).await;
    assert_eq!(channel.calls(), 0, "nor is there another try within the pause");
    sleep(2 * SECOND).await;
    assert_eq!((channel.calls(), channel.health()), (1, Health::Probation));
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_gone_is_not_probed() {
    let channel = Channel::shut(100).await;
    channel.stop.cancel();
    assert_eq!(channel.seconds(60).await, [0; 60]);
    assert_eq!(channel.health(), Health::Probation, "as far as anybody has asked");
    // The account that took its place is probed at once, since the pause is over.
    let next = Channel { stop: CancellationToken::new(), ..channel };
    next.line(Line::NoSuchOrder);
    next.prober();
    assert_eq!(next.seconds(2).await, [1, 0]);
}

#[tokio::test(start_paused = true)]
async fn probes_are_counted_by_what_was_answered() {
    let channel = Channel::shut(100).await;
    sleep(PAUSE + SECOND).await;
    channel.line(Line::NoSuchOrder);
    sleep(PAUSE).await;
    let probes = &channel.rig.gateway.metrics.breaker_probes;
    let counted = ["connect", "absent"].map(|it| probes.with_label_values(&["ali", it]).get());
    assert_eq!(counted, [1, 1]);
}
