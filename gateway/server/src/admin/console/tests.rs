//! Pages as a browser gets them: coming in, what strangers try, and what stands on them.

use http::Request;

use crate::admin::access::password::{Password, hash};
use crate::admin::access::user::{Role, User};
use crate::admin::tests::{Console, HERE, cookie, users};
use crate::api::tests::rig::Reply;
use crate::settings::{self, Settings};

const PASSWORD: &str = "correct horse battery";

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body.to_vec()).unwrap()
}

/// With a user who has a password.
fn console() -> Console {
    let mut users = users();
    let password = Password::parse(&hash(PASSWORD).unwrap()).ok();
    let user = User { role: Role::Admin, password, tokens: vec![], mark: vec![1] };
    users.insert("alice".parse().unwrap(), user);
    Console::with(settings::Admin { users, ..Settings::defaults().admin })
}

async fn log_in(console: &Console, user: &str, password: &str, cookie: &str) -> Reply {
    let request = Request::post("/console/login")
        .header("host", "127.0.0.1")
        .header("origin", HERE)
        .header("cookie", cookie);
    console.send_with(request, format!("user={user}&password={password}&next=/console/audit")).await
}

/// What the browser sends next time.
fn given(reply: &Reply) -> String {
    reply.header("set-cookie").split(';').next().unwrap().to_owned()
}

async fn look(console: &Console, path: &str, cookie: &str) -> Reply {
    console.send(Request::get(path).header("host", "127.0.0.1").header("cookie", cookie)).await
}

#[tokio::test]
async fn a_password_or_a_token_opens_and_nothing_is_learned_otherwise() {
    let console = console();
    let refused = log_in(&console, "alice", "wrong horse battery", "").await;
    let unknown = log_in(&console, "bobby", "wrong horse battery", "").await;
    assert_eq!((refused.status.as_u16(), unknown.status.as_u16()), (401, 401));
    assert_eq!(text(&refused).replace("alice", "NAME"), text(&unknown).replace("bobby", "NAME"));
    assert!(!refused.has("set-cookie") && !unknown.has("set-cookie"));
    for (user, password) in [("alice", PASSWORD), ("admin", crate::admin::tests::token("admin"))] {
        let opened = log_in(&console, user, &password.replace(' ', "+"), "").await;
        assert_eq!((opened.status.as_u16(), opened.header("location")), (303, "/console/audit"));
        let set = opened.header("set-cookie");
        assert!(set.contains("; HttpOnly; SameSite=Strict"), "{set}");
        let page = look(&console, "/console/audit", &given(&opened)).await;
        assert_eq!(page.status.as_u16(), 200);
        assert!(text(&page).contains("log_in"), "it stands in the log");
    }
    // Somebody else's token is no password of hers.
    let other = log_in(&console, "alice", crate::admin::tests::token("admin"), "").await;
    assert_eq!(other.status.as_u16(), 401);
}

#[tokio::test]
async fn a_log_in_begins_a_new_session_and_ends_the_old_one() {
    let console = console();
    let first = given(&log_in(&console, "alice", &PASSWORD.replace(' ', "+"), "").await);
    // Whatever a stranger has put there before.
    let second = given(&log_in(&console, "alice", &PASSWORD.replace(' ', "+"), &first).await);
    assert!(!second.is_empty() && first != second);
    assert_eq!(look(&console, "/console", &first).await.status.as_u16(), 303, "it was ended");
    assert_eq!(look(&console, "/console", &second).await.status.as_u16(), 200);
}

#[tokio::test]
async fn a_session_ends_by_log_out_by_time_and_with_its_credentials() {
    let console = console();
    let minutes = |it: u64| std::time::Duration::from_secs(60 * it);
    let opens = async |open| console.page(Some(open), "/console/payments").await.status == 200;
    let one = console.session("viewer").await;
    assert!(opens(&one).await);
    let out = console.form(Some(&one), "/console/logout", "").await;
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert!(!opens(&one).await, "a copy of the cookie opens nothing, on any node");
    let idle = console.session("viewer").await;
    console.rig.pass(minutes(29));
    // Using it is written down, and the new cookie lives longer.
    let used = console.page(Some(&idle), "/console/payments").await;
    console.rig.pass(minutes(2));
    assert!(!opens(&idle).await, "the old one was not used for half an hour");
    let page = look(&console, "/console/payments", &given(&used)).await;
    assert_eq!(page.status.as_u16(), 200);
    let last = console.session("viewer").await;
    let mut users = users();
    users.get_mut(&"viewer".parse().unwrap()).unwrap().mark = b"another password".to_vec();
    console.desk.access.take(&settings::Admin { users, ..Settings::defaults().admin });
    assert!(!opens(&last).await);
}

