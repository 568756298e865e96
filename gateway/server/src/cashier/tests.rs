//! Pages over a store in memory, and a clock that a test moves.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::Request;
use paymux_channel::{
    Bill, BillBytes, BillFile, BillLines, BuildError, Call, Capabilities, Channel,
    ClientCertificate, Notification, Operation, Outcome, ParseError, Reply as ChannelReply,
    Request as ChannelRequest, Response, Secret, Step, VerifyError,
};
use paymux_core::payment::{Payment, Policy};
use paymux_core::{Money, Timestamp};
use paymux_engine::access::{Access, Rate};
use paymux_engine::cashier::{Cashier, Plate};
use paymux_engine::snapshot::{Merchant, Snapshot};
use paymux_store::guard::LocalGuard;
use tower::ServiceExt as _;

use crate::api::tests::rig::{Line, Reply, Rig, limits, order};

const BASE: &str = "https://pay.example.com";
const COMPUTER: &str = "Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0 Safari/537.36";

/// A gateway with links, and a code on the wall.
fn rig(rate: Rate) -> Rig {
    let access = Access { rate, ..Access::default() };
    let mut limits = limits();
    limits.cashier.streams = 100;
    let rig = Rig::with_access(limits, access, Arc::new(LocalGuard::default()));
    let old = rig.gateway.snapshot.load_full();
    let key = Secret::new("a key of at least thirty-two bytes");
    let shop = &old.merchants[&"shop".parse().unwrap()];
    let money = |it| Money::new(it, paymux_core::Currency::Cny).unwrap();
    let plate = Plate {
        id: "wall".parse().unwrap(),
        name: "Wall".into(),
        min_amount: money(1),
        max_amount: money(10_000),
    };
    let shop = Merchant {
        id: shop.id.clone(),
        name: None,
        candidates: shop.candidates.clone(),
        access: shop.access.clone(),
        endpoints: shop.endpoints.clone(),
        policy: Policy::default(),
        fees: vec![],
        plates: vec![Arc::new(plate)],
        raw_calls: false,
        app_tokens: false,
        doors: vec![],
        splits: false,
        transfers: None,
        settlement: None,
    };
    let mut merchants = old.merchants.clone();
    merchants.insert(shop.id.clone(), Arc::new(shop));
    rig.gateway.snapshot.store(Arc::new(Snapshot {
        accounts: old.accounts.clone(),
        merchants,
        cashier: Cashier::new(BASE, &[key]).map(Arc::new),
        ..Snapshot::default()
    }));
    rig
}

/// A channel that can other things than it says.
struct Brief(Arc<dyn Channel>, Capabilities);

impl Channel for Brief {
    fn capabilities(&self) -> &Capabilities {
        &self.1
    }

    fn identity(&self) -> String {
        self.0.identity()
    }

    fn party(&self) -> Option<String> {
        self.0.party()
    }

    fn client_certificate(&self) -> Option<&ClientCertificate> {
        self.0.client_certificate()
    }

    fn identify_url(&self, redirect_url: &str, state: &str) -> Option<String> {
        self.0.identify_url(redirect_url, state)
    }

    fn build(&self, operation: &Operation, call: &Call) -> Result<Step, BuildError> {
        self.0.build(operation, call)
    }

    fn parse(
        &self,
        operation: &Operation,
        call: &Call,
        response: &Response,
    ) -> Result<Outcome, ParseError> {
        self.0.parse(operation, call, response)
    }

    fn is_limited(&self, code: &str) -> bool {
        self.0.is_limited(code)
    }

    fn advice(&self, code: &str) -> Option<&'static str> {
        self.0.advice(code)
    }

    fn verify(
        &self,
        notification: &ChannelRequest,
        now: Timestamp,
    ) -> Result<Notification, VerifyError> {
        self.0.verify(notification, now)
    }

    fn verify_return(&self, query: &str) -> Result<String, VerifyError> {
        self.0.verify_return(query)
    }

    fn read_bill(&self, bill: Bill, file: &BillFile, bytes: BillBytes) -> BillLines {
        self.0.read_bill(bill, file, bytes)
    }

    fn reply(&self, reply: ChannelReply) -> Response {
        self.0.reply(reply)
    }
}

/// As a page's own form, or without one as a look.
async fn page(rig: &Rig, url: &str, form: Option<&str>) -> Reply {
    let request = match form {
        None => Request::get(url).body(Body::empty()),
        Some(form) => Request::post(url)
            .header("origin", BASE)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned().into()),
    };
    let mut request = request.unwrap();
    request.headers_mut().insert("user-agent", COMPUTER.parse().unwrap());
    Reply::of(rig.router.clone().oneshot(request).await.unwrap()).await
}

fn stored(rig: &Rig) -> Payment {
    rig.store.tables().payments.into_values().next().unwrap()
}

async fn offered(rig: &Rig) -> String {
    let body = order("A-1").replace("qr", "cashier");
    let made = rig.post("/v1/payments", "A-1", body).await;
    assert_eq!(made.outcome(), "201");
    made.text("/action/url").replace(BASE, "")
}

