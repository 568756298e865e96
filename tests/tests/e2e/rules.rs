//! Rules of routing: what they say beforehand, what then happens, and what is remembered of it.

use std::fs;

use paymux_tests::api::Api;
use paymux_tests::config::{ALIPAY, Setup, WECHAT};
use paymux_tests::program::run;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use serde_json::{Value, json};

fn with_rules(rules: &str) -> Setup {
    Setup {
        more: "[routing]\nrules = \"keys/rules.toml\"\n".into(),
        secrets: vec![("rules.toml", rules.into())],
        ..Setup::default()
    }
}

fn wish(order_no: &str, amount: i64) -> Value {
    json!({
        "order_no": order_no, "amount": amount, "currency": "CNY", "method": "qr",
        "subject": "Jasmine tea",
    })
}

async fn create(api: &Api, order_no: &str, amount: i64) -> Value {
    let answer = api.create(order_no, &wish(order_no, amount)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

fn account(payment: &Value) -> String {
    payment["attempt"]["account"].as_str().expect("an attempt").to_owned()
}

async fn explain(api: &Api, order_no: &str, amount: i64) -> Value {
    let question = json!({
        "order_no": order_no, "amount": amount, "currency": "CNY", "method": "qr",
    });
    let answer = api.post("/v1/routing/explain", "unused", &question).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// What the timeline says of the decision.
async fn decided(api: &Api, payment: &Value) -> Value {
    let timeline = api.timeline(payment["id"].as_str().expect("an id")).await;
    let mut entries = timeline["data"].as_array().expect("a list").iter();
    let decided = entries.find(|it| it["kind"] == "route.decided").expect("a decision");
    decided["detail"].clone()
}

const SPLIT: &str = r#"
[[rules]]
name = "split"
targets = [
  { account = "alipay-sandbox", weight = 70 },
  { account = "wechat-sandbox", weight = 30 },
]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_split_is_kept_and_told_beforehand() {
    let rig = Rig::start(with_rules(SPLIT)).await;
    let (mut alipay, mut wechat) = (0, 0);
    for number in 0..60 {
        let order_no = format!("split-{number}");
        let mut told = explain(&rig.api, &order_no, 100).await;
        let payment = create(&rig.api, &order_no, 100).await;
        assert_eq!(told["account"], account(&payment), "{told}");
        told.as_object_mut().expect("an object").remove("at").expect("a moment");
        assert_eq!(decided(&rig.api, &payment).await, told, "one decision, told twice");
        *(if account(&payment) == ALIPAY { &mut alipay } else { &mut wechat }) += 1;
    }
    // The numbers of the orders settle the draw, so this is no matter of chance.
    assert_eq!(alipay + wechat, 60);
    assert!((33..=51).contains(&alipay), "seventy of a hundred: {alipay} of 60");
    assert_eq!(rig.api.payments().await.len(), 60, "explaining makes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_takes_what_its_day_allows() {
    // WeChat Pay closes at once what nobody has scanned; Alipay knows of it when it is scanned.
    let limits = format!("[accounts.{WECHAT}]\ndaily_count = 3\ndaily_amount = \"100.00\"\n");
    let mut rig = Rig::start(Setup { accounts: vec![WECHAT, ALIPAY], ..with_rules(&limits) }).await;
    let mut payments = vec![];
    for number in 0..6 {
        payments.push(create(&rig.api, &format!("cap-{number}"), 1_000).await);
    }
    let taken: Vec<_> = payments.iter().filter(|it| account(it) == WECHAT).collect();
    // What is counted twice for a moment keeps payments away, and never lets one pass.
    assert!((1..=3).contains(&taken.len()), "{payments:#?}");
    assert!(payments[..taken.len()].iter().all(|it| account(it) == WECHAT), "{payments:#?}");
    assert_eq!(account(&payments[5]), ALIPAY);
    let reason = |it: &Value| it["accounts"][0]["reason"].clone();
    assert_eq!(reason(&decided(&rig.api, &payments[5]).await), "daily_count");
    let open = async |order_no: &str, amount| {
        let told = explain(&rig.api, order_no, amount).await;
        Some(told).filter(|it| reason(it) == "chosen")
    };
    for number in taken.len()..3 {
        until("the count is exact again", async || open("x", 100).await).await;
        create(&rig.api, &format!("more-{number}"), 1_000).await;
    }

    // The day outlives the process.
    rig.kill_gateway().await;
    rig.start_gateway(&[]).await.expect("it starts again");
    assert_eq!(reason(&explain(&rig.api, "x", 100).await), "daily_count");

    // What ends unpaid gives its share back; money is another limit.
    let closed = taken[0]["id"].as_str().expect("an id");
    assert!(rig.api.close(closed).await.status < 300);
    let open = async |amount| {
        let told = explain(&rig.api, "x", amount).await;
        Some(told).filter(|it| reason(it) == "chosen")
    };
    until("the share is given back", async || open(8_000).await).await;
    assert_eq!(reason(&explain(&rig.api, "x", 8_001).await), "daily_amount");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_maintenance_the_next_account_takes_it_and_without_one_nothing_is_made() {
    let window = "maintenance = [{ from = \"2020-01-01 00:00\", until = \"2099-01-01 00:00\" }]";
    let rules = format!("[accounts.{ALIPAY}]\n{window}\n[accounts.{WECHAT}]\nmax = \"10.00\"\n");
    let rig = Rig::start(with_rules(&rules)).await;
    let payment = create(&rig.api, "small", 1_000).await;
    assert_eq!(account(&payment), WECHAT);
    let answer = rig.api.create("large", &wish("large", 1_001)).await;
    assert_eq!((answer.status, answer.code().as_str()), (422, "no-route"));
    let detail = answer.json()["detail"].clone();
    let expected = "by preference: alipay-sandbox maintenance, wechat-sandbox above_maximum";
    assert_eq!(detail, expected);
    assert_eq!(rig.api.payments().await.len(), 1, "the key and the number are free again");
    create(&rig.api, "large", 1_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shadow_rules_are_counted_and_change_nothing() {
    let shadow = format!(
        "shadow = true\n[[rules]]\nname = \"small\"\nmax = \"9.99\"\n\
         targets = [{{ account = \"{ALIPAY}\" }}]\n\
         [[rules]]\nname = \"rest\"\ntargets = [{{ account = \"{WECHAT}\" }}]\n"
    );
    let mut setup = with_rules("include = [\"next-week.toml\"]\n");
    setup.secrets.push(("next-week.toml", shadow));
    let rig = Rig::start(Setup { log: "info,paymux_engine=debug", ..setup }).await;
    for number in 0..3 {
        create(&rig.api, &format!("small-{number}"), 999).await;
    }
    for number in 0..2 {
        let payment = create(&rig.api, &format!("large-{number}"), 1_000).await;
        assert_eq!(account(&payment), ALIPAY, "the live rules have none");
        let expect = json!({ "rule": null, "account": ALIPAY, "accounts": [
            { "account": ALIPAY, "reason": "chosen" },
            { "account": WECHAT, "reason": "not_needed" },
        ]});
        assert_eq!(decided(&rig.api, &payment).await, expect);
    }
    create(&rig.api, "large-1", 1_000).await;
    let metrics = rig.metrics().await;
    let count = |outcome| {
        let labels = [("rule_set", "next-week"), ("outcome", outcome)];
        metrics.sum("paymux_shadow_decisions_total", &labels)
    };
    assert_eq!((count("agreed"), count("differed")), (3, 2));
    assert_eq!(rig.logs().matches("route.differed").count(), 2);
    // The operator's explanation knows of the shadow, the merchant's does not.
    let told = explain(&rig.api, "x", 1_000).await;
    assert!(told.get("shadows").is_none(), "{told}");
    let question = json!({
        "merchant": "tests", "amount": 1_000, "currency": "CNY", "method": "qr",
    });
    let admin = rig.operator();
    let told = admin.post("/routing/explain", "unused", &question).await;
    assert_eq!(told.status, 200, "{told:?}");
    assert_eq!(told.json()["shadows"][0]["account"], WECHAT, "{told:?}");
    assert_eq!(told.json()["account"], ALIPAY, "{told:?}");
    let unknown = json!({
        "merchant": "nobody", "amount": 1_000, "currency": "CNY", "method": "qr",
    });
    let told = admin.post("/routing/explain", "unused", &unknown).await;
    assert_eq!((told.status, told.code().as_str()), (404, "not-found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_reloaded_and_bad_ones_change_nothing() {
    let rig = Rig::start(with_rules("")).await;
    assert_eq!(explain(&rig.api, "x", 100).await["account"], ALIPAY);
    let file = rig.path("keys/rules.toml");
    let rule = format!("[[rules]]\nname = \"all\"\ntargets = [{{ account = \"{WECHAT}\" }}]\n");
    let admin = rig.operator();
    let reload = async || admin.post("/admin/v1/reload", "unused", &json!({})).await;
    fs::write(&file, &rule).expect("it can be written");
    assert_eq!(reload().await.status, 200);
    let told = explain(&rig.api, "x", 100).await;
    assert_eq!((&told["account"], &told["rule"]), (&json!(WECHAT), &json!("all")), "{told}");
    fs::write(&file, format!("{rule}{}", rule.replace("all", "more"))).expect("it can be written");
    let refused = reload().await;
    assert_eq!(refused.status, 422, "{refused:?}");
    let problem = &refused.json()["problems"][0];
    assert_eq!((&problem["line"], &problem["key"]), (&json!(4), &json!("rules[1]")), "{problem}");
    assert_eq!(explain(&rig.api, "x", 100).await["rule"], "all");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_explains_as_the_gateway_does() {
    let rig = Rig::start(with_rules(SPLIT)).await;
    let config = rig.path("paymux.toml").display().to_string();
    let asked = ["route", "explain", "--config", &config, "--merchant", "tests", "--method", "qr"];
    let asked = [&asked[..], &["--amount", "1.00", "--order-no", "cli-1"]].concat();
    let said = run(&asked);
    assert!(said.status.success(), "{said:?}");
    let table = String::from_utf8_lossy(&said.stdout).into_owned();
    let json = run(&[&asked[..], &["--json"]].concat());
    let json: Value = serde_json::from_slice(&json.stdout).expect("it is JSON");
    let told = explain(&rig.api, "cli-1", 100).await;
    for member in ["rule", "account", "accounts"] {
        assert_eq!(json[member], told[member], "{json}");
    }
    let chosen = told["account"].as_str().expect("an account");
    assert!(table.contains(&format!("account  {chosen}\nrule     split\n")), "{table}");
    assert!(table.contains("70 of 100") && table.contains("30 of 100"), "{table}");

    fs::write(rig.path("keys/rules.toml"), format!("{SPLIT}{SPLIT}")).expect("it can be written");
    for arguments in [&asked[..], &["config", "check", &config], &["serve", "--config", &config]] {
        let refused = run(arguments);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        let line = "keys/rules.toml:9: rules[1]: has the name split of the rule at";
        assert!(said.contains(line), "{said}");
    }
}
