//! A shop of epay (易支付): it submits by the browser or by its server, is told by GET, asks, and
//! gives money back.

use std::collections::BTreeMap;

use http::Request;
use http_body_util::Full;
use md5::{Digest as _, Md5};
use paymux_sandbox::Channel;
use paymux_tests::http::Answer;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use serde_json::Value;

use super::ear::Ear;
use super::{EPAY_KEY, form, get, owned, post_form, setup, unform};

type Params = Vec<(String, String)>;

/// As the protocol says: sorted, joined, the key behind it.
fn sign(params: &[(String, String)], key: &str) -> String {
    let signed = params
        .iter()
        .filter(|(name, value)| name != "sign" && name != "sign_type" && !value.trim().is_empty());
    let sorted: BTreeMap<_, _> = signed.map(|(name, value)| (name, value)).collect();
    let pairs: Vec<_> = sorted.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let digest = Md5::digest(format!("{}{key}", pairs.join("&")));
    digest.iter().map(|it| format!("{it:02x}")).collect()
}

fn signed(params: &[(&str, &str)]) -> Params {
    let mut params = owned(params);
    let sign = sign(&params, EPAY_KEY);
    params.extend(owned(&[("sign", &sign), ("sign_type", "MD5")]));
    params
}

/// An order, with what differs.
fn order(number: &str, notify_url: &str, more: &[(&str, &str)]) -> Params {
    let mut params = BTreeMap::from([
        ("pid", "1001"),
        ("type", "alipay"),
        ("out_trade_no", number),
        ("notify_url", notify_url),
        ("return_url", "https://shop.example/return.php?a=1"),
        ("name", "VIP会员"),
        ("money", "1.00"),
        ("clientip", "192.168.1.100"),
        ("device", "pc"),
        ("param", "user=7&x=é"),
    ]);
    params.extend(more.iter().copied());
    signed(&params.into_iter().collect::<Vec<_>>())
}

fn of(params: &[(String, String)], name: &str) -> String {
    params.iter().find(|it| it.0 == name).map(|it| it.1.clone()).unwrap_or_default()
}