#[tokio::test]
async fn what_leads_nowhere_any_more_is_not_shown_again() {
    let rig = rig(Rate::default());
    let account = rig.gateway.snapshot.load().accounts.values().next().unwrap().clone();
    let capabilities = Capabilities {
        shown_for: |_| Some(Duration::from_secs(300)),
        ..account.channel().capabilities().clone()
    };
    account.channel.store(Arc::new(Arc::new(Brief(account.channel(), capabilities))));
    rig.line(Line::Code);
    let url = offered(&rig).await;
    let code = |page: &Reply| String::from_utf8_lossy(&page.body).contains("<svg");
    let choice = Some("channel=alipay&method=qr");
    assert!(code(&page(&rig, &url, choice).await));
    // What this channel gives is good for five minutes, and the order for half an hour.
    rig.pass(Duration::from_secs(289));
    assert!(code(&page(&rig, &url, choice).await) && code(&page(&rig, &url, None).await));
    let status = format!("{url}/status");
    assert_eq!(page(&rig, &status, None).await.text("/state"), "open-1");
    assert_eq!(stored(&rig).attempts.len(), 1);
    rig.pass(Duration::from_secs(1));
    let looked = page(&rig, &url, None).await;
    assert!(!code(&looked) && looked.status == 200, "{:?}", looked.body);
    assert_eq!(page(&rig, &status, None).await.text("/state"), "choose-1");
    // Who chooses it again gets another order, behind this one's end.
    rig.line(Line::Silent);
    let chosen = page(&rig, &url, choice).await;
    assert!(!code(&chosen) && chosen.status == 409, "{:?}", chosen.body);
    assert!(stored(&rig).attempts[0].superseded);
}

#[tokio::test]
async fn orders_at_a_plate_come_as_fast_as_its_merchant_may_and_no_faster() {
    let few = |it| NonZeroU32::new(it).unwrap();
    let rig = rig(Rate { per_second: few(1), burst: few(3) });
    rig.line(Line::Code);
    let snapshot = rig.gateway.snapshot.load_full();
    let (shop, cashier) = ("shop".parse().unwrap(), snapshot.cashier.as_ref().unwrap());
    let url = cashier.plate_url(&shop, &"wall".parse().unwrap()).replace(BASE, "");
    let form = |number: u32| format!("token={number:032x}&amount=1");
    for number in 0..3 {
        assert_eq!(page(&rig, &url, Some(&form(number))).await.status, 303);
    }
    let refused = page(&rig, &url, Some(&form(3))).await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, "1"));
    assert_eq!(rig.store.tables().payments.len(), 3, "nothing was begun");
    assert_eq!(page(&rig, &url, None).await.status, 200, "looking is free");
}

#[tokio::test]
async fn an_order_that_ran_out_is_over_and_its_link_tells_nothing_a_day_later() {
    let rig = rig(Rate::default());
    rig.line(Line::Code);
    let url = offered(&rig).await;
    let text = |page: &Reply| String::from_utf8_lossy(&page.body).into_owned();
    rig.pass(Duration::from_secs(1800));
    let over = page(&rig, &url, None).await;
    assert!(over.status == 410 && text(&over).contains("一件商品"), "{}", text(&over));
    assert!(!text(&over).contains("<form"), "{}", text(&over));
    assert_eq!(page(&rig, &format!("{url}/status"), None).await.text("/state"), "over");
    let chosen = page(&rig, &url, Some("channel=alipay&method=qr")).await;
    assert!(chosen.status.is_client_error(), "{}", text(&chosen));
    assert!(stored(&rig).attempts.is_empty(), "nothing is opened");
    rig.pass(Duration::from_secs(24 * 3600 + 1));
    for place in ["", "/status", "/events"] {
        let gone = page(&rig, &format!("{url}{place}"), None).await;
        assert!(gone.status == 410 && text(&gone).contains("链接已过期"), "{}", text(&gone));
        assert!(!text(&gone).contains("一件商品"), "{}", text(&gone));
    }
}

#[tokio::test]
async fn one_payments_pages_take_so_many_streams_and_the_others_ask() {
    let rig = rig(Rate::default());
    rig.line(Line::Code);
    let url = offered(&rig).await;
    let stream = async || {
        let request = Request::get(format!("{url}/events")).body(Body::empty()).unwrap();
        rig.router.clone().oneshot(request).await.unwrap()
    };
    let mut held = vec![];
    for _ in 0..8 {
        held.push(stream().await);
    }
    assert!(held.iter().all(|it| it.status() == 200));
    let refused = Reply::of(stream().await).await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, "5"));
    let status = format!("{url}/status");
    assert_eq!(page(&rig, &status, None).await.text("/state"), "choose-0");
    // Whoever leaves makes room.
    held.clear();
    while stream().await.status() != 200 {
        tokio::task::yield_now().await;
    }
}
