//! The admin API's own answers: looking for payments, sending again, and the log of it.

use http::Method;
use paymux_store::Store as _;

use super::{Console, token};
use crate::api::tests::rig::Reply;

fn found(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.outcome(), "200", "{:?}", reply.body);
    let json = reply.json();
    let rows = json["data"].as_array().unwrap();
    rows.iter().map(|it| it["order_no"].as_str().unwrap().to_owned()).collect()
}

impl Console {
    async fn post(&self, path: &str, role: &str, body: &str) -> Reply {
        let request = http::Request::post(path).header("host", "127.0.0.1");
        let request = request.header("authorization", format!("Bearer {}", token(role)));
        self.send_with(request, body.to_owned()).await
    }
}

#[tokio::test]
async fn a_payment_is_found_by_every_number_it_has() {
    let console = Console::new();
    let id = console.rig.paid("A-1").await;
    console.rig.paid("A-2").await;
    let payment = console.get(&format!("/admin/v1/payments/{id}"), "viewer").await;
    assert_eq!(payment.text("/merchant"), "shop");
    let (trade, channel) =
        (payment.text("/attempt/out_trade_no"), payment.text("/attempt/channel_trade_no"));
    let event = id.replace("pay_", "evt_") + "0001";
    for number in [&id, "A-1", &trade, &channel, &event] {
        let path = format!("/admin/v1/payments?number={number}");
        assert_eq!(found(&console.get(&path, "viewer").await), ["A-1"], "{number}");
    }
    let nothing = console.get("/admin/v1/payments?number=A-3", "viewer").await;
    assert!(found(&nothing).is_empty());
}

#[tokio::test]
async fn a_merchants_payments_are_listed_in_pages() {
    let console = Console::new();
    for number in 1..=5 {
        console.rig.pass(std::time::Duration::from_secs(60));
        let order = format!("A-{number}");
        if number % 2 == 0 {
            console.rig.paid(&order).await;
        } else {
            console.rig.page(&order).await;
        }
    }
    let list = async |query: &str| {
        let reply = console.get(&format!("/admin/v1/payments?{query}"), "viewer").await;
        let next = reply.json()["next_cursor"].as_str().unwrap_or_default().to_owned();
        (found(&reply).join(" "), next)
    };
    let (first, next) = list("merchant=shop&limit=2").await;
    assert_eq!(first, "A-5 A-4");
    let (second, next) = list(&format!("merchant=shop&limit=2&cursor={next}")).await;
    assert_eq!(second, "A-3 A-2");
    let (third, next) = list(&format!("merchant=shop&limit=2&cursor={next}")).await;
    assert_eq!((third.as_str(), next.as_str()), ("A-1", ""));
    assert_eq!(list("merchant=shop&status=succeeded").await.0, "A-4 A-2");
    assert_eq!(list("merchant=shop&status=succeeded&limit=1").await.0, "A-4");
    // NOW is 12:34:56 in Shanghai.
    let times = "merchant=shop&from=2026-01-15T04:36:56Z&to=2026-01-15T04:38:56Z";
    assert_eq!(list(times).await.0, "A-3 A-2");
    assert_eq!(list("merchant=other").await.0, "");
}

#[tokio::test]
async fn what_cannot_be_asked_is_told() {
    let console = Console::new();
    let check = async |query: &str, pointer: &str| {
        let reply = console.get(&format!("/admin/v1/payments?{query}"), "viewer").await;
        assert_eq!(reply.outcome(), "400 invalid-query", "{query}");
        assert_eq!(reply.pointers(), [pointer], "{query}");
    };
    check("", "merchant").await;
    check("merchant=shop&status=paid", "status").await;
    check("merchant=shop&from=yesterday", "from").await;
    check("merchant=shop&limit=1000", "limit").await;
    check("merchant=shop&cursor=x", "cursor").await;
    check(&format!("number={}", "9".repeat(129)), "number").await;
    check("merchant=shop&order=asc", "order").await;
}

#[tokio::test]
async fn a_merchants_user_finds_its_own_alone() {
    let console = Console::new();
    let id = console.rig.paid("A-1").await;
    let mut users = super::users();
    let user = users.get_mut(&"merchant".parse().unwrap()).unwrap();
    user.role = super::Role::Merchant("other".parse().unwrap());
    let defaults = crate::settings::Settings::defaults().admin;
    console.desk.access.take(&crate::settings::Admin { users, ..defaults });
    for path in [format!("/admin/v1/payments/{id}"), format!("/admin/v1/payments/{id}/timeline")] {
        assert_eq!(console.get(&path, "merchant").await.outcome(), "404 not-found");
        assert_eq!(console.get(&path, "viewer").await.outcome(), "200");
    }
    for query in [format!("number={id}"), "number=A-1".into(), "merchant=shop".into()] {
        let reply = console.get(&format!("/admin/v1/payments?{query}"), "merchant").await;
        assert!(found(&reply).is_empty(), "{query}");
    }
}

#[tokio::test]
async fn sending_again_is_bounded_and_stands_in_the_log() {
    let console = Console::new();
    let id = console.rig.paid("A-1").await;
    let event = id.replace("pay_", "evt_") + "0001";
    let path = format!("/admin/v1/events/{event}/replay");
    assert_eq!(console.post(&path, "operator", "").await.text("/deliveries"), "1");
    let range =
        r#"{"merchant":"shop","endpoint":"hook","from":"2026-01-01T00:00:00Z","deliveries":"all"}"#;
    console.rig.pass(std::time::Duration::from_secs(1));
    // What is due and was not tried goes on as it is.
    let replayed = console.post("/admin/v1/replays", "operator", range).await;
    assert_eq!((replayed.status.as_u16(), replayed.text("/deliveries")), (202, "0".into()));
    let test = "/admin/v1/merchants/shop/endpoints/hook/test";
    let tested = console.post(test, "operator", "").await;
    assert_eq!(tested.status.as_u16(), 202);
    let stored = console.rig.store.event(tested.text("/event_id").parse().unwrap()).await.unwrap();
    assert_eq!(stored.unwrap().kind, "endpoint.test");
    console.post("/admin/v1/merchants/shop/endpoints/hook/disable", "admin", "").await;
    // What is refused has not happened.
    let unknown = console.post("/admin/v1/merchants/shop/endpoints/none/test", "admin", "").await;
    assert_eq!(unknown.outcome(), "404 not-found");
    let log = console.get("/admin/v1/audit", "viewer").await.json();
    let told = log["data"].as_array().unwrap().iter().map(|it| {
        let of = |name: &str| it[name].as_str().unwrap().to_owned();
        format!("{} {} {} {}", of("user"), of("role"), of("action"), of("object"))
    });
    let expect = [
        "admin admin endpoint.disable shop/hook".to_owned(),
        "operator operator endpoint.test shop/hook".to_owned(),
        format!("operator operator event.replay {event}"),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expect);
    let verified = console.ask(&Method::GET, "/admin/v1/audit/verify", Some(token("viewer"))).await;
    assert_eq!((verified.text("/whole"), verified.text("/entries")), ("true".into(), "3".into()));
}
