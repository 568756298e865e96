//! An application's token: one for all nodes and for the merchant's other systems.

use paymux_sandbox::Parties;
use paymux_tests::api::Api;
use paymux_tests::config::{ALIPAY, Setup, WECHAT, mode};
use paymux_tests::http::Answer;
use paymux_tests::nodes::Nodes;
use paymux_tests::rig::Rig;

fn setup() -> Setup {
    let secret = Parties::demo().wechat.app_secret;
    let classic = "\napp_secret = \"file:keys/app.txt\"\napp_token = \"classic\"";
    Setup {
        wechat_mode: mode::v3() + classic,
        merchant: "app_tokens = true",
        secrets: vec![("app.txt", secret)],
        ..Setup::default()
    }
}

async fn ask(nodes: &Nodes, node: usize) -> Answer {
    let base = format!("http://127.0.0.1:{}", nodes.nodes[node].ports[0]);
    Api { base, ..nodes.api.clone() }.act(&format!("/v1/accounts/{WECHAT}/app-token")).await
}

/// Each question at the platform would make a new token: who has the same has asked once.
#[tokio::test(flavor = "multi_thread")]
async fn every_node_tells_the_token_that_one_has_asked_for() {
    let mut nodes = Nodes::start(2, setup()).await;
    let first = ask(&nodes, 0).await;
    assert_eq!(first.status, 200, "{first:?} {}", first.json());
    let (told, party) = (first.json(), Parties::demo().wechat);
    assert_eq!(told["app_id"], party.app_id);
    assert!((7100..=7200).contains(&told["expires_in"].as_u64().unwrap_or_default()), "{told}");
    let token = told["token"].as_str().expect("a token").to_owned();
    for node in [1, 0, 1] {
        assert_eq!(ask(&nodes, node).await.json()["token"], *token);
    }
    let ticket = format!(
        "{}/cgi-bin/ticket/getticket?access_token={token}&type=jsapi",
        nodes.sandbox.weixin_url()
    );
    let said = nodes.api.http.get(&ticket).await.expect("it answers").json();
    assert_eq!(said["errcode"], 0, "the token is good: {said}");
    nodes.redis.stop();
    assert_eq!(ask(&nodes, 1).await.json()["token"], *token, "what a node has, it has");
    assert!(nodes.nodes.iter().all(|it| !it.logs().contains(&token)), "it is in no log");
}

/// Another merchant sells by an account of its own, which is of the same application.
fn another_merchant() -> String {
    let (app, mode) = (Parties::demo().wechat.app_id, mode::v3());
    let id = Parties::demo().wechat.public_key_id;
    format!(
        r#"
[accounts.wechat-second]
channel = "wechat"
app_id = "{app}"
mch_id = "1900000777"
app_secret = "file:keys/app.txt"
public_key_id = "{id}"
public_key = "file:keys/wechat-public.pem"
{mode}

[merchants.other]
accounts = ["wechat-second"]
api_keys = ["file:keys/other-api-key.txt"]
"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_acts_for_two_merchants_is_told_to_neither() {
    let rig = Rig::start(Setup { more: another_merchant(), ..setup() }).await;
    let ask = async |account: &str| {
        let answer = rig.api.act(&format!("/v1/accounts/{account}/app-token")).await;
        (answer.status, answer.code())
    };
    assert_eq!(ask(WECHAT).await, (403, "app-tokens-not-allowed".to_owned()));
    assert_eq!(ask(ALIPAY).await, (422, "channel-unfit".to_owned()));
    assert_eq!(ask("wechat-second").await, (404, "not-found".to_owned()));
}