#[tokio::test]
async fn a_script_that_asks_by_itself_keeps_no_session_alive() {
    let console = console();
    let open = console.session("viewer").await;
    console.rig.pass(std::time::Duration::from_secs(120));
    assert!(!console.page(Some(&open), "/console/live").await.has("set-cookie"));
    assert!(console.page(Some(&open), "/console").await.has("set-cookie"));
}

#[tokio::test]
async fn only_forms_of_this_session_are_taken() {
    let console = console();
    let (open, other) = (console.session("operator").await, console.session("operator").await);
    let path = "/console/endpoints/shop/hook/disable";
    let send = async |origin: Option<&str>, site: Option<&str>, token: &str| {
        let mut request =
            Request::post(path).header("host", "127.0.0.1").header("cookie", cookie(Some(&open)));
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        console.send_with(request, format!("form_token={token}")).await.status.as_u16()
    };
    let (ours, theirs) = (open.form_token(), other.form_token());
    assert_eq!(send(Some(HERE), None, "").await, 403);
    assert_eq!(send(Some(HERE), None, &theirs).await, 403);
    assert_eq!(send(None, None, &ours).await, 403);
    assert_eq!(send(Some("https://stranger.example"), None, &ours).await, 403);
    assert_eq!(send(Some(HERE), Some("cross-site"), &ours).await, 403);
    assert_eq!(send(None, Some("same-site"), &ours).await, 403);
    let log = console.get("/admin/v1/audit", "viewer").await.json();
    assert_eq!(log["data"].as_array().unwrap().len(), 0, "nothing was done");
    assert_eq!(send(Some(HERE), Some("same-origin"), &ours).await, 200);
}

#[tokio::test]
async fn who_guesses_is_turned_away() {
    let console = console();
    let mut told = vec![];
    for _ in 0..11 {
        told.push(log_in(&console, "alice", "wrong", "").await.status.as_u16());
    }
    assert_eq!((told[9], told[10]), (401, 429));
    let right = log_in(&console, "alice", &PASSWORD.replace(' ', "+"), "").await;
    assert_eq!(right.status.as_u16(), 429, "not even the right one is looked at");
    assert_eq!(right.header("retry-after"), "30");
}

/// Strangers' guesses from the owner's own address and at her name: her browser is known.
#[tokio::test]
async fn whoever_logged_in_before_is_not_shut_out_by_strangers() {
    let console = console();
    let password = PASSWORD.replace(' ', "+");
    let opened = log_in(&console, "alice", &password, "").await;
    let mut cookies = opened.headers.get_all("set-cookie").iter();
    let known = cookies.find_map(|it| {
        it.to_str().unwrap().split(';').next().filter(|it| it.starts_with("paymux_browser="))
    });
    let known = known.expect("the browser is told that it is known").to_owned();
    for _ in 0..30 {
        log_in(&console, "alice", "wrong", "").await;
    }
    assert_eq!(log_in(&console, "alice", &password, "").await.status.as_u16(), 429);
    assert_eq!(log_in(&console, "alice", &password, &known).await.status.as_u16(), 303);
    // It opens nothing by itself, and is nobody else's.
    assert_eq!(log_in(&console, "alice", "wrong", &known).await.status.as_u16(), 401);
    assert_eq!(log_in(&console, "admin", "wrong", &known).await.status.as_u16(), 429);
    assert_eq!(look(&console, "/console", &known).await.status.as_u16(), 303);
}

