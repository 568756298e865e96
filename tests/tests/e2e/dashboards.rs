//! Dashboards and alerts, over a real run: every query finds what it asks for.

mod ask;
mod files;
mod query;
mod story;

use std::time::Duration;

use paymux_services::Prometheus;
use paymux_tests::wait::at_pace;

use ask::{Ask, Rule};
use query::Query;
use story::Story;

/// For everything to be scraped twice and asked for, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(55);
const PACE: Duration = Duration::from_secs(1);

/// The names that Grafana fills in.
fn filled_in(expression: &str) -> String {
    let names = ["$account", "$merchant", "$endpoint"];
    let all = names.iter().fold(expression.to_owned(), |text, name| text.replace(name, ".*"));
    all.replace("$__rate_interval", "1m")
}

/// The number that an alert compares; the comparison itself is silent while nothing is wrong.
fn compared(rule: &Rule) -> String {
    let words: Vec<_> = rule.query.rsplitn(3, ' ').collect();
    let [limit, sign, left] = words[..] else { panic!("{rule:?}") };
    assert!(limit.parse::<f64>().is_ok() && ["<", ">", "=="].contains(&sign), "{rule:?}");
    left.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_panel_and_every_rule_finds_its_numbers() {
    let story = Story::begin().await;
    let (port, [recording, alerts]) = (story.rig.node.ports[2], files::rules());
    let start = move || Prometheus::start(port, &[&recording, &alerts]);
    let server = tokio::task::spawn_blocking(start).await.expect("it starts");
    let ask = Ask::new(story.rig.http.clone(), server);
    story.once("first").await;
    ask.until_scraped_twice().await;
    story.once("second").await;

    let rules = ask.rules().await;
    assert!(rules.len() > 30, "{rules:?}");
    rules.iter().filter(|it| it.is_alert()).for_each(files::check_alert);
    let mut queries: Vec<Query> = files::panels();
    for rule in &rules {
        let text = if rule.is_alert() { compared(rule) } else { rule.query.clone() };
        queries.push(Query { place: rule.name.clone(), text });
    }
    let mut silent: Vec<(&Query, String)> = queries.iter().map(|it| (it, String::new())).collect();
    let all_speak = async || {
        for (query, why) in &mut silent {
            let numbers = ask.numbers(&filled_in(&query.text)).await;
            *why = numbers.err().unwrap_or_default();
        }
        silent.retain(|it| !it.1.is_empty());
        silent.is_empty().then_some(())
    };
    let all = at_pace(PACE, PATIENCE, all_speak).await;
    let line = |(it, why): &(&Query, String)| format!("{}: {} {why}", it.place, it.text);
    let lines: Vec<_> = silent.iter().map(line).collect();
    assert!(all.is_some(), "without numbers:\n{}\n{}", lines.join("\n"), ask.log());

    let metrics = story.rig.metrics().await;
    let recorded: Vec<_> = rules.iter().map(|it| it.name.as_str()).collect();
    let unknown = queries.iter().flat_map(|it| query::unknown(it, &metrics.0, &recorded));
    let unknown: Vec<_> = unknown.collect();
    assert!(unknown.is_empty(), "the gateway has no such thing:\n{}", unknown.join("\n"));
    story.is_told(&metrics);
}

#[test]
fn alerts_fire_when_they_should_and_only_then() {
    files::promtool();
    files::every_alert_has_two_stories();
}
