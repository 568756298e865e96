use paymux_services::Redis as Service;

use super::*;
use crate::redis::{Access, Server, Topology};

fn tokens(port: u16) -> RedisTokens {
    let server = Server { host: "127.0.0.1".into(), port, tls: false };
    let (topology, access) = (Topology::Single(server), Access::default());
    let redis = Redis::new(&topology, &access, "paymux", Box::new(|_, _, _| ())).unwrap();
    RedisTokens::new(redis.patient())
}

#[tokio::test]
async fn what_one_node_keeps_another_reads() {
    let service = Service::start();
    let (one, other) = (tokens(service.port), tokens(service.port));
    assert_eq!(other.read("wx1").await, Kept::Nothing);
    assert!(one.keep("wx1", "ACCESS", Duration::from_secs(7200)).await);
    let Kept::Token { text, left } = other.read("wx1").await else { panic!() };
    assert_eq!(text, "ACCESS");
    assert!(left > Duration::from_secs(7000) && left <= Duration::from_secs(7200), "{left:?}");
    // It ends there by itself.
    let life: i64 = service.say("PTTL paymux:app_token:wx1").parse().unwrap();
    assert!(life > 7_000_000, "{life}");
    assert!(one.keep("wx1", "NEWER", Duration::from_secs(7200)).await);
    assert!(matches!(other.read("wx1").await, Kept::Token { text, .. } if text == "NEWER"));
}

#[tokio::test]
async fn nothing_is_read_of_a_strangers_value_or_of_a_stopped_server() {
    let mut service = Service::start();
    let tokens = tokens(service.port);
    service.say("SET paymux:app_token:wx1 for-ever");
    assert_eq!(tokens.read("wx1").await, Kept::Nothing);
    service.stop();
    assert_eq!(tokens.read("wx1").await, Kept::Away);
    assert!(!tokens.keep("wx1", "ACCESS", Duration::from_secs(1)).await);
}
