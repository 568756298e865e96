//! Asking where a payment would go.

use super::rig::Rig;

async fn check(rig: &Rig, body: &str, expect: &str, pointers: &[&str]) {
    let reply = rig.post("/v1/routing/explain", "key", body.to_owned()).await;
    assert_eq!(reply.outcome(), expect, "{body}");
    assert_eq!(reply.pointers(), pointers, "{body}");
}

#[tokio::test]
async fn a_question_needs_little_and_leaves_nothing() {
    let rig = Rig::new();
    let question =
        r#"{"amount":1,"currency":"CNY","method":"qr","at":"2026-12-01T08:00:00+08:00"}"#;
    let reply = rig.post("/v1/routing/explain", "key", question).await;
    let expect = r#"{"at":"2026-12-01T00:00:00.000Z","rule":null,"account":"ali","accounts":[{"account":"ali","reason":"chosen"}]}"#;
    assert_eq!(String::from_utf8_lossy(&reply.body), expect);
    let question = question.replace("qr", "barcode");
    let reply = rig.post("/v1/routing/explain", "key", question).await.json();
    assert!(reply["account"].is_null() && reply["rule"].is_null(), "{reply}");
    assert_eq!(reply["accounts"][0]["reason"], "method_not_offered");
    assert_eq!(rig.store.tables(), Rig::new().store.tables());
}

#[tokio::test]
async fn bad_questions_are_told_all_that_is_wrong() {
    let rig = Rig::new();
    let field = "400 invalid-field";
    check(&rig, "{}", field, &["/amount", "/currency", "/method"]).await;
    let question = |more: &str| format!(r#"{{"amount":1,"currency":"CNY","method":"qr",{more}}}"#);
    for (more, pointer) in [
        (r#""subject":"x""#, "/subject"),
        (r#""merchant":"other""#, "/merchant"),
        (r#""at":"2026-12-01T08:00:00""#, "/at"),
        (r#""at":1"#, "/at"),
        (r#""code_prefix":"1234567""#, "/code_prefix"),
        (r#""code_prefix":"""#, "/code_prefix"),
        (r#""code_prefix":"x""#, "/code_prefix"),
        (r#""order_no":"""#, "/order_no"),
    ] {
        check(&rig, &question(more), field, &[pointer]).await;
    }
    check(&rig, "[]", "400 malformed-json", &[]).await;
}
