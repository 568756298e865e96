//! What operators see, and what nobody may see.

use paymux_sandbox::{Credentials, Parties};
use paymux_tests::config::{API_KEY, Setup, WEBHOOK_SECRET};
use paymux_tests::rig::Rig;

use super::order::{CHANNELS, Order};

#[tokio::test(flavor = "multi_thread")]
async fn vital_signs_and_metrics_are_served() {
    let rig = Rig::start(Setup::default()).await;
    for channel in CHANNELS {
        Order::paid(&rig, channel, "measured").await;
    }
    let get = async |path: &str| rig.http.get(&rig.ops(path)).await.expect("ops answers");
    let live = get("/livez").await;
    assert_eq!((live.status, &live.body[..]), (200, &b"ok\n"[..]));
    let ready = get("/readyz").await;
    assert_eq!((ready.status, &ready.json()["ready"]), (200, &true.into()));
    assert_eq!(get("/v1/payments").await.status, 404, "no API here");
    let public = rig.http.get(&format!("{}/metrics", rig.api.base)).await;
    assert_eq!(public.map(|it| it.status), Ok(404), "no metrics there");

    let metrics = rig.metrics().await;
    let names = [
        "paymux_events_total",
        "paymux_notifications_total",
        "paymux_channel_calls_total",
        "paymux_channel_call_seconds",
        "paymux_delivery_attempts_total",
        "paymux_delivery_attempt_seconds",
        "paymux_delivery_duplicates_possible_total",
        "paymux_tasks_total",
        "paymux_task_lag_seconds",
        "paymux_tasks_open",
        "paymux_tasks_due",
        "paymux_http_requests_total",
        "paymux_http_request_seconds",
        "paymux_stale_commits_total",
        "paymux_fenced_commits_total",
        "paymux_config_generation",
    ];
    for name in names {
        assert!(metrics.has(name), "{name} is missing: {}", metrics.0);
    }
    assert_eq!(metrics.sum("paymux_events_total", &[("event", "attempt.paid")]), 2);
    let posted = [("route", "/v1/payments"), ("status", "201")];
    assert_eq!(metrics.sum("paymux_http_requests_total", &posted), 2);
    assert_eq!(metrics.sum("paymux_delivery_duplicates_possible_total", &[]), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_any_log_metric_or_timeline() {
    let rig = Rig::start(Setup { log: "trace", ..Setup::default() }).await;
    let mut seen = String::new();
    let mut secrets = secrets();
    for channel in CHANNELS {
        let order = Order::paid(&rig, channel, "secret").await;
        let payment = order.answer.json();
        let code = payment["action"]["qr_code"].as_str().expect("a code");
        let token = code.rsplit('/').next().expect("a code ends in its token");
        secrets.push(("the payer's code", token.to_owned()));
        seen += &rig.api.timeline(&order.id).await.to_string();
    }
    let mut stranger = rig.api.clone();
    stranger.api_key = "pk_tests_canary_of_a_wrong_key_0000".to_owned();
    secrets.push(("a wrong key", stranger.api_key.clone()));
    assert_eq!(stranger.get("/v1/payments").await.status, 401);
    seen += &rig.metrics().await.0;
    seen += &rig.logs();
    for text in ["\"level\":\"TRACE\"", "payment.applied", "attempt.paid", "paymux_events_total"] {
        assert!(seen.contains(text), "there is something to search: {text}");
    }
    for (what, secret) in secrets {
        assert!(secret.len() >= 16, "{what} is long enough to be found");
        let found = seen.find(&secret).map(|at| {
            let start = seen[..at].rfind('\n').map_or(0, |it| it + 1);
            seen[start..].lines().next().unwrap_or_default().to_owned()
        });
        assert_eq!(found, None, "{what} is shown");
    }
}

/// Pieces of each, such as no other text holds.
fn secrets() -> Vec<(&'static str, String)> {
    let Credentials { alipay, wechat } = Credentials::demo();
    let middle = |pem: &str| pem.lines().nth(5).expect("a key has many lines").to_owned();
    vec![
        ("the Alipay key", middle(&alipay.private_key_pem)),
        ("the WeChat Pay key", middle(&wechat.private_key_pem)),
        ("the platform's key", middle(&Parties::demo().alipay.private_key_pem)),
        ("the APIv3 key", wechat.api_v3_key),
        ("the API key", API_KEY.to_owned()),
        ("the webhook secret", WEBHOOK_SECRET.trim_start_matches("whsec_").to_owned()),
        ("the webhook secret, decoded", "paymux-tests-webhook-secret-001".to_owned()),
    ]
}
