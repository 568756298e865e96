//! A gateway with one Alipay account and two merchants, and a hand on everything outside of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use paymux_alipay::Alipay;
use paymux_channel::canonical::sorted_pairs;
use paymux_channel::rsa::PrivateKey;
use paymux_channel::{Plugin as _, Settings};
use paymux_core::Timestamp;
use paymux_core::payment::{Method as PayMethod, Policy};
use paymux_core::route::Candidate;
use paymux_core::schedule::Schedule;
use paymux_engine::access::{Access, ResponseKey};
use paymux_engine::bell::Bell;
use paymux_engine::clock::World;
use paymux_engine::courier::{Courier, CourierError};
use paymux_engine::endpoint::{Ack, ApiKeyHash, Endpoint, WebhookSecret};
use paymux_engine::flow::sync::Questions;
use paymux_engine::lane::{Lanes, Terms};
use paymux_engine::metrics::Metrics;
use paymux_engine::outbound::Unmeasured;
use paymux_engine::routing::Routing;
use paymux_engine::signing::Signing;
use paymux_engine::snapshot::{Account, Merchant, Snapshot};
use paymux_engine::taken::TakenBook;
use paymux_engine::wanted::KeysWanted;
use paymux_engine::watchers::Watchers;
use paymux_engine::{Gateway, Inner};
use paymux_store::Store;
use paymux_store::guard::{Guard, LocalGuard};
use paymux_store::memory::MemoryStore;
use serde_json::Value;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use super::conform;
use super::fee;
use super::keys::{KEYS, RESPONSE_KEY};
use super::line;
pub(crate) use super::line::Line;
pub(crate) use super::never::never;
use super::settlements;
use super::terms::PAYS_OUT;
use super::world::TestWorld;
use crate::inbound::{Limits, Proxies, Public};

pub(crate) const SHOP: &str = "sk_shop_0123456789abcdef0123456789abcdef";
pub(crate) const OTHER: &str = "sk_other_0123456789abcdef0123456789abcde";
/// 2026-01-15 12:34:56 in Shanghai.
pub(crate) const NOW: Timestamp = Timestamp(1_768_451_696_000);
pub(crate) const APP_ID: &str = "2021000000000001";

