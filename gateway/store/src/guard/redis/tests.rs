use std::sync::{Arc, Mutex};

use paymux_services::{Proxy, Redis as Service};
use tokio::time::Instant;

use super::*;
use crate::quota::{Ask, Quota as _, RedisQuota, Taken};
use crate::redis::{Access, BOUND, Server, Topology, Went};

const LEASE: Duration = Duration::from_secs(30);

type Log = Arc<Mutex<Vec<Went>>>;

fn server(port: u16) -> Server {
    Server { host: "127.0.0.1".into(), port, tls: false }
}

/// With how each of its questions went.
fn redis(topology: &Topology) -> (Redis, Log) {
    let log = Log::default();
    let watched = Arc::clone(&log);
    let watch = Box::new(move |_: &str, went, _| watched.lock().unwrap().push(went));
    (Redis::new(topology, &Access::default(), "paymux", watch).unwrap(), log)
}

fn guard(redis: Redis) -> RedisGuard {
    let drawn = std::sync::atomic::AtomicU64::new(1);
    RedisGuard::new(redis, move || drawn.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
}

fn patient(port: u16) -> RedisGuard {
    guard(redis(&Topology::Single(server(port))).0.patient())
}

async fn taken(guard: &RedisGuard, key: &str) -> Token {
    match guard.claim(key, LEASE).await {
        Claim::Taken(token) => token,
        other @ (Claim::Busy | Claim::Done | Claim::Away) => panic!("{key}: {other:?}"),
    }
}

/// Until Redis is asked again.
async fn taken_in_time(guard: &RedisGuard, key: &str) -> Token {
    let mut look = tokio::time::interval(Duration::from_millis(5));
    loop {
        look.tick().await;
        match guard.claim(key, LEASE).await {
            Claim::Taken(token) => return token,
            Claim::Away => {}
            other @ (Claim::Busy | Claim::Done) => panic!("{key}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn it_keeps_what_every_guard_promises_on_every_topology() {
    let (single, cluster) = (Service::start(), Service::cluster());
    let sentinel = Service::sentinel(&single);
    let topologies = [
        Topology::Single(server(single.port)),
        Topology::Cluster(vec![server(cluster.port)]),
        Topology::Sentinel { sentinels: vec![server(sentinel.port)], master: "paymux".into() },
    ];
    for topology in topologies {
        single.flush();
        let redis = redis(&topology).0.patient();
        let guard = Arc::new(guard(redis));
        let (earlier, later) = (guard.clock().await.unwrap(), guard.clock().await.unwrap());
        assert!(earlier <= later && later.since(earlier) < Duration::from_secs(60));
        assert!(earlier.since(Timestamp::default()) > Duration::from_secs(1_700_000_000));
        crate::conformance::guard::run(guard).await;
    }
}

#[tokio::test]
async fn two_nodes_share_what_is_claimed_and_done() {
    let service = Service::start();
    let (one, other) = (patient(service.port), patient(service.port));
    let token = taken(&one, "a").await;
    // Both draw the numbers from one on: this is its first, the next one is its own.
    taken(&other, "b").await;
    assert_eq!(other.claim("a", LEASE).await, Claim::Busy);
    one.settle("a", token).await;
    assert_eq!(other.claim("a", LEASE).await, Claim::Done);
    assert!(service.say("PTTL paymux:guard:a").parse::<u64>().unwrap() > 500_000);
}

#[tokio::test]
async fn what_was_flushed_is_forgotten_and_a_late_holder_touches_nobody() {
    let service = Service::start();
    let guard = patient(service.port);
    let late = taken(&guard, "a").await;
    service.flush();
    service.say("SCRIPT FLUSH");
    let holder = taken(&guard, "a").await;
    guard.settle("a", late).await;
    assert_eq!(guard.claim("a", LEASE).await, Claim::Busy);
    guard.release("a", late).await;
    assert_eq!(guard.claim("a", LEASE).await, Claim::Busy);
    guard.settle("a", holder).await;
    assert_eq!(guard.claim("a", LEASE).await, Claim::Done);
}

#[tokio::test]
async fn a_strangers_value_is_busy_and_another_type_is_away() {
    let service = Service::start();
    let guard = patient(service.port);
    service.say("SET paymux:guard:a stranger");
    service.say("RPUSH paymux:guard:b 1");
    assert_eq!(guard.claim("a", LEASE).await, Claim::Busy);
    assert_eq!(guard.claim("b", LEASE).await, Claim::Away);
    taken(&guard, "c").await;
}

#[tokio::test]
async fn a_stopped_redis_is_spared_and_found_again() {
    let mut service = Service::start();
    let (redis, log) = redis(&Topology::Single(server(service.port)));
    let guard = guard(redis.patient());
    taken(&guard, "a").await;
    service.stop();
    for _ in 0..3 {
        assert_eq!(guard.claim("b", LEASE).await, Claim::Away);
    }
    log.lock().unwrap().clear();
    assert_eq!(guard.claim("b", LEASE).await, Claim::Away);
    assert_eq!(*log.lock().unwrap(), [Went::Spared]);
    service.restart();
    taken_in_time(&guard, "a").await;
}

#[tokio::test]
async fn a_frozen_redis_costs_its_bound_and_then_nothing() {
    let service = Service::start();
    let (redis, log) = redis(&Topology::Single(server(service.port)));
    let guard = guard(redis);
    let token = taken_in_time(&guard, "a").await;
    log.lock().unwrap().clear();
    service.freeze();
    // Time now passes when there is nothing else to do, so the bound is met exactly.
    tokio::time::pause();
    let begun = Instant::now();
    guard.settle("a", token).await;
    assert!(begun.elapsed() >= BOUND, "it answered: the server is not frozen");
    assert_eq!(guard.claim("a", LEASE).await, Claim::Away);
    guard.release("a", token).await;
    // A timer wakes within the next millisecond.
    let cost = begun.elapsed();
    assert!(cost <= 3 * (BOUND + Duration::from_millis(1)), "{cost:?}");
    assert_eq!(*log.lock().unwrap(), [Went::Late; 3]);
    for _ in 0..1000 {
        assert_eq!(guard.claim("a", LEASE).await, Claim::Away);
    }
    assert_eq!(begun.elapsed(), cost);
    tokio::time::resume();
    service.thaw();
    taken_in_time(&guard, "b").await;
}

/// A handshake takes longer than a question may: who asks first waits in vain, and for the next
/// ones the connections are there.
#[tokio::test(flavor = "multi_thread")]
async fn from_a_distance_there_are_soon_as_many_connections_as_questions() {
    const AT_ONCE: usize = 8;
    let (service, ms) = (Service::start(), Duration::from_millis);
    let proxy = Proxy::to(service.port);
    proxy.delay(ms(5), ms(60));
    let (redis, log) = redis(&Topology::Single(server(proxy.port)));
    let guard = Arc::new(guard(redis));
    let mut look = tokio::time::interval(ms(20));
    let mut round = 0;
    loop {
        look.tick().await;
        round += 1;
        assert!(round < 1000, "they never get there: {:?}", log.lock().unwrap());
        log.lock().unwrap().clear();
        let ask = |number: usize| {
            let guard = Arc::clone(&guard);
            async move {
                let begun = Instant::now();
                guard.claim(&format!("{round}-{number}"), LEASE).await;
                begun.elapsed()
            }
        };
        let asked = (0..AT_ONCE).map(|number| tokio::spawn(ask(number))).collect::<Vec<_>>();
        for waited in asked {
            let waited = waited.await.unwrap();
            assert!(waited < 4 * BOUND, "nobody waits for a connection: {waited:?}");
        }
        if *log.lock().unwrap() == [Went::Answered; AT_ONCE] {
            break;
        }
    }
    assert!(proxy.connections() <= 16, "{} connections", proxy.connections());
}

/// The primary dies, its replica takes over, and whoever asks the sentinel finds it.
#[tokio::test]
async fn after_a_failover_the_guard_and_the_quota_work_again() {
    let mut primary = Service::start();
    let replica = Service::replica(&primary);
    let sentinel = Service::sentinel(&primary);
    sentinel.knows_replica();
    let sentinels = vec![server(sentinel.port)];
    let (redis, _log) = redis(&Topology::Sentinel { sentinels, master: "paymux".into() });
    let (guard, quota) = (guard(redis.clone()), RedisQuota::new(redis));
    let asks = [Ask { count: "query", interval_us: 10_000_000, slack_us: 0 }];
    taken_in_time(&guard, "a").await;
    assert_eq!(taken_by_now(&quota, &asks).await, Taken::All);
    primary.stop();
    taken_in_time(&guard, "b").await;
    assert_eq!(replica.say("EXISTS paymux:guard:b"), "1", "it is the primary now");
    assert_ne!(taken_by_now(&quota, &asks).await, Taken::Away);
    assert_eq!(taken_by_now(&quota, &asks).await, Taken::Over(0), "it counts");
}

/// What a quota says as soon as Redis is asked.
async fn taken_by_now(quota: &RedisQuota, asks: &[Ask]) -> Taken {
    let mut look = tokio::time::interval(Duration::from_millis(5));
    loop {
        look.tick().await;
        match quota.take("account", asks).await {
            Taken::Away => {}
            told @ (Taken::All | Taken::Over(_)) => return told,
        }
    }
}
