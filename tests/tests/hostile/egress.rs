//! Endpoints that lead inside: every spelling of an address, a name, a redirect.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use paymux_sandbox::Channel;
use paymux_tests::config::{ALIPAY, Setup};
use paymux_tests::program::{Build, run};
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use serde_json::Value;
use tokio::net::TcpListener;

use super::wire::{ask, create, order};

/// Of one merchant.
const ENDPOINTS: usize = 16;

/// Hosts that are this machine, or a network that strangers must not see.
const HOSTS: [&str; 48] = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "0127.0.0.1",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "0x7f000001",
    "0X7F000001",
    "127.0.0.0x1",
    "2130706433",
    "017700000001",
    "4294967297",
    "0",
    "0.0.0.0",
    "0x0",
    "127.0.0.1.",
    "127.0.0.1..",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fe80::1]",
    "[fec0::1]",
    "[fd00::1]",
    "[ff02::1]",
    "[100::1]",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "198.18.0.1",
    "192.0.0.192",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
];

/// How an attempt ends that never left.
const REFUSED: [&str; 3] = ["address_refused", "url_refused", "resolve"];

/// What is refused already when it is written down.
const MALFORMED: [&str; 12] = [
    "http://user@127.0.0.1/",
    "http://shop.example.com@127.0.0.1/",
    "http://a:b@127.0.0.1/",
    "http://127.0.0.1#@shop.example.com/",
    "http:///etc/passwd",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "//127.0.0.1/",
    "http://127.0.0.1:0/",
    "http://①②⑦.0.0.1/",
    "http://127。0。0。1/",
    "http://127.0.0.1\\\\@shop.example.com/",
];

/// Counts who gets in, by any address of this machine.
async fn trap() -> (u16, Arc<AtomicUsize>) {
    let both = TcpListener::bind("[::]:0").await;
    let listener = match both {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind("0.0.0.0:0").await.expect("a port is free"),
    };
    let port = listener.local_addr().expect("it listens").port();
    let caught = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&caught);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    (port, caught)
}

fn merchants(port: u16) -> (String, Vec<(&'static str, String)>) {
    let (mut text, mut secrets) = (String::new(), vec![]);
    for (index, hosts) in HOSTS.chunks(ENDPOINTS).enumerate() {
        text += &format!("\n[merchants.m{index}]\naccounts = [\"{ALIPAY}\"]\n");
        text += &format!("api_keys = [\"file:keys/m{index}.txt\"]\n");
        for (number, host) in hosts.iter().enumerate() {
            let secret = format!("s{index}-{number}.txt");
            text += &format!(
                "[[merchants.m{index}.endpoints]]\nid = \"e{number}\"\nschedule = [\"0s\"]\n\
                 url = \"http://{host}:{port}/\"\nsecret = \"file:keys/{secret}\"\n"
            );
            let bytes = format!("{:032}", index * ENDPOINTS + number);
            secrets.push((&*secret.leak(), format!("whsec_{}", base64(&bytes))));
        }
        let name = format!("m{index}.txt").leak();
        secrets.push((name, api_key(index)));
    }
    (text, secrets)
}

fn api_key(index: usize) -> String {
    format!("pk_egress_{index:032}")
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// One line for each endpoint that was tried: its merchant and name, and how it ended.
pub(crate) fn attempts(rig: &Rig) -> Vec<(String, String)> {
    let logs = rig.logs();
    let lines = logs.lines().filter_map(|it| serde_json::from_str::<Value>(it).ok());
    let tried = lines.filter(|it| it["message"] == "delivery.attempted");
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    tried
        .map(|it| {
            (format!("{}/{}", text(&it["merchant"]), text(&it["endpoint"])), text(&it["outcome"]))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_endpoint_leads_inside_however_it_is_spelt() {
    let (port, caught) = trap().await;
    let (more, secrets) = merchants(port);
    let delivery = format!("timeout = \"3s\"\nports = [{port}]").leak();
    let setup = Setup { more, secrets, delivery, ..Setup::default() };
    let mut rig = Rig::prepare(setup, Build::Plain).await;
    rig.edit(|it| it.replace("allow_private_addresses = true", "allow_private_addresses = false"));
    rig.start_gateway(&[]).await.expect("it starts");
    let mine = rig.api.api_key.clone();
    let merchants = HOSTS.len().div_ceil(ENDPOINTS);
    for (index, key) in (0..merchants).map(api_key).chain([mine.clone()]).enumerate() {
        let body = order("order_no", &format!("\"inside-{index}\""));
        let sent = String::from_utf8(create("inside", body)).expect("text").replace(&mine, &key);
        let made = ask(&rig, sent).await.json();
        let number = made["attempt"]["out_trade_no"].as_str().unwrap_or_default();
        assert!(rig.sandbox.pay(Channel::Alipay, number).is_ok(), "{made}");
    }
    let all = async || (attempts(&rig).len() > HOSTS.len()).then_some(());
    until("every endpoint was tried", all).await;
    for (endpoint, outcome) in attempts(&rig) {
        let index = |it: &str| it.trim_start_matches(['m', 'e']).parse::<usize>().ok();
        let place = endpoint.split_once('/').and_then(|it| Some((index(it.0)?, index(it.1)?)));
        let host = place.map_or("the shop's own", |it| HOSTS[it.0 * ENDPOINTS + it.1]);
        assert!(REFUSED.contains(&&*outcome), "{host}: {outcome}");
    }
    assert_eq!(caught.load(Ordering::SeqCst), 0, "somebody got in");
    assert!(rig.shop.heard().is_empty(), "the shop is inside, too");
    let metrics = rig.metrics().await;
    assert!(metrics.sum("paymux_delivery_attempts_total", &[("outcome", REFUSED[0])]) > 20);

    let path = rig.path("paymux.toml").display().to_string();
    for url in MALFORMED {
        let shop = rig.shop.url();
        let good = std::fs::read_to_string(&path).expect("the configuration");
        rig.edit(|it| it.replace(&shop, url));
        let checked = tokio::task::spawn_blocking({
            let path = path.clone();
            move || run(&["config", "check", &path])
        });
        let checked = checked.await.expect("it ends");
        let told = String::from_utf8_lossy(&checked.stderr).into_owned();
        assert!(!checked.status.success() && told.contains("endpoints[0].url"), "{url}: {told}");
        rig.edit(|_| good);
    }
}
