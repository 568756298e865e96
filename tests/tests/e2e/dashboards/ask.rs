//! Prometheus, asked over HTTP.

use std::fmt::Write as _;

use paymux_services::Prometheus;
use paymux_tests::http::Http;
use paymux_tests::wait::until;
use serde_json::Value;

pub(super) struct Ask {
    http: Http,
    server: Prometheus,
}

/// A rule as Prometheus has read it.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) query: String,
    kind: String,
    /// It says how long its condition must hold, be it no time.
    pub(super) has_for: bool,
    pub(super) severity: String,
    pub(super) summary: String,
    pub(super) description: String,
    pub(super) runbook_url: String,
}

impl Rule {
    fn read(rule: &Value) -> Self {
        let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
        let notes = &rule["annotations"];
        Self {
            name: text(&rule["name"]),
            query: text(&rule["query"]),
            kind: text(&rule["type"]),
            has_for: rule["duration"].is_number(),
            severity: text(&rule["labels"]["severity"]),
            summary: text(&notes["summary"]),
            description: text(&notes["description"]),
            runbook_url: text(&notes["runbook_url"]),
        }
    }

    pub(super) fn is_alert(&self) -> bool {
        self.kind == "alerting"
    }
}

impl Ask {
    pub(super) fn new(http: Http, server: Prometheus) -> Self {
        Self { http, server }
    }

    pub(super) fn log(&self) -> String {
        self.server.log()
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(&self.server.url(path)).await;
        answer.map(|it| it.json()).unwrap_or_default()
    }

    pub(super) async fn rules(&self) -> Vec<Rule> {
        let answer = self.get("/api/v1/rules").await;
        let groups = answer["data"]["groups"].as_array().cloned().unwrap_or_default();
        let rules = groups.iter().filter_map(|it| it["rules"].as_array());
        rules.flatten().map(Rule::read).collect()
    }

    /// From then on whatever rises is seen to rise.
    pub(super) async fn until_scraped_twice(&self) {
        let scraped = async || {
            let query = "min(count_over_time(paymux_delivery_attempts_total[1m])) >= 2";
            self.numbers(query).await.ok()
        };
        until("it is scraped twice", scraped).await;
    }

    /// What was found; or why that is nothing.
    pub(super) async fn numbers(&self, query: &str) -> Result<Vec<f64>, String> {
        let answer = self.get(&format!("/api/v1/query?query={}", encoded(query))).await;
        if answer["status"] != "success" {
            return Err(answer.to_string());
        }
        let found = answer["data"]["result"].as_array().cloned().unwrap_or_default();
        let number = |it: &Value| it["value"][1].as_str().and_then(|it| it.parse::<f64>().ok());
        let numbers: Vec<_> = found.iter().filter_map(number).filter(|it| !it.is_nan()).collect();
        if numbers.is_empty() { Err(answer["data"]["result"].to_string()) } else { Ok(numbers) }
    }
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        let _ = write!(all, "%{byte:02X}");
        all
    })
}
