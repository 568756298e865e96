//! Each kind of key is exchanged while the gateway serves, with both in use for a time.

use http::HeaderMap;
use paymux_sandbox::{Channel, Credentials};
use paymux_tests::config::{API_KEY, Setup, WEBHOOK_SECRET, secret};
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use paymux_tests::webhook::is_genuine;

use super::order::{CHANNELS, Order, wish};

const NEW_SECRET: &str = "whsec_bmV3LXdlYmhvb2stc2VjcmV0LW9mLXRoZS10ZXN0cw==";

async fn reloaded(rig: &Rig, change: impl FnOnce(String) -> String) {
    rig.edit(change);
    let answer = rig.reload().await;
    assert_eq!(answer.status, 200, "{:?} {}", answer, answer.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchants_api_key() {
    let rig = Rig::start(Setup::default()).await;
    let mut newer = rig.api.clone();
    newer.api_key = API_KEY.replace("tests", "newer");
    secret(&rig.path("keys/newer.txt"), &newer.api_key);
    let status =
        async || (rig.api.get("/v1/payments").await.status, newer.get("/v1/payments").await.status);
    assert_eq!(status().await, (200, 401));
    let (old, new) = ("\"file:keys/api-key.txt\"", "\"file:keys/newer.txt\"");
    reloaded(&rig, |it| it.replace(old, &format!("{old}, {new}"))).await;
    assert_eq!(status().await, (200, 200));
    reloaded(&rig, |it| it.replace(&format!("{old}, {new}"), new)).await;
    assert_eq!(status().await, (401, 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_secret() {
    let rig = Rig::start(Setup::default()).await;
    secret(&rig.path("keys/newer.txt"), NEW_SECRET);
    let (old, both) = (
        "secret = \"file:keys/webhook-secret.txt\"",
        "secrets = [\"file:keys/newer.txt\", \"file:keys/webhook-secret.txt\"]",
    );
    reloaded(&rig, |it| it.replace(old, both)).await;
    let order = Order::paid(&rig, Channel::Alipay, "both").await;
    let heard = rig.shop.hears("payment.succeeded", &order.order_no).await;
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("webhook-id", heard.id.clone()),
        ("webhook-timestamp", heard.timestamp.to_string()),
        ("webhook-signature", heard.signature.clone()),
    ] {
        headers.insert(name, value.parse().expect("it was a header"));
    }
    for secret in [WEBHOOK_SECRET, NEW_SECRET] {
        assert!(is_genuine(secret, &headers, &heard.body), "{}", heard.signature);
    }
}

/// What Alipay signs with a key that is not named yet is refused and sent again; with both keys
/// named nothing is refused.
#[tokio::test(flavor = "multi_thread")]
async fn alipays_public_key() {
    let rig = Rig::start(Setup::default()).await;
    secret(&rig.path("keys/other.pem"), &Credentials::demo().wechat.public_key_pem);
    let order = Order::placed(&rig, Channel::Alipay, "turned").await;
    let (own, other) = ("\"file:keys/alipay-public.pem\"", "\"file:keys/other.pem\"");
    reloaded(&rig, |it| it.replace(own, other)).await;
    order.pay();
    let refused = async || (order.notifications("signature").await > 0).then_some(());
    until("it is refused", refused).await;
    assert_eq!(order.now().await["status"], "pending");
    reloaded(&rig, |it| it.replace(other, &format!("[{other}, {own}]"))).await;
    order.is_paid_once().await;
    let seen = order.notifications("signature").await;
    Order::paid(&rig, Channel::Alipay, "both").await;
    assert_eq!(order.notifications("signature").await, seen);
}

/// A call that was signed with the old key is answered to whom has the old platform key.
#[tokio::test(flavor = "multi_thread")]
async fn our_own_key_while_calls_are_under_way() {
    let rig = Rig::start(Setup::default()).await;
    let demo = Credentials::demo();
    let calls = CHANNELS.map(|channel| {
        let name = super::order::name(channel);
        (name.to_owned(), wish(channel, &format!("slow-{name}"), "slow [sandbox:delay:3000]"))
    });
    let [ali, we] = &calls;
    let turn = async {
        let begun = async || (rig.sandbox.orders(0, 9).len() == 2).then_some(());
        until("both channels have the orders", begun).await;
        // Each account gets another private key; what Alipay signs verifies with another key too.
        secret(&rig.path("keys/alipay-private.pem"), &demo.wechat.private_key_pem);
        secret(&rig.path("keys/wechat-private.pem"), &demo.alipay.private_key_pem);
        secret(&rig.path("keys/alipay-public.pem"), &demo.wechat.public_key_pem);
        reloaded(&rig, |it| it).await;
    };
    let (ali, we, ()) =
        tokio::join!(rig.api.create(&ali.0, &ali.1), rig.api.create(&we.0, &we.1), turn);
    for answer in [ali, we] {
        assert_eq!(answer.status, 201, "{answer:?}");
        assert!(answer.json()["action"]["qr_code"].is_string(), "{answer:?}");
    }
    let next = rig.api.create("next", &wish(Channel::Wechat, "next", "tea")).await;
    let failure = &next.json()["failure"]["code"];
    assert_eq!(failure, "SIGN_ERROR", "the next one is signed with a key WeChat Pay does not know");
}

#[tokio::test(flavor = "multi_thread")]
async fn fetched_certificates_outlive_a_reload() {
    let rig = Rig::start(Setup { certificates: true, ..Setup::default() }).await;
    let fetches = || rig.logs().matches("platform_keys.fetched").count();
    until("they are fetched", async || (fetches() == 1).then_some(())).await;
    // Unchanged: nothing is fetched again.
    reloaded(&rig, |it| it.replacen("ack = \"success\"", "ack = \"status\"", 1)).await;
    Order::paid(&rig, Channel::Wechat, "unchanged").await;
    assert_eq!(fetches(), 1);
    // Changed: what was learned is there at once, and asked for again.
    reloaded(&rig, |it| {
        it.replace("channel = \"wechat\"", "channel = \"wechat\"\nretired = false")
    })
    .await;
    let order = Order::paid(&rig, Channel::Wechat, "changed").await;
    until("they are fetched again", async || (fetches() == 2).then_some(())).await;
    assert_eq!(order.notifications("unknown_key").await, 0);
}
