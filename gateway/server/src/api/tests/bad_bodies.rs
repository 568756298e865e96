//! Everything that can be wrong with a body, one line each.

use super::rig::{Rig, never, order};

async fn check(rig: &Rig, body: impl Into<Vec<u8>>, expect: &str, pointers: &[&str]) {
    let body = body.into();
    let text = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
    let reply = rig.post("/v1/payments", "key", body).await;
    assert_eq!(reply.outcome(), expect, "{text}");
    assert_eq!(reply.pointers(), pointers, "{text}");
    assert!(rig.store.tables().payments.is_empty(), "{text}");
}

/// The smallest order with one member changed, or added.
fn with(name: &str, value: &str) -> String {
    let mut members = vec![
        ("order_no", r#""A-1""#),
        ("amount", "8888"),
        ("currency", r#""CNY""#),
        ("subject", r#""x""#),
        ("method", r#""page""#),
    ];
    members.retain(|it| it.0 != name);
    members.push((name, value));
    let members: Vec<_> = members.iter().map(|(name, it)| format!(r#""{name}":{it}"#)).collect();
    format!("{{{}}}", members.join(","))
}

fn parts(amounts: &[i64]) -> String {
    let part = |(index, amount): (usize, &i64)| {
        format!(r#"{{"account":"a{index}","amount":{amount},"subject":"tea"}}"#)
    };
    let parts: Vec<_> = amounts.iter().enumerate().map(part).collect();
    format!("[{}]", parts.join(","))
}

const FIELD: &str = "400 invalid-field";
const MALFORMED: &str = "400 malformed-json";

#[tokio::test]
async fn values_that_cannot_be() {
    let rig = Rig::new();
    let long = |count: usize| format!("\"{}\"", "x".repeat(count));
    let url = |it: &str| format!("\"https://shop.example.com/{it}\"");
    let mut cases: Vec<(&str, String)> = vec![];
    let mut add = |name, values: &[&str]| {
        cases.extend(values.iter().map(|value| (name, (*value).to_owned())));
    };
    add("amount", &["0", "-1", "1.5", "1.0", "1e2", "\"100\"", "9223372036854775808", "null"]);
    add("amount", &["true", "[]", "{}", "10000000001", "-0", "9223372036854775807"]);
    add("currency", &["\"cny\"", "\"XXX\"", "\"\"", "null", "1", "\"CNY \""]);
    add("order_no", &["\"\"", "\"a b\"", "\"a%00\"", "\"../a\"", "\"a'; drop--\"", "1", "null"]);
    add("order_no", &["\"${jndi:x}\"", "\"\u{430}bc\"", &long(65)]);
    add("subject", &["\"\"", "null", "1", &long(128), "\"a\\u0000\"", "\"a\\nb\"", "\"a\\u0085\""]);
    add("subject", &["\"4111111111111111\"", "\"卡 6200000000000005 号\"", "\"\\u007f\""]);
    add("method", &["\"QR\"", "\"\"", "\"fax\"", "null", "1"]);
    add("channel", &["\"\"", "\"Ali pay\"", "null", "7", &long(21)]);
    add("payer", &["null", "[]", "\"1.2.3.4\""]);
    add("metadata", &["null", "[]", "\"x\"", "1"]);
    add("return_url", &["\"\"", "null", "\"/back\"", "\"ftp://a/b\"", "\"javascript:alert(1)\""]);
    add("return_url", &["\"//a.example/b\"", "\"https:///b\"", "\"https://u:p@a.example/\""]);
    add("return_url", &[&url("a b"), &url("店"), &url("a\\\\b"), &url(&"x".repeat(2048))]);
    add("return_url", &["\"https://a.example\\\\@b.example/\"", "\"https://a.example\\u0009/\""]);
    add("parts", &["null", "{}", "[]", "\"a\"", &parts(&[8888]), &parts(&[808; 11])]);
    add("parts", &[&parts(&[8000, 889]), &parts(&[8000, 887])]);
    add("expires_in", &["59", "7201", "0", "-60", "1800.5", "\"1800\"", "null"]);
    for (name, value) in cases {
        check(&rig, with(name, &value), FIELD, &[&format!("/{name}")]).await;
    }
}

#[tokio::test]
async fn values_inside_of_values() {
    let rig = Rig::new();
    let check = async |name: &str, value: &str, pointer: &str| {
        check(&rig, with(name, value), FIELD, &[pointer]).await;
    };
    check("payer", r#"{"client_ip":"1.2.3"}"#, "/payer/client_ip").await;
    check("payer", r#"{"client_ip":null}"#, "/payer/client_ip").await;
    check("payer", r#"{"ip":"1.2.3.4"}"#, "/payer/ip").await;
    check("payer", r#"{"client_ip":"::1","client_ip":"::1"}"#, "/payer/client_ip").await;
    check("payer", r#"{"user_agent":""}"#, "/payer/user_agent").await;
    check("payer", r#"{"user_agent":"a\u0000"}"#, "/payer/user_agent").await;
    // Codes go with the method that takes them, and only with it.
    check("method", r#""barcode""#, "/payer/auth_code").await;
    check("payer", r#"{"auth_code":"281234567890123456"}"#, "/payer/auth_code").await;
    check("payer", r#"{"auth_code":"28123456789012 456"}"#, "/payer/auth_code").await;
    check("payer", r#"{"openid":"a b"}"#, "/payer/openid").await;
    check("parts", &parts(&[8888, 0]), "/parts/1/amount").await;
    check("parts", &parts(&[8000, 888]).replace("\"a1\"", "\"A 1\""), "/parts/1/account").await;
    check("parts", &parts(&[8000, 888]).replace("\"tea\"", "7"), "/parts/0/subject").await;
    check("parts", &parts(&[8000, 888]).replace("subject", "title"), "/parts/0/title").await;
    check("parts", r#"[{"account":"a","subject":"x"},{}]"#, "/parts/0/amount").await;
    check("parts", "[1,2]", "/parts/0").await;
    check("metadata", r#"{"a":1}"#, "/metadata/a").await;
    check("metadata", r#"{"a":null}"#, "/metadata/a").await;
    check("metadata", r#"{"a":{}}"#, "/metadata/a").await;
    check("metadata", r#"{"a":"x","a":"x"}"#, "/metadata/a").await;
    check("metadata", r#"{"":"x"}"#, "/metadata/").await;
    check("metadata", r#"{"a/b":"x"}"#, "/metadata/a~1b").await;
    check("metadata", r#"{"店":"x"}"#, "/metadata/店").await;
    check("metadata", r#"{"a":"\u0000"}"#, "/metadata/a").await;
    check("metadata", r#"{"card":"4111111111111111"}"#, "/metadata/card").await;
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(501));
    check("metadata", &long, "/metadata/a").await;
    let key = "k".repeat(41);
    check("metadata", &format!(r#"{{"{key}":"x"}}"#), &format!("/metadata/{}", &key[..40])).await;
    let many: Vec<_> = (0..21).map(|it| format!(r#""k{it}":"x""#)).collect();
    check("metadata", &format!("{{{}}}", many.join(",")), "/metadata").await;
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once() {
    let rig = Rig::new();
    let all = ["/order_no", "/amount", "/currency", "/subject", "/method"];
    check(&rig, "{}", FIELD, &all).await;
    check(&rig, r#"{"colour":"red","amount":0}"#, FIELD, &{
        ["/order_no", "/amount", "/currency", "/subject", "/method", "/colour"]
    })
    .await;
    check(&rig, with("colour", "1"), FIELD, &["/colour"]).await;
    let twice = order("A-1").replace("{", r#"{"amount":1,"#);
    check(&rig, twice, FIELD, &["/amount"]).await;
}

#[tokio::test]
async fn what_is_not_an_object_of_json() {
    let rig = Rig::new();
    let good = order("A-1");
    let texts = [
        "",
        " ",
        "{",
        "null",
        "1",
        "\"x\"",
        "[]",
        "true",
        "NaN",
        "{'a':1}",
        "{\"a\":1,}",
        "{}{}",
        r#"{"amount":NaN}"#,
        r#"{"amount":01}"#,
        r#"{"amount":+1}"#,
        r#"{"subject":"\ud800"}"#,
        r#"{"subject":"\udc00"}"#,
        "{\"subject\":\"\u{0}\"}",
        "{\"subject\":\"a\nb\"}",
        r#"{"subject":"\x"}"#,
        r#"{"amount":1e999}"#,
        "// {}",
        r#"{"amount":0x10}"#,
    ];
    for text in texts {
        check(&rig, text, MALFORMED, &[]).await;
    }
    let marked = rig.post("/v1/payments", "key", format!("\u{feff}{good}")).await;
    assert_eq!(marked.outcome(), MALFORMED);
    assert_eq!(marked.text("/detail"), "it begins with a byte order mark");
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(&rig, utf16, MALFORMED, &[]).await;
    check(&rig, &b"{\"subject\":\"\xd6\xd0\"}"[..], MALFORMED, &[]).await;
    for depth in [33, 127, 128, 10_000] {
        let deep = "[".repeat(depth - 1) + &"]".repeat(depth - 1);
        check(&rig, format!(r#"{{"metadata":{deep}}}"#), MALFORMED, &[]).await;
    }
    let digits = format!(r#"{{"amount":{}}}"#, "9".repeat(60_000));
    let reply = rig.post("/v1/payments", "key", digits).await;
    assert_eq!(reply.status, 400);
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let rig = Rig::new();
    let padded = |bytes: usize| order("A-1") + &" ".repeat(bytes - order("A-1").len());
    let reply = rig.post("/v1/payments", "key", padded(65537)).await;
    assert_eq!(reply.outcome(), "413 body-too-large");
    // One that says so is refused before anybody asks whose it is.
    let nobodys = http::Request::post("/v1/payments").body(padded(65537).into()).unwrap();
    assert_eq!(rig.send(nobodys).await.outcome(), "413 body-too-large");
    // One that does not is read no further than the limit.
    let reply = rig.post("/v1/payments", "key", unsized_body(padded(65537))).await;
    assert_eq!(reply.outcome(), "413 body-too-large");
    let reply = rig.post("/v1/payments", "key", unsized_body(padded(65536))).await;
    assert_eq!(reply.outcome(), "202");
}

/// The same bytes, without the length.
fn unsized_body(text: String) -> axum::body::Body {
    struct Unsized(axum::body::Body);

    impl http_body::Body for Unsized {
        type Data = bytes::Bytes;
        type Error = axum::Error;

        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            context: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, axum::Error>>> {
            std::pin::Pin::new(&mut self.0).poll_frame(context)
        }
    }

    axum::body::Body::new(Unsized(text.into()))
}

#[tokio::test(start_paused = true)]
async fn a_body_has_its_time() {
    let rig = Rig::new();
    let reply = rig.post("/v1/payments", "key", never()).await;
    assert_eq!(reply.outcome(), "408 request-timeout");
}

#[tokio::test]
async fn a_refunds_body() {
    let rig = Rig::new();
    let id = rig.paid("A-1").await;
    let path = format!("/v1/payments/{id}/refunds");
    let check = async |body: &str, pointer: &str| {
        let reply = rig.post(&path, "key", body.to_owned()).await;
        assert_eq!((reply.outcome().as_str(), reply.pointers()), (FIELD, vec![pointer.to_owned()]));
    };
    let body = |reason: &str| {
        format!(r#"{{"refund_no":"R","amount":1,"currency":"CNY","reason":{reason}}}"#)
    };
    check(r#"{"refund_no":"R 1","amount":1,"currency":"CNY"}"#, "/refund_no").await;
    check(r#"{"refund_no":"R","amount":0,"currency":"CNY"}"#, "/amount").await;
    check(r#"{"refund_no":"R","amount":1}"#, "/currency").await;
    check(&body("\"\""), "/reason").await;
    check(&body(&format!("\"{}\"", "理".repeat(81))), "/reason").await;
    check(&body("\"4111111111111111\""), "/reason").await;
    check(&body("\"a\\tb\""), "/reason").await;
}

#[tokio::test]
async fn text_is_kept_byte_for_byte() {
    let rig = Rig::new();
    let subject = "😀\u{202e}e\u{301}\u{200b} \\\"<b>&amp;";
    let json = serde_json::to_string(subject).unwrap();
    let body = with("subject", &json).replace(r#""method":"page""#, r#""method":"app""#);
    // Refused by routing, so its form was right.
    assert_eq!(rig.post("/v1/payments", "k1", body).await.outcome(), "422 no-route");
    let metadata = format!(r#"{{"note":{json},"empty":""}}"#);
    let reply = rig.post("/v1/payments", "k2", with("metadata", &metadata)).await;
    assert_eq!((reply.outcome().as_str(), reply.text("/metadata/note").as_str()), ("201", subject));
}

/// Settlements pay under these: a merchant that took one first would keep its own from being paid.
#[tokio::test]
async fn transfer_numbers_of_settlements_are_nobodys() {
    let rig = Rig::new();
    let transfer = |transfer_no: &str| {
        format!(
            r#"{{"account":"ali","transfer_no":"{transfer_no}","amount":1,"currency":"CNY",
            "payee":{{"type":"user_id","account":"2088"}},"title":"x"}}"#
        )
    };
    let reply = rig.post("/v1/transfers", "k", transfer("stl_shop_CNY_000001-1")).await;
    assert_eq!((reply.outcome(), reply.pointers()), (FIELD.into(), vec!["/transfer_no".into()]));
    let reply = rig.post("/v1/transfers", "k", transfer("Stl_1")).await;
    assert_eq!(reply.pointers(), [""; 0]);
}
