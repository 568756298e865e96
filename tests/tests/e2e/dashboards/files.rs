//! What stands in `dashboards/`, and what it must have.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::ask::Rule;
use super::query::Query;

fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().expect("tests/ stands in the workspace").to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|it| panic!("{path}: {it}"))
}

fn list(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).expect("the folder is there");
    let paths = entries.map(|it| it.expect("it can be read").path());
    paths.filter(|it| it.extension().is_some_and(|it| it == ending)).collect()
}

pub(super) fn rules() -> [PathBuf; 2] {
    ["recording", "alerts"].map(|it| root().join(format!("dashboards/prometheus/{it}.yml")))
}

/// Every query of every panel; each panel says what it shows, and in which unit.
pub(super) fn panels() -> Vec<Query> {
    let boards = list("dashboards/grafana", "json");
    assert_eq!(boards.len(), 5, "{boards:?}");
    boards.iter().flat_map(|it| board(it)).collect()
}

fn board(path: &Path) -> Vec<Query> {
    let text = fs::read_to_string(path).expect("a dashboard is text");
    let board: Value = serde_json::from_str(&text).expect("a dashboard is JSON");
    let name = |it: &Value| it["name"].as_str().map(str::to_owned);
    let variables = board["templating"]["list"].as_array().cloned().unwrap_or_default();
    assert_eq!(variables.first().and_then(name).as_deref(), Some("datasource"), "{path:?}");
    let panels = board["panels"].as_array().cloned().unwrap_or_default();
    assert!(panels.len() > 8, "{path:?}");
    panels.iter().flat_map(|it| panel(path, it)).collect()
}

fn panel(path: &Path, panel: &Value) -> Vec<Query> {
    let place = format!("{:?} {}", path.file_stem().unwrap_or_default(), panel["title"]);
    let described = panel["description"].as_str().is_some_and(|it| it.len() > 10);
    let unit = panel["fieldConfig"]["defaults"]["unit"].as_str();
    assert!(described && unit.is_some(), "{place}");
    let targets = panel["targets"].as_array().cloned().unwrap_or_default();
    assert!(!targets.is_empty(), "{place}");
    let query = |it: &Value| {
        assert_eq!(it["datasource"]["uid"], "${datasource}", "{place}");
        let text = it["expr"].as_str().expect("a target has a query").to_owned();
        Query { place: place.clone(), text }
    };
    targets.iter().map(query).collect()
}

/// It waits, says how bad it is, and what to do about it.
pub(super) fn check_alert(rule: &Rule) {
    let name = &rule.name;
    assert!(["critical", "warning"].contains(&rule.severity.as_str()), "{rule:?}");
    assert!(rule.has_for && !rule.summary.is_empty() && !rule.description.is_empty(), "{rule:?}");
    let (_, page) = rule.runbook_url.rsplit_once('/').expect("an address");
    let (page, section) = page.split_once(".html#").expect("a section of a page");
    assert_eq!(section, name.to_lowercase());
    let text = read(&format!("docs/operating/alerts/{page}.md"));
    assert!(text.contains(&format!("\n## {name}\n")), "{page} has nothing about {name}");
}

pub(super) fn promtool() {
    let tests = list("dashboards/prometheus/tests", "yml");
    assert!(tests.len() >= 6, "{tests:?}");
    let ended = Command::new("promtool").args(["test", "rules"]).args(tests).output();
    let ended = ended.expect("promtool is there");
    let said = [ended.stdout, ended.stderr].concat();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&said));
}

pub(super) fn every_alert_has_two_stories() {
    let text = read("dashboards/prometheus/alerts.yml");
    let names: Vec<_> = text.lines().filter_map(|it| it.trim().strip_prefix("- alert: ")).collect();
    assert!(names.len() > 20, "{names:?}");
    assert_eq!(text.matches("        for: ").count(), names.len(), "each says how long it waits");
    let stories = list("dashboards/prometheus/tests", "yml");
    let stories = stories.iter().map(|it| fs::read_to_string(it).expect("a story is text"));
    let stories = stories.collect::<String>();
    for name in names {
        let quiet = format!("alertname: {name}\n        exp_alerts: []");
        let fires = format!("alertname: {name}\n        exp_alerts:\n");
        assert!(stories.contains(&quiet) && stories.contains(&fires), "{name}");
    }
}

pub(super) fn metrics() -> String {
    read("gateway/engine/src/metrics.rs")
}

/// All of the gateway's code, in which every word of every label stands.
pub(super) fn gateway_code() -> String {
    let (mut code, mut folders) = (String::new(), vec![root().join("gateway")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("it can be read") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                code += &fs::read_to_string(path).expect("code is text");
            }
        }
    }
    code
}
