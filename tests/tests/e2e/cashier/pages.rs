//! One page: what each browser is shown, and what becomes of a choice.

use http::Request;
use http_body_util::Full;
use paymux_sandbox::{Channel, Status};
use paymux_tests::http::Answer;
use paymux_tests::rig::Rig;
use serde_json::json;

use super::browser::{ALIPAY, COMPUTER, PHONE, WECHAT, between, call, html, leads_to};
use super::{Offered, setup};

fn asserts(page: &Answer, status: u16, holds: &[&str], lacks: &[&str]) {
    let text = html(page);
    assert_eq!(page.status, status, "{text}");
    for it in holds {
        assert!(text.contains(it), "{it} is missing: {text}");
    }
    for it in lacks {
        assert!(!text.contains(it), "{it} is in it: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_link_serves_every_browser_and_looking_opens_nothing() {
    let rig = Rig::start(setup()).await;
    let order = Offered::new(&rig, "looks").await;
    let link = order.url.clone();
    let shown = |agent| {
        let order = &order;
        let link = link.clone();
        async move { order.browser(agent).get(&link).await }
    };
    let wechat = shown(WECHAT).await;
    asserts(&wechat, 200, &["微信支付", "value=\"jsapi\"", "¥8.88"], &["支付宝", "<svg"]);
    asserts(&shown(ALIPAY).await, 200, &["支付宝", "value=\"jsapi\""], &["微信支付", "<svg"]);
    asserts(&shown(PHONE).await, 200, &["微信支付", "支付宝", "value=\"h5\""], &["jsapi", "<svg"]);
    let computer = shown(COMPUTER).await;
    asserts(&computer, 200, &["<svg", "value=\"page\"", "支付宝"], &["jsapi", "value=\"qr\""]);
    // Texts of the merchant are text.
    let name = "Tea &#38; &#60;b&#62;Cake&#60;/b&#62;";
    let held = [name, "&#60;script&#62;alert(&#39;tea&#39;)&#60;b&#62;"];
    asserts(&computer, 200, &held, &["<b>", "<script>alert", "onerror"]);
    let english = super::browser::Browser { language: "en-GB,en", ..order.browser(COMPUTER) };
    let page = english.get(&order.url).await;
    asserts(&page, 200, &["lang=\"en\"", "Pay with Alipay"], &["支付金额"]);
    let chosen = english.get(&format!("{}?lang=zh", order.url)).await;
    asserts(&chosen, 200, &["lang=\"zh-CN\"", "?lang=zh\""], &["Amount"]);
    guarded(&rig, &computer).await;
    assert!(order.at_channels().is_empty(), "nobody has chosen");
    assert_eq!(order.now().await["status"], "pending");

    // Another channel than the merchant's is not offered, and not to be had by hand.
    let only = Offered::with(&rig, "only", json!({ "channel": "alipay" })).await;
    asserts(&only.browser(WECHAT).get(&only.url).await, 200, &["支付宝"], &["<button"]);
    let forced = only.browser(WECHAT).post(&only.url, "channel=wechat&method=h5").await;
    assert_eq!(forced.status, 422, "{}", html(&forced));
    for form in ["channel=alipay&method=barcode", "channel=alipay&method=app", "x=1", ""] {
        let refused = only.browser(PHONE).post(&only.url, form).await;
        assert_eq!(refused.status, 422, "{form}: {}", html(&refused));
    }
    assert!(only.at_channels().is_empty());
    bad_wishes(&rig).await;
}

/// A page of one host, that runs nothing which does not stand there, and is small.
async fn guarded(rig: &Rig, page: &Answer) {
    let policy = page.header("content-security-policy").expect("a policy");
    for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("referrer-policy"), Some("strict-origin"));
    let text = html(page);
    let mut size = page.body.len();
    for mark in ["<link rel=\"stylesheet\" href=\"", "<script src=\"", "<link rel=\"icon\" href=\""]
    {
        let place = between(&text, mark, "\"").expect("an asset");
        let asset = rig.http.get(&format!("{}{place}", rig.api.base)).await.expect("it answers");
        assert_eq!(asset.status, 200, "{place}");
        assert!(asset.header("cache-control").is_some_and(|it| it.contains("immutable")));
        size += asset.body.len();
    }
    assert!(size < 60_000, "{size} bytes");
    assert!(!text.contains("style=") && !text.contains("onclick"), "{text}");
}

async fn bad_wishes(rig: &Rig) {
    let wish = |more: serde_json::Value| {
        let mut wish = json!({
            "order_no": "bad", "amount": 1, "currency": "CNY", "method": "cashier", "subject": "Tea",
        });
        let members = more.as_object().expect("an object").clone();
        wish.as_object_mut().expect("an object").extend(members);
        wish
    };
    let refused = rig.api.create("bad", &wish(json!({ "payer": { "openid": "o" } }))).await;
    assert_eq!((refused.status, refused.code()), (400, "invalid-field".to_owned()));
    assert_eq!(refused.json()["errors"][0]["pointer"], "/payer", "{}", refused.json());
    // What a channel would refuse later is told at once.
    let refused = rig.api.create("bad", &wish(json!({ "subject": "1/2 = half" }))).await;
    assert_eq!((refused.status, refused.code()), (422, "channel-unfit".to_owned()));
    assert_eq!(refused.json()["errors"][0]["pointer"], "/subject", "{}", refused.json());
    let refused = rig.api.create("bad", &wish(json!({ "channel": "unionpay" }))).await;
    assert_eq!((refused.status, refused.code()), (422, "no-route".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_wallet_pays_by_the_same_link_and_what_is_paid_opens_nothing() {
    let rig = Rig::start(setup()).await;
    let order = Offered::new(&rig, "wechat").await;
    let wechat = order.browser(WECHAT);
    let page = wechat.in_wallet(&order.url, "wechat").await;
    let package = call(&page).unwrap_or_else(|| panic!("{}", html(&page)));
    // Two tabs, and going back: the same order again, also by way of the question who pays.
    assert_eq!(call(&wechat.in_wallet(&order.url, "wechat").await), Some(package.clone()));
    assert_eq!(order.payable().len(), 1);
    assert_eq!(order.now().await["method"], "jsapi");
    // Another browser sees that it is open elsewhere, and is handed nothing.
    let other = order.browser(ALIPAY).get(&order.url).await;
    asserts(&other, 200, &["订单已在别处打开"], &["data-call"]);
    let invoke = format!("http://{}/wallet/wechat/invoke", rig.sandbox.address());
    let said = Request::post(&invoke).body(Full::from(package.to_string())).expect("a package");
    let said = rig.http.send(said).await.expect("the wallet answers");
    assert_eq!(said.status, 200, "{}", said.json());
    let cashier = said.json()["cashier"].as_str().expect("a page").to_owned();
    rig.http.post(&format!("{cashier}/pay")).await.expect("the wallet answers");
    let told = rig.shop.hears("payment.succeeded", "wechat").await;
    assert_eq!(told.event["data"]["payment"]["method"], "jsapi");
    let paid = wechat.get(&order.url).await;
    let back = format!("https://shop.example/back?payment_id={}", order.id);
    asserts(&paid, 200, &["支付成功", &back], &["<form", "data-call"]);
    let again = order.browser(ALIPAY).chooses(&order.url, "alipay", "h5").await;
    asserts(&again, 200, &["支付成功"], &[]);
    assert_eq!(order.at_channels().len(), 1, "what is paid opens nothing");

    let order = Offered::new(&rig, "alipay").await;
    let alipay = order.browser(ALIPAY);
    let page = alipay.in_wallet(&order.url, "alipay").await;
    let trade = call(&page).unwrap_or_else(|| panic!("{}", html(&page)));
    let open = order.payable();
    assert_eq!(open.len(), 1);
    assert_eq!(trade["tradeNO"], *open[0].trade_no);
    rig.sandbox.pay(Channel::Alipay, &open[0].out_trade_no).expect("the payer confirms");
    rig.shop.hears("payment.succeeded", "alipay").await;
    asserts(&alipay.get(&order.url).await, 200, &["支付成功"], &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn phones_and_computers_are_sent_to_the_channel_and_come_back() {
    let rig = Rig::start(setup()).await;
    for (agent, channel, method) in
        [(PHONE, "wechat", "h5"), (PHONE, "alipay", "h5"), (COMPUTER, "alipay", "page")]
    {
        let name = format!("sent-{channel}-{method}");
        let order = Offered::new(&rig, &name).await;
        let browser = order.browser(agent);
        let chosen = browser.post(&order.url, &format!("channel={channel}&method={method}")).await;
        let place = leads_to(&chosen).unwrap_or_else(|| panic!("{}", html(&chosen)));
        let again = browser.post(&order.url, &format!("channel={channel}&method={method}")).await;
        assert_eq!(leads_to(&again), Some(place.clone()), "going back leads to the same order");
        let wallet = browser.get(&place).await;
        let wallet = wallet.header("location").expect("the wallet").to_owned();
        let back = rig.http.post(&format!("{wallet}/pay")).await.expect("the wallet answers");
        let back = back.header("location").expect("the way back").to_owned();
        let landed = browser.get(&back).await;
        assert_eq!(landed.header("location"), Some(order.url.as_str()), "back on our page");
        rig.shop.hears("payment.succeeded", &name).await;
        asserts(&browser.get(&order.url).await, 200, &["支付成功"], &[]);
        assert_eq!(order.at_channels().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_link_of_ours_learns_nothing_and_opens_nothing() {
    let rig = Rig::start(setup()).await;
    let order = Offered::new(&rig, "guarded").await;
    let phone = order.browser(PHONE);
    let form = "channel=alipay&method=h5";
    let secret = ["¥8.88", "alert(", "guarded", "Cake"];
    let flipped = |at: usize| {
        let mut link = order.url.clone();
        let other = if link.as_bytes()[at] == b'0' { "1" } else { "0" };
        link.replace_range(at..=at, other);
        link
    };
    let (begin, end) = (order.url.find("/c/").expect("a link") + 3, order.url.len() - 1);
    let cut = order.url[..end].to_owned();
    let lower = order.url.to_lowercase();
    for link in [flipped(end), flipped(begin + 20), cut, lower, format!("{}/c/x", rig.api.base)] {
        let page = phone.get(&link).await;
        asserts(&page, 404, &["链接无效"], &secret);
        asserts(&phone.post(&link, form).await, 404, &["链接无效"], &secret);
        asserts(&phone.get(&format!("{link}/status")).await, 404, &[], &secret);
        asserts(&phone.get(&format!("{link}/events")).await, 404, &[], &secret);
    }
    // A form of another site, or of nobody's page.
    for from in [
        &[][..],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", rig.api.base.as_str()), ("sec-fetch-site", "cross-site")],
    ] {
        asserts(&phone.post_from(&order.url, form, from).await, 403, &["请求来源不正确"], &secret);
    }
    // A way back that nobody was sent on, and one of another payment.
    let other = Offered::new(&rig, "other").await;
    let wallet = other.browser(WECHAT);
    let asked = wallet.chooses(&other.url, "wechat", "jsapi").await;
    let back = asked.header("location").expect("the way back").to_owned();
    let crossed = back.replace(&other.url, &order.url);
    assert_ne!(crossed, back);
    for link in [crossed, format!("{}/identified/wechat-sandbox?code=1&state=2", order.url)] {
        asserts(&wallet.get(&link).await, 422, &["暂时不能这样支付"], &secret);
    }
    // A way back that was lured to another browser, and one that was taken already.
    let stranger = other.browser(WECHAT);
    asserts(&stranger.get(&back).await, 422, &["暂时不能这样支付"], &secret);
    stranger.chooses(&order.url, "wechat", "jsapi").await;
    asserts(&stranger.get(&back).await, 422, &["暂时不能这样支付"], &secret);
    assert!(order.at_channels().is_empty() && other.at_channels().is_empty());
    assert_eq!(wallet.get(&back).await.status, 303);
    assert_eq!(other.payable().len(), 1);
    // A browser that asks twice sees what it made; with a code of another errand, too.
    for again in [back.clone(), back.replace("code=", "code=anew")] {
        let answer = wallet.get(&again).await;
        let shown = answer.header("location").is_some_and(|it| other.url.ends_with(it));
        assert!(answer.status == 303 && shown, "{answer:?}");
    }
    assert_eq!(other.payable().len(), 1, "the used way ends nothing");
    // A payer who declines.
    let asked = wallet.chooses(&other.url, "wechat", "jsapi").await;
    let again = asked.header("location").expect("the way back").to_owned();
    let (place, query) = again.split_once('?').expect("a query");
    let state = query.split('&').find(|it| it.starts_with("state=")).expect("a state");
    assert_eq!(wallet.get(&format!("{place}?{state}")).await.status, 303);
    // Closed is over, for whoever comes.
    assert_eq!(rig.api.close(&order.id).await.status, 200);
    asserts(&phone.get(&order.url).await, 410, &["订单已关闭"], &["<form"]);
    asserts(&phone.post(&order.url, form).await, 410, &["订单已关闭"], &[]);
    assert!(order.at_channels().is_empty());
    rig.shop.hears("payment.closed", "guarded").await;
    let log = rig.logs();
    let link = order.url.rsplit('.').next().expect("a MAC");
    assert!(!log.contains(link), "a link is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channels_no_leaves_the_choice() {
    let rig = Rig::start(setup()).await;
    // 700.03 is ACCESS_FORBIDDEN at Alipay, and something else at WeChat Pay.
    let order = Offered::with(&rig, "no", json!({ "amount": 70_003, "channel": "alipay" })).await;
    let alipay = order.browser(ALIPAY);
    let page = alipay.in_wallet(&order.url, "alipay").await;
    asserts(&page, 200, &["没有成功", "value=\"h5\""], &["data-call"]);
    let now = order.now().await;
    assert_eq!((&now["status"], &now["action"]["type"]), (&"pending".into(), &"cashier".into()));
    assert_eq!(rig.api.close(&order.id).await.json()["status"], "closed");
    assert!(order.at_channels().iter().all(|it| it.status != Status::Paid));
}
