use std::time::Duration;

use paymux_services::Redis as Service;
use tokio::time::Instant;

use super::*;
use crate::conformance::Rng;
use crate::quota::LocalQuota;
use crate::redis::{Access, Server, Topology};

const SECOND: i64 = 1_000_000;
/// The moment is the last of the arguments.
const CLOCK_OF_THE_TEST: &str = "local now = tonumber(ARGV[#ARGV])";

fn redis(topology: &Topology) -> Redis {
    let watch = Box::new(|_: &str, _, _| ());
    Redis::new(topology, &Access::default(), "paymux", watch).unwrap().patient()
}

fn single(service: &Service) -> Topology {
    Topology::Single(Server { host: "127.0.0.1".into(), port: service.port, tls: false })
}

fn ask(count: &'static str, per_second: i64, slack_us: i64) -> Ask {
    Ask { count, interval_us: SECOND / per_second, slack_us }
}

async fn take_at(quota: &RedisQuota, account: &str, asks: &[Ask], now: i64) -> Taken {
    let mut script = quota.take.prepare_invoke();
    for ask in asks {
        script.key(format!("q:{{{account}}}:{}", ask.count));
        script.arg(ask.interval_us).arg(ask.slack_us);
    }
    script.arg(now);
    match quota.redis.ask::<usize>("quota", &script).await.unwrap() {
        0 => Taken::All,
        place => Taken::Over(place - 1),
    }
}

/// Days after its beginning, as the clock of a real server is: numbers must not lose digits.
const LATE: i64 = 1_795_000_000 * SECOND;

#[tokio::test]
async fn the_script_and_the_local_counts_decide_alike() {
    let service = Service::start();
    let shared = RedisQuota::by(CLOCK_OF_THE_TEST, redis(&single(&service)));
    let local = LocalQuota::default();
    let (mut rng, mut now) = (Rng::new(7), LATE);
    let mut passed = 0;
    for step in 0..3000 {
        now += i64::try_from(rng.below(30_000)).unwrap();
        let slack = [200_000, 100_000, 0, -50_000][usize::try_from(rng.below(4)).unwrap()];
        let rate = [100, 50, 10][usize::try_from(rng.below(3)).unwrap()];
        let asks = [ask("total", 100, slack), ask("query", rate, slack)];
        let account = ["a", "b"][usize::try_from(rng.below(2)).unwrap()];
        let expect = local.take_at(account, &asks, now);
        assert_eq!(take_at(&shared, account, &asks, now).await, expect, "step {step}");
        passed += i32::from(expect == Taken::All);
    }
    assert!((500..2500).contains(&passed), "{passed}: the story has both kinds");
}

#[tokio::test]
async fn a_clock_that_was_set_back_stops_nobody() {
    let service = Service::start();
    let quota = RedisQuota::by(CLOCK_OF_THE_TEST, redis(&single(&service)));
    let asks = [ask("query", 10, 0)];
    assert_eq!(take_at(&quota, "a", &asks, LATE).await, Taken::All);
    assert_eq!(take_at(&quota, "a", &asks, LATE - SECOND).await, Taken::Over(0));
    assert_eq!(take_at(&quota, "a", &asks, LATE - 60 * SECOND).await, Taken::All);
    assert_eq!(take_at(&quota, "a", &asks, LATE - 60 * SECOND).await, Taken::Over(0));
}

/// Three nodes ask as often as they can, by the clock of Redis, on each topology.
#[tokio::test]
async fn three_nodes_never_take_more_than_one_quota() {
    const PER_SECOND: i64 = 200;
    const FOR: Duration = Duration::from_secs(1);
    let (one, cluster) = (Service::start(), Service::cluster());
    let node = Server { host: "127.0.0.1".into(), port: cluster.port, tls: false };
    for topology in [single(&one), Topology::Cluster(vec![node])] {
        let asks = [ask("total", PER_SECOND, SECOND / 5), ask("query", PER_SECOND, SECOND / 5)];
        let begun = Instant::now();
        let nodes = (0..3).map(|_| {
            let (quota, asks) = (RedisQuota::new(redis(&topology)), asks.clone());
            tokio::spawn(async move {
                let (mut taken, mut over) = (0, 0);
                while begun.elapsed() < FOR {
                    match quota.take("a", &asks).await {
                        Taken::All => taken += 1,
                        Taken::Over(_) => over += 1,
                        Taken::Away => panic!("it is there"),
                    }
                }
                (taken, over)
            })
        });
        let (mut taken, mut over) = (0, 0);
        for node in nodes.collect::<Vec<_>>() {
            let node = node.await.unwrap();
            (taken, over) = (taken + node.0, over + node.1);
        }
        // What the time that passed allows, with one burst; the last question may end later.
        let took = i64::try_from(begun.elapsed().as_micros()).unwrap();
        let most = (took + SECOND / 5) * PER_SECOND / SECOND + 1;
        assert!(taken <= most, "{taken} of {most}");
        assert!(taken > 0 && over > 0, "{taken} taken, {over} over: nobody was held back");
    }
}

#[tokio::test]
async fn counts_are_kept_apart_and_forgotten_when_they_are_over() {
    let service = Service::start();
    let quota = RedisQuota::new(redis(&single(&service)));
    let (query, pay) = ([ask("query", 1, 0)], [ask("pay", 1, 0)]);
    assert_eq!(quota.take("a", &query).await, Taken::All);
    assert_eq!(quota.take("a", &query).await, Taken::Over(0));
    assert_eq!(quota.take("a", &pay).await, Taken::All);
    assert_eq!(quota.take("b", &query).await, Taken::All);
    let both = [ask("refund", 1, 0), query[0].clone()];
    assert_eq!(quota.take("a", &both).await, Taken::Over(1));
    assert_eq!(quota.take("a", &both[..1]).await, Taken::All, "nothing was taken of the others");
    assert_eq!(service.say("EXISTS paymux:quota:{a}:query"), "1");
    let keep: i64 = service.say("PTTL paymux:quota:{a}:query").parse().unwrap();
    assert!((1..=3000).contains(&keep), "{keep}");
}

#[tokio::test]
async fn where_it_is_away_nobody_is_refused_by_it() {
    let mut service = Service::start();
    let quota = RedisQuota::new(redis(&single(&service)));
    service.say("RPUSH paymux:quota:{a}:pay 1");
    assert_eq!(quota.take("a", &[ask("pay", 1, 0)]).await, Taken::Away);
    service.stop();
    assert_eq!(quota.take("a", &[ask("query", 1, 0)]).await, Taken::Away);
}
