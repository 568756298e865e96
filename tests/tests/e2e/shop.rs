//! A merchant's life, in a shop that knows the gateway by its API alone: an order, its payer on the
//! cashier's page, stock that the event takes, an order that is closed; and a hundred buyers of
//! three items at once.

use std::collections::BTreeMap;

use demo_shop::shelf::{Good, Stage};
use demo_shop::{Shop, Terms};
use http::Request;
use http_body_util::Full;
use paymux_sandbox::Channel;
use paymux_tests::config::{SECOND_SECRET, Setup};
use paymux_tests::http::Answer;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::cashier::browser::{Browser, COMPUTER, Jar};
use super::cashier::setup::setup;

const ITEMS: u32 = 3;
const BUYERS: usize = 100;
/// Of the buyers, so many pay.
const PAYERS: usize = 12;

async fn open() -> (Rig, Shop, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let base = format!("http://{}", listener.local_addr().expect("it listens"));
    let endpoint = format!(
        "\n[[merchants.tests.endpoints]]\nid = \"demo-shop\"\nurl = \"{base}/webhook\"\n\
         secret = \"file:keys/second-secret.txt\"\nschedule = [\"0s\", \"200ms\", \"1s\", \"5s\"]\n"
    );
    let own = setup();
    let rig = Rig::start(Setup { more: own.more + &endpoint, ..own }).await;
    let goods = [
        Good { name: "tea", price_fen: 8_88, stock: 10 },
        Good { name: "teapot", price_fen: 1_00, stock: ITEMS },
    ];
    let terms = Terms {
        api: rig.api.clone(),
        webhook_secret: SECOND_SECRET.to_owned(),
        base: base.clone(),
        prefix: "shop".to_owned(),
    };
    let shop = Shop::open(listener, terms, &goods);
    (rig, shop, base)
}

/// By the shop's own form.
async fn buy(rig: &Rig, base: &str, good: &str) -> Answer {
    let request = Request::post(format!("{base}/buy"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let request = request.body(Full::from(format!("good={good}"))).expect("a form");
    rig.http.send(request).await.expect("the shop answers")
}

/// Chooses a code of Alipay's on the cashier's page, and pays it.
async fn pay(rig: &Rig, page: &str) {
    let browser = Browser { rig, agent: COMPUTER, language: "en", jar: Jar::default() };
    browser.chooses(page, "alipay", "qr").await;
    let digits = page.rsplit("/c/").next().and_then(|it| it.split('.').next()).expect("a link");
    let orders = rig.sandbox.orders(0, 1000).into_iter();
    let order = orders.rev().find(|it| it.out_trade_no.starts_with(digits)).expect("an order");
    rig.sandbox.pay(Channel::Alipay, &order.out_trade_no).expect("it is paid");
}

fn stock(shop: &Shop, good: &str) -> u32 {
    shop.shelf().goods().find(|it| it.name == good).expect("it is sold here").stock
}

fn stages(shop: &Shop, good: &str) -> BTreeMap<String, usize> {
    let shelf = shop.shelf();
    let mut stages = BTreeMap::new();
    for (_, order) in shelf.orders().filter(|it| it.1.good == good) {
        *stages.entry(format!("{:?}", order.stage)).or_default() += 1;
    }
    stages
}

async fn becomes(shop: &Shop, number: &str, stage: Stage) {
    let is = async || (shop.shelf().order(number)?.stage == stage).then_some(());
    until(&format!("{number} is {stage:?}"), is).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_sells_what_it_has_and_no_more() {
    let (rig, shop, base) = open().await;
    sells_one(&rig, &shop, &base).await;
    closes_one(&rig, &shop, &base).await;
    flash_sale(&rig, &shop, &base).await;
    let ledger = rig.operator().get("/admin/v1/ledger/check").await;
    assert_eq!(ledger.json()["balanced"], true, "{ledger:?}");
}

async fn sells_one(rig: &Rig, shop: &Shop, base: &str) {
    let goods = rig.http.get(&format!("{base}/")).await.expect("the shop answers");
    assert!(String::from_utf8_lossy(&goods.body).contains("tea, ¥8.88: 10 left"), "{goods:?}");
    let led = buy(rig, base, "tea").await;
    assert_eq!(led.status, 303, "{led:?}");
    let page = led.header("location").expect("the cashier's page").to_owned();
    assert_eq!(stock(shop, "tea"), 10, "an order takes nothing");
    pay(rig, &page).await;
    becomes(shop, "shop-1", Stage::Sold).await;
    assert_eq!(stock(shop, "tea"), 9);
    // The payer comes back to the shop.
    let paid = rig.http.get(&page).await.expect("the page answers");
    assert!(String::from_utf8_lossy(&paid.body).contains(&format!("{base}/orders/shop-1?")));
    let shown = rig.http.get(&format!("{base}/orders/shop-1")).await.expect("the shop answers");
    assert!(String::from_utf8_lossy(&shown.body).contains("is paid"), "{shown:?}");
    // What nobody signed takes nothing.
    let forged = Request::post(format!("{base}/webhook")).body(Full::from("{}")).expect("a body");
    assert_eq!(rig.http.send(forged).await.expect("the shop answers").status, 401);
}

async fn closes_one(rig: &Rig, shop: &Shop, base: &str) {
    buy(rig, base, "tea").await;
    let found = rig.api.get("/v1/payments?order_no=shop-2").await.json();
    let id = found["data"][0]["id"].as_str().expect("its payment").to_owned();
    assert_eq!(rig.api.close(&id).await.status, 200);
    becomes(shop, "shop-2", Stage::Closed).await;
    assert_eq!(stock(shop, "tea"), 9, "nothing was taken, and nothing comes back");
}

/// All buyers come at once and get a page, and some of them pay: three are served, the others get
/// their money back, and who comes afterwards is told.
async fn flash_sale(rig: &Rig, shop: &Shop, base: &str) {
    let mut buyers = JoinSet::new();
    for _ in 0..BUYERS {
        let (http, base) = (rig.http.clone(), base.to_owned());
        buyers.spawn(async move {
            let request = Request::post(format!("{base}/buy")).body(Full::from("good=teapot"));
            let led = http.send(request.expect("a form")).await.expect("the shop answers");
            assert_eq!(led.status, 303, "{led:?}");
            led.header("location").expect("a page").to_owned()
        });
    }
    let pages = buyers.join_all().await;
    for page in &pages[..PAYERS] {
        pay(rig, page).await;
    }
    let done = async || {
        let stages = stages(shop, "teapot");
        let returned = stages.get("Returned").copied().unwrap_or_default();
        (returned == PAYERS - ITEMS as usize).then_some(stages)
    };
    let stages = until("everybody is served or has the money back", done).await;
    assert_eq!(stages.get("Sold"), Some(&(ITEMS as usize)), "{stages:?}");
    assert_eq!(stages.get("Open"), Some(&(BUYERS - PAYERS)), "{stages:?}");
    assert_eq!(stock(shop, "teapot"), 0);
    let late = buy(rig, base, "teapot").await;
    assert_eq!(late.status, 409, "{late:?}");
    let orders = rig.sandbox.orders(0, 1000).into_iter().filter(|it| it.total_fen == 1_00);
    let kept: i64 = orders.map(|it| it.paid_fen - it.refunded_fen).sum();
    assert_eq!(kept, i64::from(ITEMS) * 1_00, "the channel keeps what three paid");
}
