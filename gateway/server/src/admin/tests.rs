//! Who gets where on the admin listener.

mod differences;
mod ledger;
mod search;
mod settlements;
mod walk;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{Method, Request};
use paymux_engine::endpoint::ApiKeyHash;
use paymux_store::memory::MemoryStore;
use tower::ServiceExt as _;

use super::Admin;
use super::access::origin::Origin;
use super::access::sessions::Open;
use super::access::user::{Role, User, Users};
use super::access::{Access, Desk};
use crate::api::tests::rig::{Reply, Rig};
use crate::inbound::Proxies;
use crate::settings::{self, Settings};

const ROLES: [(&str, &str); 4] = [
    ("viewer", "tk_viewer_0123456789abcdef0123456789"),
    ("operator", "tk_operator_0123456789abcdef01234567"),
    ("admin", "tk_admin_0123456789abcdef0123456789ab"),
    ("merchant", "tk_merchant_0123456789abcdef01234567"),
];

pub(crate) struct Console {
    pub(crate) rig: Rig,
    pub(crate) desk: Desk<MemoryStore>,
    router: Router,
}

pub(crate) const HERE: &str = "http://127.0.0.1";

/// What a browser sends back.
pub(crate) fn cookie(open: Option<&Open>) -> String {
    let cookie = open.and_then(Open::cookie).map(|it| it.to_str().unwrap().to_owned());
    cookie.map_or_else(String::new, |it| it.split(';').next().unwrap().to_owned())
}

pub(crate) fn token(role: &str) -> &'static str {
    ROLES.iter().find(|it| it.0 == role).unwrap().1
}

pub(crate) fn users() -> Users {
    let of = |name: &str| match name {
        "viewer" => Role::Viewer,
        "operator" => Role::Operator,
        "admin" => Role::Admin,
        _ => Role::Merchant("shop".parse().unwrap()),
    };
    let user = |(name, token): (&str, &str)| {
        let tokens = vec![ApiKeyHash::of(token)];
        (name.parse().unwrap(), User { role: of(name), password: None, tokens, mark: token.into() })
    };
    ROLES.into_iter().map(user).collect()
}

impl Console {
    pub(crate) fn new() -> Self {
        Self::with(settings::Admin { users: users(), ..Settings::defaults().admin })
    }

    pub(crate) fn with(settings: settings::Admin) -> Self {
        let rig = Rig::new();
        let access = Arc::new(Access::new(&settings));
        let (gateway, series) = (rig.gateway.clone(), Arc::default());
        let desk = Desk { gateway, access, reloader: None, series };
        let router = Admin::new(&desk, Proxies::default()).into_service();
        Self { rig, desk, router }
    }

    pub(crate) async fn send(&self, request: http::request::Builder) -> Reply {
        self.send_with(request, String::new()).await
    }

    pub(crate) async fn send_with(&self, request: http::request::Builder, body: String) -> Reply {
        let request = request.body(Body::from(body)).unwrap();
        Reply::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    pub(crate) async fn ask(&self, method: &Method, path: &str, token: Option<&str>) -> Reply {
        let mut request = Request::builder().method(method).uri(path).header("host", "127.0.0.1");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.send(request).await
    }

    /// A session as the log-in begins it.
    pub(crate) async fn session(&self, user: &str) -> Open {
        let name = user.parse().unwrap();
        let known = self.desk.access.user(&name).unwrap();
        let origin = Origin::parse(HERE).unwrap();
        self.desk.begin(&name, known, &origin).await.unwrap()
    }

    /// As a browser asks from a page of ours.
    pub(crate) async fn page(&self, open: Option<&Open>, path: &str) -> Reply {
        let request = Request::get(path).header("host", "127.0.0.1").header("cookie", cookie(open));
        self.send(request).await
    }

    pub(crate) async fn form(&self, open: Option<&Open>, path: &str, form: &str) -> Reply {
        let token = open.map(Open::form_token).unwrap_or_default();
        let request = Request::post(path)
            .header("host", "127.0.0.1")
            .header("origin", HERE)
            .header("cookie", cookie(open))
            .header("content-type", "application/x-www-form-urlencoded");
        self.send_with(request, format!("{form}&form_token={token}")).await
    }

    pub(crate) async fn get(&self, path: &str, role: &str) -> Reply {
        self.ask(&Method::GET, path, Some(token(role))).await
    }
}

#[tokio::test]
async fn what_is_configured_is_told() {
    let reply = Console::new().get("/status", "viewer").await;
    assert_eq!(reply.text("/config_generation"), "1");
    assert_eq!(reply.text("/accounts/0/account"), "ali");
    assert_eq!(reply.text("/version"), env!("CARGO_PKG_VERSION"));
}

#[tokio::test]
async fn a_merchants_user_sees_nothing_of_another() {
    let console = Console::new();
    let of = |merchant: &str| format!("/admin/v1/merchants/{merchant}/endpoints");
    assert_eq!(console.get(&of("shop"), "merchant").await.outcome(), "200");
    let [other, nobody] = ["other", "nobody"].map(of);
    let (other, nobody) =
        (console.get(&other, "merchant").await, console.get(&nobody, "merchant").await);
    // But for the number of each request.
    let told = |reply: &Reply| {
        let text = String::from_utf8(reply.body.to_vec()).unwrap();
        text.replace(reply.header("x-request-id"), "")
    };
    assert_eq!((other.outcome().as_str(), told(&other)), ("404 not-found", told(&nobody)));
}

#[tokio::test]
async fn a_strange_name_leads_nowhere() {
    let console = Console::new();
    let ask = async |host: &str| {
        let request = Request::get("/status").header("host", host);
        let request = request.header("authorization", format!("Bearer {}", token("admin")));
        console.send(request).await.outcome()
    };
    assert_eq!(ask("127.0.0.1:8081").await, "200");
    assert_eq!(ask("[::1]").await, "200");
    assert_eq!(ask("rebound.example.net").await, "421 unknown-host");
}

#[tokio::test(start_paused = true)]
async fn guessing_is_slow() {
    let console = Console::new();
    let begun = tokio::time::Instant::now();
    let wrong = Some("tk_wrong_0123456789abcdef0123456789ab");
    for _ in 0..25 {
        let reply = console.ask(&Method::GET, "/status", wrong).await;
        assert_eq!(reply.outcome(), "401 unauthenticated");
    }
    let waited = begun.elapsed().as_secs();
    assert!((6..=10).contains(&waited), "five were too many: {waited}");
}

#[tokio::test]
async fn without_users_the_token_of_the_run_opens_and_nothing_else() {
    let console = Console::with(Settings::defaults().admin);
    let folder = tempfile::tempdir().unwrap();
    let ask = async |token: &str| console.ask(&Method::GET, "/status", Some(token)).await.outcome();
    assert_eq!(ask(token("admin")).await, "401 unauthenticated");
    console.desk.access.begin_run(folder.path(), 8081, &crate::clock::RealWorld::default());
    let file = folder.path().join("paymux-admin-8081.token");
    let run = std::fs::read_to_string(&file).unwrap();
    assert_eq!(ask(run.trim_end()).await, "200");
    // The first user ends it.
    console.desk.access.take(&settings::Admin { users: users(), ..Settings::defaults().admin });
    assert_eq!(ask(run.trim_end()).await, "401 unauthenticated");
    assert_eq!(ask(token("admin")).await, "200");
    console.desk.access.end_run();
    assert!(!file.exists());
}
