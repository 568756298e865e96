//! The configuration is read again while everything goes on.

use std::cell::Cell;
use std::os::unix::fs::symlink;

use paymux_sandbox::Channel;
use paymux_tests::config::{API_KEY, Setup, secret};
use paymux_tests::http::Answer;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;

use super::order::{CHANNELS, Order};

/// Each changes something, and each fourth is a bad file.
const RELOADS: usize = 20;
/// Payments that are made from one reload to the next.
const BETWEEN: usize = 4;

async fn generation(rig: &Rig) -> u64 {
    rig.metrics().await.sum("paymux_config_generation", &[])
}

async fn reloads(rig: &Rig, outcome: &str) -> u64 {
    rig.metrics().await.sum("paymux_config_reloads_total", &[("outcome", outcome)])
}

async fn is_good(rig: &Rig) -> bool {
    rig.metrics().await.sum("paymux_config_last_reload_ok", &[]) == 1
}

async fn reaches(rig: &Rig, expect: u64) {
    let reached = async || (generation(rig).await == expect).then_some(());
    until(&format!("generation {expect}"), reached).await;
}

fn texts(answer: &Answer, key: &str) -> Vec<String> {
    let list = answer.json()[key].as_array().cloned().unwrap_or_default();
    list.iter().map(|it| it.as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn reloads_under_load_fail_no_request() {
    let rig = Rig::start(Setup::default()).await;
    let (made, ended) = (Cell::new(0), Cell::new(false));
    let customer = async |channel: Channel, who: usize| {
        for index in 0.. {
            let order = Order::placed(&rig, channel, &format!("load-{who}-{index}")).await;
            order.pay();
            made.set(made.get() + 1);
            if ended.get() {
                return;
            }
        }
    };
    let operator = async {
        for index in 0..RELOADS {
            let enough = made.get() + BETWEEN;
            until("payments are made", async || (made.get() >= enough).then_some(())).await;
            reload_once(&rig, index).await;
        }
        ended.set(true);
    };
    let [ali, we] = CHANNELS;
    tokio::join!(customer(ali, 1), customer(ali, 2), customer(we, 3), customer(we, 4), operator);

    let bad = (RELOADS / 4) as u64;
    assert_eq!(generation(&rig).await, 1 + RELOADS as u64 - bad);
    assert_eq!((reloads(&rig, "applied").await, reloads(&rig, "refused").await), (15, bad));
    assert!(!is_good(&rig).await, "the last one was bad");
    let all_paid = async || {
        let payments = rig.api.payments().await;
        let paid = payments.iter().filter(|it| it["status"] == "succeeded").count();
        (paid == made.get()).then_some(())
    };
    until("every payment is paid", all_paid).await;
    let heard = async || (rig.shop.heard().len() == made.get()).then_some(());
    until("the shop has heard of each", heard).await;
    for outcome in ["signature", "unknown_key", "malformed", "orphan", "quarantined"] {
        let told = [("outcome", outcome)];
        assert_eq!(rig.metrics().await.sum("paymux_notifications_total", &told), 0, "{outcome}");
    }
}

async fn reload_once(rig: &Rig, index: usize) {
    let good = std::fs::read_to_string(rig.path("paymux.toml")).expect("the configuration");
    let before = generation(rig).await;
    match index % 4 {
        // New stacks for all accounts.
        0 => rig.edit(|it| it.replacen("breaker_failures = 1000", "breaker_failures = 999", 1)),
        // One account anew, beside its old self.
        1 => rig.edit(|it| it.replace("channel = \"alipay\"", "channel = \"alipay\"\n")),
        2 => rig.edit(|it| it.replacen("breaker_failures = 999", "breaker_failures = 1000", 1)),
        _ => rig.edit(|it| it.replacen("[delivery]", "[delivery]\ncolour = \"red\"", 1)),
    }
    let answer = rig.reload().await;
    if index % 4 == 3 {
        assert_eq!((answer.status, answer.code().as_str()), (422, "config-refused"), "{answer:?}");
        assert_eq!(generation(rig).await, before, "a bad file changes nothing");
        rig.edit(|_| good);
    } else {
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json()["config_generation"], before + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_and_an_operator_ask_for_it() {
    let rig = Rig::start(Setup::default()).await;
    rig.edit(|it| it.replacen("ack = \"success\"", "ack = \"status\"", 1));
    let asked = rig.operator().get("/admin/v1/config/diff").await;
    let change = r#"~ merchants.tests.endpoints.shop.ack: "success" -> "status""#;
    assert_eq!(texts(&asked, "changes"), [change]);
    assert_eq!(generation(&rig).await, 1, "asking changes nothing");
    rig.hang_up().await;
    reaches(&rig, 2).await;
    let again = rig.reload().await;
    assert_eq!((again.status, texts(&again, "changes").len()), (200, 0), "{again:?}");
    assert_eq!(again.json()["config_generation"], 3);
    assert!(
        rig.logs().contains(r#""cause":"signal""#) && rig.logs().contains(r#""cause":"admin""#)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_files_are_noticed_however_they_are_exchanged() {
    let rig = Rig::start(Setup { reload: "watch = \"50ms\"", ..Setup::default() }).await;
    // Renamed into its place.
    rig.edit(|it| it.replacen("ack = \"success\"", "ack = \"status\"", 1));
    reaches(&rig, 2).await;
    // As Kubernetes mounts it: a link to a file in a linked folder, and the folder exchanged.
    let text = std::fs::read_to_string(rig.path("paymux.toml")).expect("the configuration");
    for (folder, text) in
        [("one", text.clone()), ("two", text.replacen("\"status\"", "\"success\"", 1))]
    {
        std::fs::create_dir(rig.path(folder)).expect("the folder can be written");
        std::fs::write(rig.path(folder).join("paymux.toml"), text).expect("it can be written");
    }
    let link = |to: &str, name: &str| {
        symlink(to, rig.path("link")).expect("links can be made");
        std::fs::rename(rig.path("link"), rig.path(name)).expect("links can be exchanged");
    };
    link("one", "..data");
    link("..data/paymux.toml", "paymux.toml");
    reaches(&rig, 3).await;
    link("two", "..data");
    reaches(&rig, 4).await;
    // A secret that the file refers to.
    let mut newcomer = rig.api.clone();
    newcomer.api_key = API_KEY.replace("tests", "newer");
    assert_eq!(newcomer.get("/v1/payments").await.status, 401);
    secret(&rig.path("keys/api-key.txt"), &newcomer.api_key);
    reaches(&rig, 5).await;
    assert_eq!(newcomer.get("/v1/payments").await.status, 200);
    assert_eq!(rig.api.get("/v1/payments").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_changes_nothing_and_is_told_whole() {
    let rig = Rig::start(Setup { reload: "watch = \"50ms\"", ..Setup::default() }).await;
    let good = std::fs::read_to_string(rig.path("paymux.toml")).expect("the configuration");
    rig.edit(|it| it.replace("ack = \"success\"", "ack = \"perhaps\"").replace("app_id", "ap_id"));
    until("it is refused", async || (!is_good(&rig).await).then_some(())).await;
    let answer = rig.reload().await;
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let told = answer.json();
    let problems: Vec<_> = told["problems"].as_array().cloned().unwrap_or_default();
    let keys: Vec<_> = problems.iter().filter_map(|it| it["key"].as_str()).collect();
    let expect = [
        "accounts.alipay-sandbox.app_id",
        "accounts.alipay-sandbox.ap_id",
        "accounts.wechat-sandbox.app_id",
        "accounts.wechat-sandbox.ap_id",
        "merchants.tests.endpoints[0].ack",
    ];
    assert_eq!(keys, expect, "{told}");
    assert!(problems.iter().all(|it| it["line"].as_u64() > Some(0)), "{told}");
    for key in expect {
        assert!(rig.logs().contains(key), "the log tells of {key}");
    }
    assert_eq!(generation(&rig).await, 1);
    Order::paid(&rig, Channel::Alipay, "as-before").await;
    rig.edit(|_| good);
    reaches(&rig, 2).await;
    assert!(is_good(&rig).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_a_restart_waits_for_one() {
    let mut rig = Rig::start(Setup::default()).await;
    rig.edit(|it| {
        it.replacen("poll = \"100ms\"", "poll = \"90ms\"", 1).replacen(
            "ack = \"success\"",
            "ack = \"status\"",
            1,
        )
    });
    for changes in [2, 1] {
        let answer = rig.reload().await;
        assert_eq!(texts(&answer, "changes").len(), changes, "{answer:?}");
        assert_eq!(texts(&answer, "needs_restart"), ["worker.poll"], "each time");
    }
    rig.ask_to_stop().await;
    assert!(rig.has_stopped().await.success());
    rig.start_gateway(&[]).await.expect("it starts again");
    assert_eq!(texts(&rig.reload().await, "needs_restart"), [""; 0]);
    // A value that is taken may need one that is not.
    rig.edit(|it| {
        it.replacen("deadline = \"15s\"", "deadline = \"30s\"", 1).replacen(
            "\ndeadline = \"5s\"",
            "\ndeadline = \"18s\"",
            1,
        )
    });
    let answer = rig.reload().await;
    assert_eq!(answer.status, 422, "{answer:?}");
    let problem = answer.json()["problems"][0]["problem"].to_string();
    assert!(problem.contains("needs a restart"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_stays_the_same_and_leaves_in_two_steps() {
    let rig = Rig::start(Setup::default()).await;
    let open = Order::placed(&rig, Channel::Wechat, "open").await;
    let refused = async |expect: &str| {
        let answer = rig.reload().await;
        assert_eq!(answer.status, 422, "{answer:?}");
        let told = answer.json()["problems"][0].clone();
        assert_eq!(told["key"], "accounts.wechat-sandbox");
        assert!(told["problem"].as_str().is_some_and(|it| it.contains(expect)), "{told}");
    };
    let good = std::fs::read_to_string(rig.path("paymux.toml")).expect("the configuration");
    // Another merchant number under the old name.
    let at = good.find("mch_id = \"").expect("it is there") + "mch_id = \"".len();
    rig.edit(|it| format!("{}9{}", &it[..at], &it[at + 1..]));
    refused("give the new account a name of its own").await;
    // Gone at once.
    let (begin, end) = (good.find("[accounts.wechat-sandbox]"), good.find("[merchants.tests]"));
    let (begin, end) = (begin.expect("it is there"), end.expect("it is there"));
    let without = format!("{}{}", &good[..begin], &good[end..]);
    let without =
        without.replace(r#"["alipay-sandbox", "wechat-sandbox"]"#, r#"["alipay-sandbox"]"#);
    rig.edit(|_| without.clone());
    refused("retired = true").await;

    rig.edit(|_| good.replace("channel = \"wechat\"", "channel = \"wechat\"\nretired = true"));
    assert_eq!(rig.reload().await.status, 200);
    let wish = super::order::wish(Channel::Wechat, "new-wechat", "tea");
    assert_eq!(rig.api.create("new", &wish).await.code(), "no-route");
    open.pay();
    open.is_paid_once().await;
    assert_eq!(open.notifications("applied").await, 1, "it is heard of as before");
    let refund = serde_json::json!({ "refund_no": "open", "amount": 300, "currency": "CNY" });
    assert_eq!(rig.api.refund(&open.id, "back", &refund).await.status, 201);
    rig.shop.hears("refund.succeeded", &open.order_no).await;

    rig.edit(|_| without);
    assert_eq!(rig.reload().await.status, 200);
    Order::paid(&rig, Channel::Alipay, "left").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_makes_no_other_account_of_it() {
    let mut rig = Rig::start(Setup::default()).await;
    let order = Order::placed(&rig, Channel::Alipay, "open").await.order_no;
    rig.ask_to_stop().await;
    assert!(rig.has_stopped().await.success());
    let good = std::fs::read_to_string(rig.path("paymux.toml")).expect("the configuration");
    let at = good.find("app_id = \"").expect("it is there") + "app_id = \"".len();
    rig.edit(|it| format!("{}8{}", &it[..at], &it[at + 1..]));
    let ended = rig.start_gateway(&[]).await.expect_err("it does not start");
    assert_eq!(ended.code(), Some(1));
    assert!(rig.logs().contains("give the new account a name of its own"), "{}", rig.logs());
    rig.edit(|_| good);
    rig.start_gateway(&[]).await.expect("it starts");
    assert_eq!(rig.api.get(&format!("/v1/payments?order_no={order}")).await.status, 200);
}
