//! Where a merchant's requests may come from.

use std::net::SocketAddr;

use super::super::rig::SHOP;
use super::*;
use crate::inbound::{ForwardedHeader, Limits, Proxies};
use crate::listen::Peer;

fn listed() -> Rig {
    let allowed_ips = ["203.0.113.0/24", "2001:db8:1::/48"].map(|it| it.parse().unwrap()).into();
    let trusted = vec!["10.0.0.0/8".parse().unwrap()];
    let proxies = Proxies { trusted, header: ForwardedHeader::XForwardedFor };
    let guard = Arc::new(LocalGuard::default());
    Rig::with_access(Limits { proxies, ..limits() }, Access { allowed_ips, ..access() }, guard)
}

async fn from(rig: &Rig, peer: &str, forwarded: &[&str], key: &str) -> String {
    let mut request = Request::get("/v1/events").header("authorization", format!("Bearer {key}"));
    for value in forwarded {
        request = request.header("x-forwarded-for", *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    if !peer.is_empty() {
        let peer: SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(Peer(peer));
    }
    rig.send(request).await.outcome()
}

#[tokio::test]
async fn who_has_the_right_key_at_the_wrong_place_is_told() {
    let rig = listed();
    let check = async |peer: &str, forwarded: &[&str], allowed: bool| {
        let expect = if allowed { "200" } else { "403 address-not-allowed" };
        assert_eq!(from(&rig, peer, forwarded, SHOP).await, expect, "{peer} {forwarded:?}");
        // A stranger learns nothing of the list.
        let stranger = from(&rig, peer, forwarded, "nobody").await;
        assert_eq!(stranger, "401 unauthenticated", "{peer} {forwarded:?}");
    };
    check("203.0.113.9:1", &[], true).await;
    check("203.0.114.9:1", &[], false).await;
    check("[::ffff:203.0.113.9]:1", &[], true).await;
    check("[2001:db8:1::9]:1", &[], true).await;
    check("[2001:db8:2::9]:1", &[], false).await;
    check("198.51.100.1:1", &["203.0.113.9"], false).await;
    check("10.0.0.1:1", &["203.0.113.9"], true).await;
    check("10.0.0.1:1", &["203.0.113.9, 198.51.100.1"], false).await;
    check("10.0.0.1:1", &["203.0.113.9", "198.51.100.1"], false).await;
    check("10.0.0.1:1", &["198.51.100.1, 203.0.113.9, 10.0.0.2"], true).await;
    check("10.0.0.1:1", &[], false).await;
    check("10.0.0.1:1", &["203.0.113.9, unknown"], false).await;
    check("", &[], false).await;
}

#[tokio::test]
async fn the_refusal_of_an_address_is_signed() {
    let (rig, signer) = (listed(), &signers()[0]);
    let wish = reading("elsewhere0000000");
    let reply = send(&rig, signer, &wish).await;
    assert_eq!(reply.outcome(), "403 address-not-allowed");
    assert!(believes(signer, &wish, &reply, &Value::Null));
}
