//! Answers to signed requests are signed, whatever they say.

use std::time::Duration;

use super::super::rig::{OTHER, SHOP, never};
use super::*;
use crate::inbound::Limits;

async fn published(rig: &Rig) -> Value {
    let reply = rig.send(Request::get("/v1/gateway-keys").body(Body::empty()).unwrap()).await;
    assert_eq!(reply.outcome(), "200");
    assert_eq!(reply.header("content-type"), "application/json");
    reply.json()
}

#[tokio::test(start_paused = true)]
async fn every_answer_is_bound_to_its_request() {
    for signer in signers() {
        let rig = signing_rig();
        let keys = published(&rig).await;
        let body = |text: &str, nonce: &str| Wish { body: text.into(), ..buying(nonce) };
        for (wish, outcome) in [
            (buying("answer0000000001"), "201"),
            (reading("answer0000000002"), "200"),
            (body("{", "answer0000000003"), "400 malformed-json"),
            (body("{}", "answer0000000004"), "400 invalid-field"),
            (wish("GET", "/v1/payments/pay_1", "answer0000000005"), "404 not-found"),
            (wish("GET", "/v1/payments?zzz=1", "answer0000000006"), "400 invalid-query"),
        ] {
            let reply = send(&rig, &signer, &wish).await;
            assert_eq!(reply.outcome(), outcome);
            assert!(believes(&signer, &wish, &reply, &keys), "{outcome}");
            let lies = |change: &dyn Fn(&mut Reply)| {
                let (status, headers) = (reply.status, reply.headers.clone());
                let mut reply = Reply { status, headers, body: reply.body.clone() };
                change(&mut reply);
                assert!(!believes(&signer, &wish, &reply, &keys), "{outcome}");
            };
            lies(&|it| it.status = http::StatusCode::ACCEPTED);
            lies(&|it| it.body = [&it.body[..], b" "].concat().into());
            let other = Wish { nonce: "another000000000".into(), ..wish.clone() };
            assert!(!believes(&signer, &other, &reply, &keys), "another request");
            let someone = signer.named("other", &signer.key_id);
            assert!(!believes(&someone, &wish, &reply, &keys), "another merchant");
            let key = signer.named("shop", "other");
            assert!(!believes(&key, &wish, &reply, &keys), "another key");
        }
    }
}

/// HEAD is answered without the body that GET has, and its signature is over what was sent.
#[tokio::test(start_paused = true)]
async fn a_head_is_signed_without_a_body() {
    for signer in signers() {
        let rig = signing_rig();
        let wish = wish("HEAD", "/v1/events", "head000000000000");
        let reply = send(&rig, &signer, &wish).await;
        assert_eq!((reply.status.as_u16(), reply.body.len()), (200, 0));
        assert!(believes(&signer, &wish, &reply, &published(&rig).await));
    }
}

/// A request's code is no answer's, although one secret makes both.
#[tokio::test(start_paused = true)]
async fn nothing_that_was_asked_is_an_answer() {
    let (rig, signer) = (signing_rig(), &signers()[0]);
    let wish = reading("swapped000000000");
    let reply = send(&rig, signer, &wish).await;
    let answer = reply.header("paymux-signature").to_owned();
    let code = answer.rsplit("signature=").next().unwrap().trim_matches('"').to_owned();
    let swapped = Sent::with(&reading("swapped000000001"), signer.shown(&wish, &code));
    assert_eq!(rig.send(swapped.request()).await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_signed_is_not_answered_so() {
    let rig = signing_rig();
    let unsigned = |reply: &Reply| assert_eq!(reply.header("paymux-signature"), "");
    unsigned(&rig.get("/v1/payments").await);
    unsigned(&rig.get_as(OTHER, "/v1/payments").await);
    unsigned(&rig.get_as("nobody", "/v1/payments").await);
    unsigned(&rig.send(Request::get("/nowhere").body(Body::empty()).unwrap()).await);
    unsigned(&rig.send(Request::post("/notify/ali").body(Body::empty()).unwrap()).await);
}

/// What the gateway says before it knows who asks says nothing of anybody.
#[tokio::test(start_paused = true)]
async fn a_body_is_read_before_anybody_is_known() {
    let signers = signers();
    let rig = Rig::with_access(
        Limits { body_timeout: Duration::from_secs(3), requests: 1, ..limits() },
        access(),
        Arc::new(LocalGuard::default()),
    );
    for (merchant, index) in [("shop", 0), ("nobody", 1), ("shop", 2)] {
        let wish = buying(&format!("slow00000000000{index}"));
        let signer = signers[index].named(merchant, &signers[index].key_id);
        let (parts, _) = Sent::new(&signer, &wish).request().into_parts();
        let begun = tokio::time::Instant::now();
        let slow = rig.send(Request::from_parts(parts, never()));
        // It holds no place meanwhile: there is but one.
        let (slow, other) = tokio::join!(slow, rig.get_as(SHOP, "/v1/events"));
        assert_eq!(
            (slow.outcome().as_str(), other.outcome().as_str()),
            ("408 request-timeout", "200")
        );
        assert_eq!(begun.elapsed().as_secs(), 3, "{merchant}");
        let large = Wish { body: vec![b' '; 65_537], ..wish };
        let large = send(&rig, &signer, &large).await;
        assert_eq!(large.outcome(), "413 body-too-large", "{merchant}");
        assert_eq!((slow.header("paymux-signature"), large.header("paymux-signature")), ("", ""));
    }
}

#[tokio::test(start_paused = true)]
async fn the_gateways_keys_are_there_for_all() {
    let rig = signing_rig();
    let keys = published(&rig).await;
    let key = &keys["keys"][0];
    assert_eq!((&key["algorithm"], &key["signs"]), (&"ed25519".into(), &true.into()));
    assert_eq!(key["key_id"].as_str().unwrap().len(), 16);
    assert!(key["public_key"].as_str().unwrap().starts_with("-----BEGIN PUBLIC KEY-----\n"));
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
    let wrong = rig.send(Request::get("/v1/gateway-keys?a=1").body(Body::empty()).unwrap()).await;
    assert_eq!(wrong.outcome(), "400 invalid-query");
}