pub(crate) struct Rig<S = MemoryStore> {
    pub(crate) store: S,
    pub(crate) gateway: Gateway<S>,
    pub(crate) begun: TaskTracker,
    pub(crate) router: Router,
    world: Arc<TestWorld>,
    line: Arc<AtomicU8>,
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) async fn of(response: http::Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Self { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {:?}", self.body))
    }

    pub(crate) fn text(&self, pointer: &str) -> String {
        let json = self.json();
        let found = json.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {json}"));
        found.as_str().map_or_else(|| found.to_string(), str::to_owned)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    /// `400 invalid-field`, or the status alone; whoever asks learns that the form is right.
    pub(crate) fn outcome(&self) -> String {
        let status = self.status.as_u16();
        if status < 400 {
            return status.to_string();
        }
        assert_eq!(self.header("content-type"), "application/problem+json", "{:?}", self.body);
        assert_eq!(self.text("/status"), status.to_string());
        let code = self.text("/code");
        assert_eq!(self.text("/type"), format!("/problems/{code}"));
        assert_eq!(self.text("/request_id"), self.header("x-request-id"));
        assert_eq!(self.text("/instance"), format!("urn:request:{}", self.text("/request_id")));
        let known =
            |it: &&&paymux_engine::problem::Kind| code == it.slug && self.status == it.status;
        let kind = paymux_engine::problem::ALL.iter().find(known).expect("a kind of the list");
        assert_eq!(self.text("/title"), kind.title);
        assert_eq!(self.text("/retryable"), kind.retryable.to_string());
        format!("{status} {code}")
    }

    /// What the errors point to.
    pub(crate) fn pointers(&self) -> Vec<String> {
        let json = self.json();
        let errors = json["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|it| it["pointer"].as_str().unwrap().to_owned()).collect()
    }
}

pub(crate) fn limits() -> Limits {
    Limits {
        body_bytes: 65536,
        body_timeout: Duration::from_secs(10),
        request_deadline: Duration::from_secs(15),
        nonces: 1000,
        proxies: Proxies::default(),
        requests: 64,
        notifications: 64,
        expires_in_default: Duration::from_secs(1800),
        expires_in_max: Duration::from_secs(7200),
        urls: crate::courier::UrlPolicy {
            allow_private_addresses: false,
            allow_http: false,
            allow_amqp: false,
            ports: vec![443],
        },
        cashier: crate::cashier::Limits {
            client_per_second: 1000,
            client_burst: 1000,
            requests: 64,
            streams: 2,
            expires_in: Duration::from_secs(1800),
        },
    }
}

impl Rig {
    pub(crate) fn new() -> Self {
        Self::with(limits())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        Self::over(MemoryStore::default(), Arc::new(LocalGuard::default()), &limits)
    }

    /// `access` is the shop's; its API keys are always the same.
    pub(crate) fn with_access(limits: Limits, access: Access, guard: Arc<dyn Guard>) -> Self {
        Self::build(MemoryStore::default(), guard, &limits, access)
    }
}

impl<S: Store> Rig<S> {
    pub(crate) fn over(store: S, guard: Arc<dyn Guard>, limits: &Limits) -> Self {
        Self::build(store, guard, limits, Access::default())
    }

    fn build(store: S, guard: Arc<dyn Guard>, limits: &Limits, shop: Access) -> Self {
        let world = Arc::new(TestWorld::default());
        let line = Arc::new(AtomicU8::new(Line::Silent as u8));
        let gateway = guarded(store.clone(), guard, &world, &line, shop);
        let begun = TaskTracker::new();
        let router = Public::new(&gateway, limits, &begun).into_service();
        Self { store, gateway, begun, router, world, line }
    }

    pub(crate) fn line(&self, line: Line) {
        self.line.store(line as u8, Ordering::Relaxed);
    }

    pub(crate) fn pass(&self, time: Duration) {
        let millis = i64::try_from(time.as_millis()).unwrap();
        self.world.pass(millis);
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let (method, uri) = (request.method().clone(), request.uri().to_string());
        let reply = Reply::of(self.router.clone().oneshot(request).await.unwrap()).await;
        let found = conform::findings(&method, &uri, reply.status, &reply.body);
        assert!(found.is_empty(), "not as it is described: {found:#?}");
        reply
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(ask(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn get_as(&self, key: &str, path: &str) -> Reply {
        let request = Request::get(path).header("authorization", format!("Bearer {key}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, key: &str, body: impl Into<Body>) -> Reply {
        let request = ask(Method::POST, path).header("idempotency-key", key);
        self.send(request.header("content-type", "application/json").body(body.into()).unwrap())
            .await
    }

    /// A payment that waits for its payer, on a page of the channel.
    pub(crate) async fn page(&self, order_no: &str) -> Reply {
        let body = order(order_no).replace("qr", "page");
        let reply = self.post("/v1/payments", order_no, body).await;
        assert_eq!(reply.outcome(), "201");
        reply
    }

    /// The channel says that a payment was paid.
    pub(crate) async fn pay(&self, payment: &Reply) -> Reply {
        let body = paid(&payment.text("/attempt/out_trade_no"));
        let request = Request::post("/notify/ali").body(body.into()).unwrap();
        self.send(request).await
    }

    /// A payment that was paid, by its id.
    pub(crate) async fn paid(&self, order_no: &str) -> String {
        let payment = self.page(order_no).await;
        assert_eq!(&self.pay(&payment).await.body[..], b"success");
        payment.text("/id")
    }
}

pub(crate) fn gateway<S: Store>(
    store: S,
    world: &Arc<TestWorld>,
    line: &Arc<AtomicU8>,
) -> Gateway<S> {
    guarded(store, Arc::new(LocalGuard::default()), world, line, Access::default())
}

fn guarded<S: Store>(
    store: S,
    guard: Arc<dyn Guard>,
    world: &Arc<TestWorld>,
    line: &Arc<AtomicU8>,
    shop: Access,
) -> Gateway<S> {
    Gateway::new(Inner {
        store,
        guard,
        world: Arc::clone(world) as Arc<dyn World>,
        snapshot: ArcSwap::from_pointee(snapshot(line, shop)),
        courier: nowhere(),
        lanes: Lanes::default(),
        metrics: Arc::new(Metrics::new()),
        traces: paymux_engine::traces::untraced(),
        signing: Signing::on(1),
        taken: TakenBook::default(),
        tokens: paymux_engine::flow::app_token::AppTokens::default(),
        questions: Questions::default(),
        archive: paymux_engine::archive::Archive::default(),
        watchers: Watchers::default(),
        bell: Bell::default(),
    })
}

pub(crate) fn ask(method: Method, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path).header("authorization", format!("Bearer {SHOP}"))
}

/// The smallest order there is.
pub(crate) fn order(order_no: &str) -> String {
    let rest = r#""amount":8888,"currency":"CNY","subject":"一件商品","method":"qr""#;
    format!(r#"{{"order_no":"{order_no}",{rest}}}"#)
}

pub(crate) fn sign(text: &str) -> String {
    PrivateKey::parse(&KEYS.alipay).unwrap().sign(text.as_bytes()).unwrap()
}

/// A query string or form, signed by the channel.
pub(crate) fn signed(pairs: &[(&str, &str)]) -> String {
    let sign = sign(&sorted_pairs(pairs.iter().copied()));
    let all = pairs.iter().copied().chain([("sign_type", "RSA2"), ("sign", &sign)]);
    let escape = |text: &str| text.replace('+', "%2B").replace('=', "%3D").replace(' ', "+");
    let all: Vec<_> = all.map(|(name, value)| format!("{name}={}", escape(value))).collect();
    all.join("&")
}

/// The channel's word that an order was paid.
pub(crate) fn paid(out_trade_no: &str) -> String {
    signed(&[
        ("app_id", APP_ID),
        ("gmt_payment", "2026-01-15 12:35:10"),
        ("notify_id", &format!("n-{out_trade_no}")),
        ("notify_time", "2026-01-15 12:35:11"),
        ("notify_type", "trade_status_sync"),
        ("out_trade_no", out_trade_no),
        ("total_amount", "88.88"),
        ("trade_no", &format!("2026011522{out_trade_no}")),
        ("trade_status", "TRADE_SUCCESS"),
    ])
}

/// What the payer's browser brings back.
pub(crate) fn returned(out_trade_no: &str) -> String {
    let method = "alipay.trade.page.pay.return";
    signed(&[("app_id", APP_ID), ("method", method), ("out_trade_no", out_trade_no)])
}

fn snapshot(line: &Arc<AtomicU8>, shop: Access) -> Snapshot {
    let settings: Settings = [
        ("app_id", APP_ID),
        ("private_key", &KEYS.app),
        ("alipay_public_key", &KEYS.alipay_public),
        ("max_split_bp", "3000"),
    ]
    .into_iter()
    .collect();
    let account = Account {
        id: "ali".parse().unwrap(),
        kind: "alipay".into(),
        channel: ArcSwap::from_pointee(Alipay.open(&settings, &[]).unwrap()),
        learned: ArcSwap::default(),
        outbound: line::outbound(Arc::clone(line)),
        gauge: Arc::new(Unmeasured),
        notify_url: "https://pay.example.com/notify/ali".into(),
        return_url: "https://pay.example.com/return/ali".into(),
        keys_wanted: KeysWanted::default(),
    };
    let merchants = [merchant("shop", SHOP, shop), merchant("other", OTHER, Access::default())];
    Snapshot {
        generation: 1,
        accounts: [(account.id.clone(), Arc::new(account))].into(),
        merchants: merchants.map(|it| (it.id.clone(), Arc::new(it))).into(),
        routing: Routing::default(),
        response_key: Some(Arc::new(ResponseKey::parse(RESPONSE_KEY).unwrap())),
        published_keys: vec![],
        delivery: Terms::default(),
        cashier: None,
    }
}

fn merchant(id: &str, key: &str, access: Access) -> Merchant {
    let api_keys = vec![ApiKeyHash::of(&format!("{key}-old")), ApiKeyHash::of(key)];
    let secret = format!("whsec_{}", STANDARD.encode([7; 24]));
    let endpoint = Endpoint {
        id: "hook".parse().unwrap(),
        url: "https://shop.example.com/hook".into(),
        login: None,
        secrets: vec![WebhookSecret::parse(&secret).unwrap()],
        ack: Ack::Status,
        schedule: Schedule::alipay(),
        timeout: Duration::from_secs(10),
        door: None,
    };
    Merchant {
        id: id.parse().unwrap(),
        candidates: vec![Candidate {
            account: "ali".parse().unwrap(),
            channel: "alipay".into(),
            methods: vec![PayMethod::Qr, PayMethod::Page],
            code_prefixes: vec![],
        }],
        access: Access { api_keys, ..access },
        endpoints: vec![Arc::new(endpoint)],
        policy: Policy::default(),
        fees: if id == "shop" { vec![fee::of_pages()] } else { vec![] },
        name: None,
        plates: vec![],
        raw_calls: id == "shop",
        app_tokens: id == "shop",
        doors: vec![],
        settlement: (id == "shop").then(settlements::on_request),
        splits: id == "shop",
        transfers: (id == "shop").then_some(PAYS_OUT),
    }
}

fn nowhere() -> Courier {
    BoxCloneSyncService::new(service_fn(|_| async { Err(CourierError::Connect) }))
}
