//! A nonce counts once on all nodes that share a Redis; without it, an order still counts once.

use paymux_tests::config::Setup;
use paymux_tests::http::{Answer, Http};
use paymux_tests::nodes::Nodes;
use paymux_tests::signer::Wish;

use super::signed::{order, send, signers, wish};

async fn ask(nodes: &Nodes, node: usize, wish: &Wish) -> Answer {
    let base = format!("http://127.0.0.1:{}", nodes.nodes[node].ports[0]);
    send(&base, &Http::default(), &signers()[2], wish).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_request_is_refused_by_every_node() {
    let mut nodes = Nodes::start(2, Setup::default()).await;
    let read = wish("GET", "/v1/events", "recorded");
    assert_eq!(ask(&nodes, 0, &read).await.status, 200);
    assert_eq!(ask(&nodes, 1, &read).await.status, 401);
    assert_eq!(ask(&nodes, 0, &read).await.status, 401);
    let refused = nodes.sum("paymux_unauthenticated_total", &[("reason", "nonce")]).await;
    assert_eq!(refused, 2);

    nodes.redis.stop();
    let made = order("recordedorder");
    let first = ask(&nodes, 0, &made).await;
    assert_eq!(first.status, 201, "{first:?}");
    assert_eq!(ask(&nodes, 0, &made).await.status, 401, "a node remembers what it has seen");
    let again = ask(&nodes, 1, &made).await;
    assert_eq!((again.status, again.is_replayed()), (201, true), "{again:?}");
    assert_eq!(again.body, first.body);
    let orders: u64 = nodes.sandbox.books().values().map(|it| it.orders).sum();
    assert_eq!(orders, 1, "the channel saw one");
}
