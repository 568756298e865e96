//! The figures, for people and for machines.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::latency::{Latency, micros};
use crate::pace::Run;
use crate::process::Usage;
use crate::scenario::Terms;
use crate::stage::Stage;
use crate::verify::Expected;

/// Findings that are printed; all of them are in the evidence.
const SHOWN: usize = 50;

pub struct Report {
    pub title: String,
    pub cold_start: Duration,
    pub idle: Usage,
    pub before: Usage,
    /// By the arrivals alone.
    pub main: Usage,
    /// By the whole run.
    pub used: Usage,
    pub arrivals: u32,
    pub payments: usize,
    pub rows: Vec<(String, Latency)>,
    pub notes: Vec<(String, usize)>,
    pub run: Value,
    pub shortfall: Option<String>,
    pub failed: Vec<String>,
    pub findings: Vec<String>,
    pub evidence: Option<PathBuf>,
}

impl Report {
    pub fn new(terms: &Terms, stage: &Stage) -> anyhow::Result<Self> {
        let Terms { scenario, pace, plan, .. } = terms;
        let merchants = stage.merchants();
        let title = format!(
            "{scenario:?} by {} on {}, {} a second, {merchants} merchant{}",
            plan.signing.name(),
            plan.store.name(),
            pace.rate,
            if merchants == 1 { "" } else { "s" },
        );
        let idle = stage.gateway.usage()?;
        Ok(Self {
            title,
            cold_start: stage.cold_start,
            idle,
            before: idle,
            main: Usage::default(),
            used: Usage::default(),
            arrivals: 0,
            payments: 0,
            rows: vec![],
            notes: vec![],
            run: Value::Null,
            shortfall: None,
            failed: vec![],
            findings: vec![],
            evidence: None,
        })
    }

    /// What was used so far was used by preparing.
    pub fn rest(&mut self, stage: &Stage) -> anyhow::Result<()> {
        self.before = stage.gateway.usage()?;
        Ok(())
    }

    pub fn main<T>(&mut self, name: &str, run: &Run<T>, stage: &Stage) -> anyhow::Result<()> {
        self.main = stage.gateway.usage()? - self.before;
        self.arrivals = run.pace.total;
        self.rows.push((name.to_owned(), run.latency.clone()));
        self.run = run.json();
        self.shortfall = run.shortfall();
        self.failed.clone_from(&run.failed);
        Ok(())
    }

    pub fn beside(&mut self, name: &str, latency: Latency) {
        self.rows.push((name.to_owned(), latency));
    }

    pub fn note(&mut self, name: &str, count: usize) {
        self.notes.push((name.to_owned(), count));
    }

    /// From when a payment was due to begin until its webhook arrived.
    pub fn told(&mut self, stage: &Stage, expected: &[Expected]) {
        self.payments = expected.len();
        let heard = stage.inbox.heard();
        let time = |it: &Expected| {
            heard.get(&it.id).zip(it.due).map(|(heard, due)| heard.first.duration_since(due))
        };
        let told: Latency = expected.iter().filter_map(time).collect();
        let again = heard.values().filter(|it| it.deliveries > 1).count();
        drop(heard);
        if told.count() > 0 {
            self.beside("to webhook", told);
        }
        self.note("told more than once", again);
    }

    pub fn is_good(&self) -> bool {
        self.shortfall.is_none() && self.findings.is_empty()
    }

    /// CPU of the gateway for one arrival.
    pub fn cpu_each(&self) -> Duration {
        self.main.cpu / self.arrivals.max(1)
    }

    /// CPU of the gateway for one payment, whatever became of it later.
    pub fn cpu_whole(&self) -> Duration {
        self.used.cpu / u32::try_from(self.payments.max(1)).unwrap_or(u32::MAX)
    }

    pub fn table(&self) -> String {
        let mut text = format!(
            "{}\n\
             start       {} ms to ready, {} KiB resident when idle\n\
             gateway     {} of CPU an arrival, {} a payment, {} KiB resident, {} KiB written\n\
             {:<12} {:>11} {:>11} {:>11} {:>11}",
            self.title,
            self.cold_start.as_millis(),
            self.idle.resident_kib,
            micros(self.cpu_each()),
            micros(self.cpu_whole()),
            self.used.resident_kib,
            self.used.written_kib,
            "",
            "p50",
            "p99",
            "p99.9",
            "max",
        );
        for (name, latency) in &self.rows {
            text += &format!("\n{name:<12} {}", latency.row());
        }
        for (name, count) in self.notes.iter().filter(|it| it.1 > 0) {
            text += &format!("\n{count} {name}");
        }
        text + &self.verdict()
    }

    fn verdict(&self) -> String {
        let mut text = String::new();
        for failure in self.failed.iter().take(5) {
            text += &format!("\nfailed      {failure}");
        }
        text += &match &self.shortfall {
            None => "\nrate        held".to_owned(),
            Some(it) => format!("\nRATE        not held: {it}"),
        };
        text += &match self.findings.len() {
            0 => format!("\nverified    {} payments, each once, each told", self.payments),
            n => {
                let shown = &self.findings[..n.min(SHOWN)];
                format!("\nWRONG       {n} findings:\n  {}", shown.join("\n  "))
            }
        };
        if let Some(evidence) = &self.evidence {
            text += &format!("\nevidence    {}", evidence.display());
        }
        text
    }

    pub fn json(&self) -> Value {
        let us = |it: Duration| u64::try_from(it.as_micros()).unwrap_or(u64::MAX);
        let rows: serde_json::Map<_, _> =
            self.rows.iter().map(|(name, it)| (name.replace(' ', "_"), it.json())).collect();
        let notes: serde_json::Map<_, _> =
            self.notes.iter().map(|(name, it)| (name.clone(), json!(it))).collect();
        json!({
            "title": self.title,
            "cold_start_ms": u64::try_from(self.cold_start.as_millis()).unwrap_or(u64::MAX),
            "idle": self.idle.json(),
            "used": self.used.json(),
            "cpu_us_per_arrival": us(self.cpu_each()),
            "cpu_us_per_payment": us(self.cpu_whole()),
            "payments": self.payments,
            "run": self.run,
            "latency": rows,
            "notes": notes,
            "shortfall": self.shortfall,
            "findings": self.findings,
            "evidence": self.evidence,
        })
    }
}
