//! A certificate that is exchanged by a reload: what was opened with the old one is not used again.

use paymux_engine::outbound::Outbound;

use super::*;
use crate::outbound::tests::tls::{Asking, Authority, Shown};

const ACCOUNT: &str = r#"
[outbound]
root_certificates = "env:ROOT"

[accounts.we]
channel = "wechat"
api = "v2"
app_id = "wx0000000000000001"
mch_id = "1900000001"
api_v2_key = "env:API_V2_KEY"
server_ip = "203.0.113.7"
certificate = "env:CERTIFICATE"
certificate_key = "env:CERTIFICATE_KEY"
"#;

fn opened(text: &str, root: &Authority, shown: &Shown) -> (Settings, Channels) {
    let secret = |name: &str| {
        Some(match name {
            "ROOT" => root.pem.clone(),
            "API_V2_KEY" => "0123456789abcdef0123456789abcdef".into(),
            "CERTIFICATE" => shown.certificate.clone(),
            "CERTIFICATE_KEY" => shown.key.clone(),
            _ => return None,
        })
    };
    settings::open_text(text, "test.toml", &secret, registry::PLUGINS).unwrap()
}

fn stack(snapshot: &Snapshot) -> Outbound {
    snapshot.accounts[&"we".parse().unwrap()].outbound.clone()
}

#[tokio::test]
async fn a_new_certificate_is_shown_from_the_reload_on() {
    let root = Authority::new();
    let server = Asking::new(&root).await;
    let [alice, bob] = ["alice", "bob"].map(|it| root.show(it));
    let (old, channels) = opened(ACCOUNT, &root, &alice);
    let first = snapshot(&old, &channels, &ground(), None);
    assert_eq!(server.sees(&stack(&first)).await.unwrap(), "alice");
    // Another change leaves the connections as they are.
    let text = format!("{ACCOUNT}till_query_every = \"7s\"\n");
    let (same, channels) = opened(&text, &root, &alice);
    let before = Before { snapshot: &first, flat: &old.flat };
    let second = snapshot(&same, &channels, &ground(), Some(&before));
    assert_eq!(server.sees(&stack(&second)).await.unwrap(), "alice");
    assert_eq!(server.connections(), 1);
    let (new, channels) = opened(&text, &root, &bob);
    let before = Before { snapshot: &second, flat: &same.flat };
    let third = snapshot(&new, &channels, &ground(), Some(&before));
    assert_eq!(server.sees(&stack(&third)).await.unwrap(), "bob");
    assert_eq!(server.connections(), 2);
}
