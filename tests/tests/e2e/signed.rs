//! Signed requests over real connections, and who may send them from where.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use paymux_tests::config::{API_KEY, Setup};
use paymux_tests::http::{Answer, Http};
use paymux_tests::rig::Rig;
use paymux_tests::signer::{self, Signer, Told, Wish};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) use paymux_tests::signer::signers;

/// Each is used once, so its name will do for a nonce.
pub(crate) fn wish(method: &str, target: &str, name: &str) -> Wish {
    Wish::new(method, target, name)
}

pub(crate) fn order(name: &str) -> Wish {
    let rest = r#""amount":888,"currency":"CNY","subject":"茉莉花茶","method":"qr""#;
    let body = format!(r#"{{"order_no":"{name}",{rest}}}"#).into_bytes();
    Wish { idempotency_key: name.into(), body, ..wish("POST", "/v1/payments", name) }
}

pub(crate) async fn send(base: &str, http: &Http, signer: &Signer, wish: &Wish) -> Answer {
    let mut request = Request::builder()
        .method(wish.method.as_str())
        .uri(format!("{base}{}", wish.target))
        .header("authorization", signer.authorization(wish));
    if !wish.idempotency_key.is_empty() {
        request = request.header("idempotency-key", &wish.idempotency_key);
        request = request.header("content-type", "application/json");
    }
    let request = request.body(Full::new(Bytes::from(wish.body.clone())));
    http.send(request.expect("it is well-formed")).await.expect("the gateway answers")
}

pub(crate) fn believes(signer: &Signer, wish: &Wish, answer: &Answer, keys: &Value) -> bool {
    let signature = answer.header("paymux-signature").unwrap_or_default();
    let told = Told { status: answer.status, signature, body: &answer.body };
    signer.believes(wish, told, keys)
}

pub(crate) async fn keys(rig: &Rig) -> Value {
    let url = format!("{}/v1/gateway-keys", rig.api.base);
    rig.http.get(&url).await.expect("the gateway answers").json()
}

#[tokio::test(flavor = "multi_thread")]
async fn three_kinds_of_keys_over_two_versions_of_http() {
    let rig = Rig::start(Setup { log: "info,paymux=trace", ..Setup::default() }).await;
    let keys = keys(&rig).await;
    let mut shown = vec![];
    for (version, http) in [("h1", Http::default()), ("h2", Http::second())] {
        for signer in signers() {
            let name = format!("{version}{}", signer.key_id.replace('-', ""));
            let made = order(&name);
            let answer = send(&rig.api.base, &http, &signer, &made).await;
            assert_eq!(answer.status, 201, "{name}: {answer:?}");
            assert!(believes(&signer, &made, &answer, &keys), "{name}: {answer:?}");
            let replayed = send(&rig.api.base, &http, &signer, &made).await;
            assert_eq!(
                (replayed.status, replayed.header("paymux-signature")),
                (401, None),
                "{name}"
            );
            let read =
                wish("GET", &format!("/v1/payments?limit=1&order_no={name}"), &format!("{name}r"));
            let answer = send(&rig.api.base, &http, &signer, &read).await;
            assert_eq!(answer.json()["data"][0]["order_no"], *name);
            assert!(believes(&signer, &read, &answer, &keys), "{name}: {answer:?}");
            let other = Wish { target: "/v1/events".into(), ..read.clone() };
            let stolen = Wish { nonce: format!("{name:x<32}"), ..other };
            let signature = signer.sign(&read.text());
            let request = Request::get(format!("{}{}", rig.api.base, stolen.target))
                .header("authorization", signer.shown(&stolen, &signature));
            let answer = http.send(request.body(Full::default()).expect("well-formed")).await;
            assert_eq!(answer.expect("the gateway answers").status, 401, "{name}");
            shown.push(signer.sign(&made.text()));
        }
    }
    let metrics = rig.metrics().await.0;
    assert!(metrics.contains(r#"paymux_authenticated_total{key="rsa-1",merchant="tests"} 4"#));
    assert!(metrics.contains(r#"paymux_unauthenticated_total{reason="nonce"} 6"#), "{metrics}");
    assert!(metrics.contains(r#"paymux_unauthenticated_total{reason="signature"} 6"#));
    let logs = rig.logs();
    assert!(logs.contains(r#""unauthenticated":"nonce""#) && logs.contains(r#""key":"rsa-1""#));
    let private = [signer::RSA, signer::ED25519, signer::GATEWAY].map(|it| it.lines().nth(1));
    let private = private.into_iter().flatten().chain([signer::SECRET, API_KEY]);
    for secret in private.chain(shown.iter().map(String::as_str)) {
        assert!(!logs.contains(secret) && !metrics.contains(secret), "{secret}");
    }
}

/// What a client's own library would never send.
async fn raw(rig: &Rig, head: &str, body: &[u8]) -> String {
    let mut stream =
        TcpStream::connect(("127.0.0.1", rig.node.ports[0])).await.expect("it listens");
    stream.write_all(&[head.as_bytes(), body].concat()).await.expect("it reads");
    let mut answer = vec![];
    stream.read_to_end(&mut answer).await.expect("it answers");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bytes_of_a_head_count_where_they_mean_something() {
    let rig = Rig::start(Setup::default()).await;
    let signer = &signers()[2];
    let check = async |name: &str, head: &dyn Fn(&Wish, &str) -> String, expect: &str| {
        let wish = order(name);
        let head = head(&wish, &signer.authorization(&wish)).replace('\n', "\r\n");
        assert_eq!(raw(&rig, &head, &wish.body).await, expect, "{name}: {head}");
    };
    let head = |wish: &Wish, authorization: &str| {
        let (key, length) = (&wish.idempotency_key, wish.body.len());
        format!(
            "POST /v1/payments HTTP/1.1\nHost: a\nConnection: close\nContent-Length: {length}\n\
             Content-Type: application/json\nAuthorization: {authorization}\n\
             Idempotency-Key: {key}\n\n"
        )
    };
    let (made, nobody) = ("HTTP/1.1 201 Created", "HTTP/1.1 401 Unauthorized");
    check("plain", &head, made).await;
    check("casing", &|wish, it| head(wish, it).replace("Authorization", "aUTHORIZATION"), made)
        .await;
    check(
        "keycasing",
        &|wish, it| head(wish, it).replace("Idempotency-Key", "IDEMPOTENCY-KEY"),
        made,
    )
    .await;
    check(
        "spaces",
        &|wish, it| head(wish, it).replace("Authorization: ", "Authorization: \t "),
        made,
    )
    .await;
    check("keyspaces", &|wish, it| head(wish, it).replace("\n\n", "  \n\n"), made).await;
    check("absolute", &|wish, it| head(wish, it).replace(" /v1", " http://a/v1"), made).await;
    check("elsewhere", &|wish, it| head(wish, it).replace(" /v1", " http://b/v1"), made).await;
    check("question", &|wish, it| head(wish, it).replace("payments ", "payments? "), nobody).await;
    check(
        "twice",
        &|wish, it| {
            head(wish, it)
                .replace("Host", &format!("Idempotency-Key: {}\nHost", wish.idempotency_key))
        },
        nobody,
    )
    .await;
    check("empty", &|wish, it| head(wish, it).replace("Host", "Idempotency-Key:\nHost"), nobody)
        .await;
    let old = |wish: &Wish, it: &str| head(wish, it).replace("HTTP/1.1", "HTTP/1.0");
    check("old", &old, "HTTP/1.0 201 Created").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_what_the_proxy_says() {
    let setup = Setup {
        server: "trusted_proxies = [\"127.0.0.1\"]",
        merchant: "allowed_ips = [\"203.0.113.0/24\"]\nrequire_signature = true",
        ..Setup::default()
    };
    let rig = Rig::start(setup).await;
    let signer = &signers()[0];
    let check = async |name: &str, forwarded: &str, expect: u16| {
        let wish = wish("GET", "/v1/events", name);
        let request = Request::get(format!("{}/v1/events", rig.api.base))
            .header("authorization", signer.authorization(&wish))
            .header("x-forwarded-for", forwarded)
            .header("forwarded", "for=203.0.113.9");
        let request = request.body(Full::default()).expect("well-formed");
        let answer = rig.http.send(request).await.expect("the gateway answers");
        assert_eq!(answer.status, expect, "{name}: {answer:?}");
        assert!(believes(signer, &wish, &answer, &Value::Null));
    };
    check("allowed", "198.51.100.1, 203.0.113.9", 200).await;
    check("spoofed", "203.0.113.9, 198.51.100.1", 403).await;
    check("silent", "", 403).await;
    let bearer = rig.api.get("/v1/events").await;
    assert_eq!((bearer.status, bearer.code().as_str()), (401, "unauthenticated"));
}
