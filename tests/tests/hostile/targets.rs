//! Paths, names, methods and media types that are not what they seem.

use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;

use super::wire::{ask, bearer, create, nothing_was_made, order, request, talk};

const JSON: &str = "Content-Type: application/json\r\nIdempotency-Key: k\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a13_a14_order_numbers_are_of_one_alphabet() {
    let rig = Rig::start(Setup::default()).await;
    let long = "x".repeat(65);
    let bad = [
        "",
        " ",
        "a b",
        "a\\u0000",
        "a%00",
        "../a",
        "a/b",
        "a\\\\b",
        "1' or '1'='1",
        "a;drop--",
        "${jndi:ldap://a}",
        "{{7*7}}",
        "<b>",
        "a\\n",
        "A\u{430}",
        "ＡＢＣ",
        "a\u{200d}b",
        "茶",
        &long,
    ];
    for order_no in bad {
        let reply = ask(&rig, create("k", order("order_no", &format!("\"{order_no}\"")))).await;
        assert_eq!(reply.outcome(), "400 invalid-field", "{order_no}");
        assert_eq!(reply.json()["errors"][0]["pointer"], "/order_no", "{order_no}");
    }
    nothing_was_made(&rig).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a15_only_json_is_read() {
    let rig = Rig::start(Setup::default()).await;
    let types = [
        "",
        "Content-Type: text/plain\r\n",
        "Content-Type:\r\n",
        "Content-Type: multipart/form-data; boundary=x\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: application/json; charset=gbk\r\n",
        "Content-Type: application/jsonp\r\n",
        "Content-Type: application/json\r\nContent-Type: application/json\r\n",
        "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
    ];
    for lines in types {
        let fields = format!("Idempotency-Key: k\r\n{lines}");
        let reply = ask(&rig, request("POST /v1/payments", &fields, order("amount", "888"))).await;
        assert_eq!(reply.outcome(), "415 unsupported-media-type", "{lines}");
    }
    nothing_was_made(&rig).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a21_a22_a_path_is_what_it_says_and_a_parameter_is_there_once() {
    let rig = Rig::start(Setup::default()).await;
    let check = async |target: &str, expect: &str| {
        let reply = ask(&rig, request(&format!("GET {target}"), "", "")).await;
        let shown: String = target.chars().take(60).collect();
        assert_eq!(reply.outcome(), expect, "{shown}");
    };
    for target in ["//v1/payments", "/v1//payments", "/v1/payments/", "/./v1/payments"] {
        check(target, "404 not-found").await;
    }
    for target in
        ["/%76%31/payments", "/v1%2fpayments", "/x/../v1/payments", "/v1/%2e%2e/v1/payments"]
    {
        check(target, "404 not-found").await;
    }
    for target in ["/v1/payments/..%2f..%2fmetrics", "/v1/payments/%00", "/v1/payments;a=b"] {
        check(target, "404 not-found").await;
    }
    check("/v1/payments", "200").await;
    check("/v1/payments?limit=1&limit=1", "400 invalid-query").await;
    check("/v1/payments?order_no=a&order_no=b", "400 invalid-query").await;
    check("/v1/payments?limit=1&Limit=1", "400 invalid-query").await;
    check("/v1/payments?limit=1;limit=2", "400 invalid-query").await;
    check("/v1/payments?limit[]=1", "400 invalid-query").await;
    check("/v1/payments?%6cimit=1&limit=2", "400 invalid-query").await;
    check(&format!("/v1/payments?order_no={}", "x".repeat(60_000)), "400 invalid-query").await;
    check(&format!("/v1/payments?{}", "x".repeat(66_000)), "431").await;
    let reply =
        ask(&rig, request("GET /v1/payments", &format!("X: {}\r\n", "y".repeat(100_000)), ""));
    assert_eq!(reply.await.outcome(), "431");
    let reply = ask(&rig, request("GET /v1/payments", &"X: y\r\n".repeat(1000), "")).await;
    assert_eq!(reply.outcome(), "431");
    nothing_was_made(&rig).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a23_no_method_stands_for_another() {
    let rig = Rig::start(Setup::default()).await;
    let posted = order("amount", "888");
    for method in ["TRACE", "PUT", "PATCH", "DELETE", "BREW", "post", "OPTIONS"] {
        let reply = ask(&rig, request(&format!("{method} /v1/payments"), JSON, &posted)).await;
        assert_eq!(reply.outcome(), "405 method-not-allowed", "{method}");
        assert!(!reply.body.contains("tea") && !reply.head.contains("Bearer"), "{reply:?}");
    }
    for line in ["X-HTTP-Method-Override: POST", "X-HTTP-Method: POST", "X-Method-Override: POST"] {
        let fields = format!("{line}\r\n{JSON}");
        let reply = ask(&rig, request("GET /v1/payments?_method=POST", &fields, &posted)).await;
        assert_eq!(reply.outcome(), "400 invalid-query", "{line}");
        let reply = ask(&rig, request("GET /v1/payments", &fields, &posted)).await;
        assert_eq!(reply.outcome(), "200", "{line}");
    }
    for line in ["CONNECT 10.0.0.1:443", "CONNECT a", "OPTIONS *", "GET *", "GET v1/payments"] {
        let replies = talk(&rig, request(line, "", "")).await;
        let refused = replies.iter().all(|it| (400..500).contains(&it.status));
        assert!(refused && replies.len() <= 1, "{line}: {replies:?}");
    }
    nothing_was_made(&rig).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a24_neither_the_host_nor_a_forwarded_address_is_believed() {
    let setup = Setup {
        merchant: "allowed_ips = [\"127.0.0.1\"]",
        // A proxy of ours, and none that these tests come from.
        server: "trusted_proxies = [\"192.0.2.1\"]",
        ..Setup::default()
    };
    let rig = Rig::start(setup).await;
    let hosts = ["evil.example", "127.0.0.1:1", "a, b", "[::1", "", "a@b", "localhost:8081"];
    for (number, host) in hosts.iter().enumerate() {
        let body = order("order_no", &format!("\"host-{number}\"")).replace("qr", "page");
        let sent = String::from_utf8(create(&format!("h-{number}"), body)).expect("text");
        let reply = ask(&rig, sent.replace("Host: a", &format!("Host: {host}"))).await;
        assert_eq!(reply.status, 201, "{host}: {reply:?}");
        assert!(host.is_empty() || !reply.body.contains(host), "{host}: {}", reply.body);
    }
    // Of an absolute target, the path alone counts.
    let sent = request("GET http://evil.example/v1/payments", "", "");
    assert_eq!(ask(&rig, sent).await.status, 200);
    for line in ["X-Forwarded-For: 10.0.0.1", "Forwarded: for=10.0.0.1", "X-Real-IP: 10.0.0.1"] {
        let sent = request("GET /v1/payments", &format!("{line}\r\n"), "");
        assert_eq!(ask(&rig, sent).await.status, 200, "{line}");
    }
    let strange = super::wire::Wire::open_from([127, 0, 0, 9].into(), rig.node.ports[0]);
    let mut strange = strange.await;
    let spoofed = format!("{}X-Forwarded-For: 127.0.0.1\r\n", bearer());
    strange
        .send(format!("GET /v1/payments HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{spoofed}\r\n"))
        .await;
    assert_eq!(strange.replies().await[0].outcome(), "403 address-not-allowed");
}
