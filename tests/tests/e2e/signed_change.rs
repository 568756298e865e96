//! A merchant's key, and the gateway's own, are changed while the gateway serves.

use paymux_tests::config::{Setup, secret};
use paymux_tests::rig::Rig;
use paymux_tests::signer::{self, Signer};
use serde_json::Value;

use super::signed::{believes, keys, send, signers, wish};

const NEWER: &str = "paymux-tests-request-secret-0002";

async fn reloaded(rig: &Rig, change: impl FnOnce(String) -> String) {
    rig.edit(change);
    let answer = rig.reload().await;
    assert_eq!(answer.status, 200, "{:?} {}", answer, answer.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchants_key_is_changed_with_an_overlap() {
    let rig = Rig::start(Setup::default()).await;
    let (old, new) = (&signers()[0], &Signer::hmac("tests", "hmac-2", NEWER));
    let statuses = async |name: &str| {
        let mut statuses = vec![];
        for signer in [old, new] {
            let name = format!("{name}{}", signer.key_id.replace('-', ""));
            let wish = wish("GET", "/v1/events", &name);
            statuses.push(send(&rig.api.base, &rig.http, signer, &wish).await.status);
        }
        statuses
    };
    assert_eq!(statuses("before").await, [200, 401]);
    secret(&rig.path("keys/newer.txt"), NEWER);
    let added = "[[merchants.tests.keys]]\nid = \"hmac-2\"\nkind = \"hmac-sha256\"\n\
                 secret = \"file:keys/newer.txt\"\n";
    let first = "[[merchants.tests.keys]]";
    reloaded(&rig, |it| it.replacen(first, &format!("{added}{first}"), 1)).await;
    assert_eq!(statuses("both").await, [200, 200]);
    let end = "id = \"hmac-1\"\nnot_after = \"2026-01-01T00:00:00Z\"";
    reloaded(&rig, |it| it.replace("id = \"hmac-1\"", end)).await;
    assert_eq!(statuses("after").await, [401, 200]);
    let lost = rig.metrics().await.sum("paymux_unauthenticated_total", &[("reason", "retired")]);
    assert_eq!(lost, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateways_key_is_published_before_it_signs() {
    let rig = Rig::start(Setup::default()).await;
    let signer = &signers()[2];
    let believed = async |name: &str, keys: &Value| {
        let wish = wish("GET", "/v1/events", name);
        let answer = send(&rig.api.base, &rig.http, signer, &wish).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        believes(signer, &wish, &answer, keys)
    };
    let first = keys(&rig).await;
    secret(&rig.path("keys/next.pem"), signer::RSA);
    secret(&rig.path("keys/next-public.pem"), signer::RSA_PUBLIC);
    let old = "response_key = \"file:keys/response-key.pem\"";
    let published = "published_keys = [\"file:keys/next-public.pem\"]";
    reloaded(&rig, |it| it.replace(old, &format!("{old}\n{published}"))).await;
    let both = keys(&rig).await;
    assert_eq!(both["keys"].as_array().map(Vec::len), Some(2));
    assert!(believed("published", &first).await && believed("published2", &both).await);
    reloaded(&rig, |it| it.replace(old, "response_key = \"file:keys/next.pem\"")).await;
    assert!(!believed("changed", &first).await, "an unknown key: it is fetched then");
    assert!(believed("changed2", &both).await, "who has fetched it in time knows it already");
}