/// What the channel has of a payment of ours, at one or the other.
fn at_channels(rig: &Rig, trade_no: &str) -> Vec<paymux_sandbox::OrderView> {
    let digits = trade_no.trim_start_matches("pay_").to_owned();
    let orders = rig.sandbox.orders(0, 1000).into_iter();
    orders.filter(|it| it.out_trade_no.starts_with(&digits)).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

async fn asked(rig: &Rig, act: &str, more: &[(&str, &str)]) -> Value {
    let mut params = owned(&[("act", act), ("pid", "1001"), ("key", EPAY_KEY)]);
    params.extend(owned(more));
    get(rig, "/api.php", &params).await.json()
}

async fn refund(rig: &Rig, number: &str, money: &str) -> Answer {
    let params =
        owned(&[("pid", "1001"), ("key", EPAY_KEY), ("out_trade_no", number), ("money", money)]);
    post_form(rig, "/api.php?act=refund", &params).await
}

/// Signed by the shop's key, and nothing in it that is not signed.
fn verified(query: &str) -> Params {
    let params = unform(query);
    assert_eq!(of(&params, "sign"), sign(&params, EPAY_KEY), "{query}");
    assert_eq!(of(&params, "sign_type"), "MD5");
    params
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_of_epay_lives_on() {
    let (rig, ear) = (Rig::start(setup()).await, Ear::open().await);
    sells_by_its_server(&rig, &ear).await;
    submits_by_the_browser(&rig, &ear).await;
    repeats(&rig, &ear).await;
    is_told_again_until_it_says_success(&rig, &ear).await;
    refuses(&rig, &ear).await;
    asks_again_for_a_refund(&rig, &ear).await;
    let logs = rig.logs();
    assert!(!logs.contains(EPAY_KEY), "the key travels in URLs, and never into a log");
    let labels = [("route", "/api.php")];
    assert!(rig.metrics().await.sum("paymux_http_requests_total", &labels) > 0);
}

async fn sells_by_its_server(rig: &Rig, ear: &Ear) {
    for (kind, channel, number) in
        [("alipay", Channel::Alipay, "E-1"), ("wxpay", Channel::Wechat, "E-2")]
    {
        let notify = ear.url(&format!("/{kind}?from=shop"));
        let params = order(number, &notify, &[("type", kind)]);
        let answer = post_form(rig, "/mapi.php", &params).await;
        let made = answer.json();
        assert_eq!((answer.status, &made["code"]), (200, &1.into()), "{made}");
        assert!(made["qrcode"].as_str().is_some_and(|it| it.contains("://")), "{made}");
        let trade_no = text(&made["trade_no"]);
        let unpaid = asked(rig, "order", &[("out_trade_no", number)]).await;
        assert_eq!((&unpaid["code"], &unpaid["status"]), (&1.into(), &0.into()), "{unpaid}");
        assert!(ear.calls(&format!("/{kind}")).is_empty(), "nothing is told before it is paid");

        let [at_channel] = &at_channels(rig, &trade_no)[..] else { panic!("one order") };
        assert_eq!(at_channel.total_fen, 100, "yuan are not fen");
        rig.sandbox.pay(channel, &at_channel.out_trade_no).expect("it is paid");
        let call = ear.hears(&format!("/{kind}"), 1).await.remove(0);
        let shape = (call.method.as_str(), call.content_type.as_str(), call.body.as_str());
        assert_eq!(shape, ("GET", "", ""));
        let query = call.query.strip_prefix("from=shop&").expect("behind the shop's own");
        let told = verified(query);
        let expect = [
            ("pid", "1001"),
            ("trade_no", trade_no.as_str()),
            ("out_trade_no", number),
            ("type", kind),
            ("name", "VIP会员"),
            ("money", "1"),
            ("trade_status", "TRADE_SUCCESS"),
            ("param", "user=7&x=é"),
        ];
        for (name, value) in expect {
            assert_eq!(of(&told, name), value, "{name}: {told:?}");
        }
        let paid = asked(rig, "order", &[("trade_no", &trade_no)]).await;
        assert_eq!((&paid["status"], &paid["money"]), (&1.into(), &"1.00".into()), "{paid}");
        assert!(!text(&paid["api_trade_no"]).is_empty() && paid["key"].is_null(), "{paid}");
        gives_back(rig, number, &trade_no).await;
        says_no_more(rig, &trade_no).await;
        assert_eq!(ear.calls(&format!("/{kind}")).len(), 1);
    }
    let page = asked(rig, "orders", &[("limit", "1"), ("offset", "1")]).await;
    assert_eq!(page["data"][0]["out_trade_no"], "E-1", "{page}");
    let known = asked(rig, "query", &[]).await;
    assert_eq!((&known["code"], &known["active"]), (&1.into(), &1.into()), "{known}");
}

/// One amount once, whoever asks again; the rest under its own amount; never more than was paid.
async fn gives_back(rig: &Rig, number: &str, trade_no: &str) {
    for _ in 0..3 {
        let back = refund(rig, number, "0.3").await.json();
        assert_eq!(back["code"], 0, "0 is success here: {back}");
    }
    let refunded = async || at_channels(rig, trade_no)[0].refunded_fen;
    until("the first refund", async || (refunded().await == 30).then_some(())).await;
    let much = refund(rig, number, "0.71").await.json();
    assert_eq!((&much["code"], &much["problem"]), (&(-1).into(), &"refund-exceeds-paid".into()));
    assert_eq!(refund(rig, number, "0.70").await.json()["code"], 0);
    until("all of it", async || (refunded().await == 100).then_some(())).await;
    let look = async || {
        let order = asked(rig, "order", &[("out_trade_no", number)]).await;
        (order["status"] == 2).then_some(())
    };
    until("the order says so", look).await;
}

/// What the channel refused once is tried again by asking again, and goes back once.
async fn asks_again_for_a_refund(rig: &Rig, ear: &Ear) {
    let name = [("name", "Tea [sandbox:refund_closed]")];
    let made = post_form(rig, "/mapi.php", &order("E-6", &ear.url("/refused"), &name)).await;
    let trade_no = text(&made.json()["trade_no"]);
    let at_channel = || at_channels(rig, &trade_no).remove(0);
    rig.sandbox.pay(Channel::Alipay, &at_channel().out_trade_no).expect("it is paid");
    ear.hears("/refused", 1).await;
    refund(rig, "E-6", "0.3").await;
    let failed =
        |it: &Value| it["type"] == "refund.failed" && it["data"]["payment"]["id"] == *trade_no;
    let refused = async || rig.api.events(100).await.iter().any(failed).then_some(());
    until("it is refused", refused).await;
    assert_eq!(at_channel().refunded_fen, 0);
    let back = async || {
        assert!(at_channel().refunded_fen <= 30);
        let taken = refund(rig, "E-6", "0.3").await.json()["code"] == 0;
        (taken && at_channel().refunded_fen == 30).then_some(())
    };
    until("it is given back", back).await;
}

/// All is given back: nobody is told any more, signed, that it is paid.
async fn says_no_more(rig: &Rig, trade_no: &str) {
    let events = rig.api.events(100).await;
    let paid =
        |it: &&Value| it["data"]["payment"]["id"] == trade_no && it["type"] == "payment.succeeded";
    let event = text(&events.iter().find(paid).expect("its event")["id"]);
    let again = rig.api.act(&format!("/v1/events/{event}/replay?endpoint=epay")).await;
    assert_eq!(again.status, 202, "{again:?}");
    let path = format!("/v1/payments/{trade_no}/timeline");
    let look = async || {
        let timeline = rig.api.get(&path).await.json().to_string();
        timeline.contains("nothing_to_tell").then_some(timeline)
    };
    let timeline = until("it is over", look).await;
    assert!(timeline.contains(r#""state":"exhausted""#), "at once: {timeline}");
}

async fn submits_by_the_browser(rig: &Rig, ear: &Ear) {
    is_looked_at(rig, &ear.url("/looked")).await;
    let params = order("E-3", &ear.url("/browser"), &[("type", "wxpay")]);
    let led = get(rig, "/submit.php", &params).await;
    let page = led.header("location").expect("a page").to_owned();
    assert_eq!((led.status, page.contains("/c/")), (303, true), "{led:?}");
    let shown = rig.http.get(&page).await.expect("the page answers");
    assert_eq!(shown.status, 200);
    let trade_no = text(&asked(rig, "order", &[("out_trade_no", "E-3")]).await["trade_no"]);
    let [first] = &at_channels(rig, &trade_no)[..] else { panic!("one order") };
    assert_eq!(first.channel, Channel::Wechat);

    // Again, by POST and another way: the same order, and one of the two can be paid.
    let params = order("E-3", &ear.url("/browser"), &[("type", "alipay")]);
    let again = post_form(rig, "/submit.php", &params).await;
    assert_eq!(again.header("location"), Some(page.as_str()), "{again:?}");
    let orders = at_channels(rig, &trade_no);
    let open: Vec<_> =
        orders.iter().filter(|it| it.status != paymux_sandbox::Status::Closed).collect();
    assert_eq!((orders.len(), open.len(), open[0].channel), (2, 1, Channel::Alipay), "{orders:?}");
    // Without a type, its payer chooses.
    let params = order("E-3", &ear.url("/browser"), &[("type", "")]);
    let chosen = get(rig, "/submit.php", &params).await;
    assert_eq!(chosen.header("location"), Some(page.as_str()));
    assert_eq!(at_channels(rig, &trade_no).len(), 2, "looking opens nothing");

    rig.sandbox.pay(Channel::Alipay, &open[0].out_trade_no).expect("it is paid");
    ear.hears("/browser", 1).await;
    let shown = rig.http.get(&page).await.expect("the page answers");
    let html = String::from_utf8(shown.body.to_vec()).expect("UTF-8").replace("&#38;", "&");
    let (_, back) = html.split_once("https://shop.example/return.php?a=1&").expect("a way back");
    let back = verified(back.split('"').next().expect("a quote"));
    assert_eq!(
        (of(&back, "trade_status"), of(&back, "money")),
        ("TRADE_SUCCESS".into(), "1".into())
    );
    let paid = get(rig, "/submit.php", &params).await;
    assert!(paid.header("location").is_none(), "a paid order is paid: {paid:?}");
    assert!(String::from_utf8_lossy(&paid.body).starts_with("payment-paid"), "{paid:?}");
}

/// Who fetches a link from another device, or its head alone, ends nobody's order.
async fn is_looked_at(rig: &Rig, notify_url: &str) {
    let path = format!("{}/submit.php?{}", rig.api.base, form(&order("E-30", notify_url, &[])));
    let fetched = async |method: &str, agent: &str| {
        let request = Request::builder().method(method).uri(&path).header("user-agent", agent);
        let request = request.body(Full::default()).expect("a request");
        rig.http.send(request).await.expect("the gateway answers")
    };
    let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile";
    assert_eq!(fetched("HEAD", phone).await.status, 204);
    let none = asked(rig, "order", &[("out_trade_no", "E-30")]).await;
    assert_eq!(none["problem"], "not-found", "{none}");
    assert_eq!(fetched("GET", phone).await.status, 303);
    let trade_no = text(&asked(rig, "order", &[("out_trade_no", "E-30")]).await["trade_no"]);
    let looked = fetched("GET", "Slackbot-LinkExpanding 1.0").await;
    assert!(looked.header("location").is_some_and(|it| it.contains("/c/")), "{looked:?}");
    let timeline = rig.api.get(&format!("/v1/payments/{trade_no}/timeline")).await;
    let timeline = timeline.json().to_string();
    assert_eq!(timeline.matches("attempt.dispatched").count(), 1, "{timeline}");
}

async fn repeats(rig: &Rig, ear: &Ear) {
    let params = order("E-4", &ear.url("/repeat"), &[]);
    let (one, two) =
        tokio::join!(post_form(rig, "/mapi.php", &params), post_form(rig, "/mapi.php", &params),);
    let answers = [one, two];
    let made = post_form(rig, "/mapi.php", &params).await.json();
    let trade_no = text(&made["trade_no"]);
    for answer in answers.iter().map(Answer::json).filter(|it| it["code"] == 1) {
        assert_eq!(answer["trade_no"], made["trade_no"], "one order, one payment");
    }
    assert_eq!(at_channels(rig, &trade_no).len(), 1, "replayed, and not paid twice");
    for (name, value) in [
        ("money", "1.01"),
        ("name", "another"),
        ("notify_url", "http://127.0.0.1:9/other"),
        ("return_url", "https://shop.example/other"),
        ("param", "other"),
    ] {
        let params = order("E-4", &ear.url("/repeat"), &[(name, value)]);
        let other = post_form(rig, "/mapi.php", &params);
        let other = other.await.json();
        assert_eq!((&other["code"], &other["problem"]), (&(-1).into(), &"order-no-taken".into()));
    }
    let same = order("E-4", &ear.url("/repeat"), &[("money", "1")]);
    assert_eq!(post_form(rig, "/mapi.php", &same).await.json()["trade_no"], *trade_no);
    // What nobody signed changes nothing.
    let mut short = order("E-41", &ear.url("/repeat"), &[("param", "")]);
    let trade_no = text(&post_form(rig, "/mapi.php", &short).await.json()["trade_no"]);
    short.iter_mut().find(|it| it.0 == "param").expect("param").1 = " \t".to_owned();
    short.extend(owned(&[("money[]", "0.01")]));
    assert_eq!(post_form(rig, "/mapi.php", &short).await.json()["trade_no"], *trade_no);
}

async fn is_told_again_until_it_says_success(rig: &Rig, ear: &Ear) {
    ear.script(&[(200, "fail"), (500, "success"), (302, "success"), (200, "<b>Success</b>")]);
    // Every character takes nine bytes of the URL: longer than any order's own.
    let param = "茶".repeat(512);
    let params = order("E-5", &ear.url("/again"), &[("money", "0.10"), ("param", &param)]);
    let made = post_form(rig, "/mapi.php", &params).await.json();
    let order = at_channels(rig, &text(&made["trade_no"])).remove(0);
    rig.sandbox.pay(Channel::Alipay, &order.out_trade_no).expect("it is paid");
    let calls = ear.hears("/again", 4).await;
    for call in &calls {
        let told = verified(&call.query);
        assert_eq!((of(&told, "money"), of(&told, "param")), ("0.1".to_owned(), param.clone()));
    }
    let path = format!("/v1/payments/{}/timeline", text(&made["trade_no"]));
    let look = async || {
        let timeline = rig.api.get(&path).await.json().to_string();
        timeline.contains("acknowledged").then_some(timeline)
    };
    let timeline = until("it is taken", look).await;
    assert!(timeline.contains("body_not_success"), "{timeline}");
    assert_eq!(ear.calls("/again").len(), 4, "and then no more");
    let events = rig.api.events(100).await;
    let event = events.iter().find(|it| it["data"]["payment"]["id"] == made["trade_no"]);
    let event = text(&event.expect("its event")["id"]);
    let again = rig.api.act(&format!("/v1/events/{event}/replay?endpoint=epay")).await;
    assert_eq!(again.status, 202, "{again:?}");
    verified(&ear.hears("/again", 5).await[4].query);
    let listed = rig.api.get("/v1/endpoints").await.json();
    let door = |it: &Value| it["id"] == "epay" && it["status"] == "enabled";
    assert!(listed["data"].as_array().is_some_and(|it| it.iter().any(door)), "{listed}");
}

async fn refuses(rig: &Rig, ear: &Ear) {
    let before = rig.sandbox.orders(0, 1000).len();
    let url = ear.url("/never");
    let refused = async |params: &Params, code: i64, problem: &str, says: &str| {
        let answer = post_form(rig, "/mapi.php", params).await;
        let told = answer.json();
        assert_eq!((&told["code"], &told["problem"]), (&code.into(), &problem.into()), "{told}");
        assert!(text(&told["msg"]).contains(says), "{told}");
    };
    let mut forged = order("E-9", &url, &[]);
    forged.iter_mut().find(|it| it.0 == "money").expect("money").1 = "0.01".to_owned();
    refused(&forged, -3, "unauthenticated", "wrong").await;
    let mut unsigned = order("E-9", &url, &[]);
    unsigned.retain(|it| it.0 != "sign");
    refused(&unsigned, -3, "unauthenticated", "wrong").await;
    refused(&order("E-9", &url, &[("pid", "1002")]), -3, "unauthenticated", "wrong").await;
    let field = "invalid-field";
    for money in ["0", "-1", "1e2", "0.001", "1,00", "", "100000000.01"] {
        refused(&order("E-9", &url, &[("money", money)]), -1, field, "money").await;
    }
    refused(&order("E 9", &url, &[]), -1, field, "out_trade_no").await;
    refused(&order(&"9".repeat(65), &url, &[]), -1, field, "out_trade_no").await;
    refused(&order("E-9", &url, &[("type", "qqpay")]), -1, field, "type").await;
    refused(&order("E-9", &url, &[("clientip", "here")]), -1, field, "clientip").await;
    refused(&order("E-9", &url, &[("param", &"p".repeat(513))]), -1, field, "param").await;
    for (name, holds) in [("name", "tea&money=0.01"), ("param", "a&type="), ("more", "&trade_no=1")]
    {
        refused(&order("E-9", &url, &[(name, holds)]), -1, field, "must not hold &").await;
    }
    for inward in
        ["ftp://127.0.0.1/", "http://user@127.0.0.1/", "gopher://x/", "//x", "http://0x7f000001/"]
    {
        refused(&order("E-9", inward, &[]), -1, field, "notify_url").await;
    }
    let twice = form(&order("E-9", &url, &[])) + "&money=1.00";
    let kind = "application/x-www-form-urlencoded";
    let twice = super::post(rig, "/mapi.php", kind, twice).await.json();
    assert!(text(&twice["msg"]).contains("money: is there twice"), "{twice}");
    let gbk = super::post(rig, "/mapi.php", kind, "pid=1001&name=%D6%D0".to_owned()).await.json();
    assert!(text(&gbk["msg"]).contains("UTF-8"), "{gbk}");
    let large = super::post(rig, "/mapi.php", kind, "a".repeat(2 << 20)).await;
    assert_eq!((large.status, &large.json()["code"]), (413, &(-1).into()), "{large:?}");

    // Who shows the wrong key learns nothing, and another door's order is none of this one's.
    for key in ["", "wrong", &EPAY_KEY.to_lowercase()] {
        let params = [("act", "order"), ("pid", "1001"), ("key", key), ("out_trade_no", "E-1")];
        let told = get(rig, "/api.php", &owned(&params)).await.json();
        assert_eq!((&told["code"], &told["trade_no"]), (&(-3).into(), &Value::Null), "{told}");
    }
    let own = paymux_tests::order::wish(Channel::Alipay, "V-1", "tea");
    assert_eq!(rig.api.create("V-1", &own).await.status, 201);
    let other = asked(rig, "order", &[("out_trade_no", "V-1")]).await;
    assert_eq!(other["problem"], "not-found", "{other}");
    let by_get = asked(rig, "refund", &[("out_trade_no", "E-1"), ("money", "0.01")]).await;
    assert_eq!(by_get["code"], -1, "money is not moved by GET: {by_get}");
    assert!(ear.calls("/never").is_empty());
    assert_eq!(rig.sandbox.orders(0, 1000).len(), before + 1, "nothing was opened but V-1");
}
