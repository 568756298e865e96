//! More connections than anybody needs.

use std::net::Ipv4Addr;

use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;

use super::wire::Wire;

const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const PROXY: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);
const ASK: &str = "GET /v1/gateway-keys HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// Whether it is answered and not hung up on.
async fn is_served(wire: &mut Wire) -> bool {
    wire.send(ASK).await;
    wire.replies().await.iter().any(|it| it.status == 200)
}

#[tokio::test(flavor = "multi_thread")]
async fn a19_an_address_has_its_share_of_the_connections() {
    let setup = Setup {
        server: "trusted_proxies = [\"127.0.0.3\"]",
        limits: "connections = 64\nconnections_per_address = 8\nheader_timeout = \"3s\"",
        ..Setup::default()
    };
    let rig = Rig::start(setup).await;
    let port = rig.node.ports[0];
    let refused = async || {
        let labels = [("listener", "public"), ("reason", "address")];
        rig.metrics().await.sum("paymux_connections_refused_total", &labels)
    };
    let mut held = vec![];
    for _ in 0..8 {
        held.push(Wire::open_from(STRANGER, port).await);
    }
    let (mut one_more, mut another) =
        (Wire::open_from(STRANGER, port).await, Wire::open(port).await);
    assert!(!is_served(&mut one_more).await, "it has as many as it may");
    assert!(is_served(&mut another).await, "nobody else is kept out");
    assert_eq!(refused().await, 1);
    drop(held.pop());
    let again = async || {
        let mut wire = Wire::open_from(STRANGER, port).await;
        is_served(&mut wire).await.then_some(())
    };
    until("a place that is given back is free", again).await;
    let mut through = vec![];
    for _ in 0..20 {
        through.push(Wire::open_from(PROXY, port).await);
    }
    for wire in &mut through {
        assert!(is_served(wire).await, "many come through a proxy of ours");
    }
    // All places are held by addresses that keep within their share, and say nothing.
    let mut crowd = vec![];
    for last in 10..20 {
        for _ in 0..8 {
            crowd.push(Wire::open_from(Ipv4Addr::new(127, 0, 0, last), port).await);
        }
    }
    let mut patient = Wire::open(port).await;
    assert!(is_served(&mut patient).await, "who says nothing is not kept");
    drop((held, crowd));
}