#[tokio::test]
async fn a_browser_reads_refusals_as_pages_and_a_program_as_problems() {
    let console = console();
    let open = console.session("viewer").await;
    const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";
    let ask = async |method: &str, path: &str, accept: &str| {
        let request = Request::builder().method(method).uri(path).header("host", "127.0.0.1");
        let request = request.header("cookie", cookie(Some(&open))).header("accept", accept);
        console.send(request.header("accept-language", "zh-CN").header("origin", HERE)).await
    };
    for (method, path, status, title) in [
        ("GET", "/admin/v1/payments", 401, "尚未登录"),
        ("POST", "/console/replays", 403, "没有权限"),
        ("GET", "/console/nothing", 404, "页面不存在"),
        ("DELETE", "/console", 405, "页面不存在"),
    ] {
        let page = ask(method, path, BROWSER).await;
        let text = text(&page);
        assert_eq!(page.status.as_u16(), status, "{path}: {text}");
        assert!(text.contains(&format!("<h1>{title}</h1>")), "{path}: {text}");
        assert!(text.contains(page.header("x-request-id")), "{path}: {text}");
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
        for accept in ["application/json", "*/*", ""] {
            let told = ask(method, path, accept).await;
            assert!(told.outcome().starts_with(&status.to_string()), "{path} {accept}");
        }
    }
}

#[tokio::test]
async fn whatever_stands_on_a_page_is_text() {
    let console = console();
    // The channel takes no `/` and no `=` in a subject.
    let subject = r#"<script>alert(1)<b>\"'<img onerror>"#;
    let note = r#"</dd><script>alert(1)</script>\"'<img src=x onerror=alert(1)>"#;
    let fixed = r#""order_no":"X-1","amount":8888,"currency":"CNY","method":"page""#;
    let body = format!(r#"{{{fixed},"subject":"{subject}","metadata":{{"note":"{note}"}}}}"#);
    let made = console.rig.post("/v1/payments", "x", body).await;
    assert_eq!(made.outcome(), "201");
    let open = console.session("viewer").await;
    let one = format!("/console/payments/{}", made.text("/id"));
    for path in ["/console/payments?number=X-1", "/console/payments?merchant=shop", &one] {
        let page = console.page(Some(&open), path).await;
        assert_eq!(page.status.as_u16(), 200, "{path}");
        let text = text(&page);
        assert!(!text.contains("<script>alert") && !text.contains("<img"), "{path}: {text}");
        assert!(text.contains("alert(1)"), "{path}: it is there, as text");
    }
    let asked = "/console/payments?number=%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    assert!(!text(&console.page(Some(&open), asked).await).contains("<script>alert"));
}

#[tokio::test]
async fn every_page_forbids_what_is_not_ours() {
    let console = console();
    let open = console.session("admin").await;
    let pages =
        ["", "/payments", "/transfers", "/deliveries", "/accounts", "/routing", "/audit?verify=1"];
    for path in pages.map(|it| format!("/console{it}")) {
        let page = console.page(Some(&open), &path).await;
        assert_eq!(page.status.as_u16(), 200, "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("x-frame-options"), "DENY");
        let text = text(&page);
        for inline in [" style=", "<style", " onclick", "http://", "javascript:"] {
            assert!(!text.contains(inline) || path.contains("deliveries"), "{path}: {inline}");
        }
    }
    let asked =
        Request::get("/console").header("host", "127.0.0.1").header("accept-language", "zh");
    let chinese = console.send(asked.header("cookie", cookie(Some(&open)))).await;
    assert!(text(&chinese).contains("概览") && text(&chinese).contains(r#"lang="zh-CN""#));
}

#[tokio::test]
async fn a_failed_delivery_has_its_cause_and_is_sent_again() {
    let console = console();
    let id = console.rig.paid("A-1").await;
    let open = console.session("operator").await;
    let gateway = &console.desk.gateway;
    for leased in paymux_store::Store::lease(
        &gateway.store,
        gateway.now(),
        std::time::Duration::from_secs(60),
        99,
    )
    .await
    .unwrap()
    {
        gateway.work(&leased).await;
    }
    let page = text(&console.page(Some(&open), "/console/deliveries?merchant=shop").await);
    assert!(page.contains("<b>tcp</b>") && page.contains("firewall let this gateway in"), "{page}");
    let story = text(&console.page(Some(&open), &format!("/console/payments/{id}")).await);
    assert!(story.contains("route.decided") && story.contains("delivery.attempted"), "{story}");
    console.rig.pass(std::time::Duration::from_secs(1));
    let missed = "merchant=shop&endpoint=hook&from=2026-01-01T00:00";
    let again = console.form(Some(&open), "/console/replays", missed).await;
    assert_eq!(again.status.as_u16(), 200);
    let delivery = gateway.store.look(|it| it.deliveries.values().next().cloned()).unwrap();
    assert_eq!((delivery.state.name(), delivery.attempts), ("due", 0));
}
