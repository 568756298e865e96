//! The full trip for a long while: nothing is lost or doubled, and memory stays as it is.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::pace::Pace;
use crate::process::{Usage, usage};
use crate::report::Report;
use crate::scenario::{Scenario, conclude, trip};
use crate::stage::{Plan, Stage};
use crate::store::Kind;

/// Where memory still grows because caches fill, it is no leak.
const WARM_PERCENT: usize = 20;
const FLAT_PERCENT: u64 = 10;
const LOOKS: u32 = 120;

#[derive(Args, Clone, Debug)]
pub struct Terms {
    #[arg(long, default_value_t = 30)]
    pub minutes: u32,
    /// Instead of minutes.
    #[arg(long)]
    pub seconds: Option<u32>,
    /// Payments a second.
    #[arg(long, default_value_t = 50)]
    pub rate: u32,
    #[arg(long, value_enum, default_value_t)]
    pub store: Kind,
    #[arg(skip)]
    pub paymux: Option<PathBuf>,
}

pub struct Soaked {
    report: Report,
    looks: Vec<Usage>,
}

pub async fn run(terms: &Terms) -> anyhow::Result<Soaked> {
    let seconds = terms.seconds.unwrap_or(terms.minutes * 60);
    let plan = Plan { store: terms.store, paymux: terms.paymux.clone(), ..Plan::default() };
    let terms = crate::scenario::Terms {
        scenario: Scenario::Trip,
        pace: Pace::of(terms.rate, seconds),
        plan: plan.clone(),
        patience: Duration::from_secs(60),
    };
    let mut stage = Stage::set(plan).await?;
    let mut report = Report::new(&terms, &stage)?;
    let over = Arc::new(Notify::new());
    let pause = Duration::from_secs(u64::from(seconds)) / LOOKS;
    let looks = tokio::spawn(look(stage.gateway.id, pause, over.clone()));
    let expected = trip::run(&stage, &terms, &mut report).await?;
    over.notify_one();
    let looks = looks.await?;
    if let Some(finding) = growth(&looks) {
        report.findings.push(finding);
    }
    conclude(&mut stage, &terms, &mut report, &expected).await?;
    Ok(Soaked { report, looks })
}

async fn look(id: u32, pause: Duration, over: Arc<Notify>) -> Vec<Usage> {
    let mut looks = vec![];
    let ended = over.notified();
    tokio::pin!(ended);
    loop {
        tokio::select! {
            () = &mut ended => return looks,
            () = tokio::time::sleep(pause) => looks.extend(usage(id)),
        }
    }
}

/// The second half of what follows the warming up, by the first.
fn growth(looks: &[Usage]) -> Option<String> {
    let warm = looks.get(looks.len() * WARM_PERCENT / 100..)?;
    let (early, late) = warm.split_at(warm.len() / 2);
    let mean = |of: &[Usage]| {
        let sum: u64 = of.iter().map(|it| it.resident_kib).sum();
        sum.checked_div(u64::try_from(of.len()).unwrap_or(0))
    };
    let (early, late) = (mean(early)?, mean(late)?);
    let grown = late * 100 > early * (100 + FLAT_PERCENT);
    grown.then(|| format!("resident memory grew from {early} to {late} KiB"))
}

impl Soaked {
    pub fn is_good(&self) -> bool {
        self.report.is_good()
    }

    pub fn table(&self) -> String {
        let every = (self.looks.len() / 10).max(1);
        let shown = self.looks.iter().step_by(every).map(|it| it.resident_kib.to_string());
        let shown: Vec<_> = shown.collect();
        format!("{}\nresident    {} KiB", self.report.table(), shown.join(" "))
    }

    pub fn json(&self) -> Value {
        let looks: Vec<_> = self.looks.iter().map(Usage::json).collect();
        json!({ "report": self.report.json(), "looks": looks })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(kib: impl Iterator<Item = u64>) -> Vec<Usage> {
        kib.map(|resident_kib| Usage { resident_kib, ..Usage::default() }).collect()
    }

    #[test]
    fn a_leak_is_seen_and_warming_up_is_none() {
        let warming = (0..100).map(|it| if it < 20 { 10_000 + it * 1000 } else { 30_000 });
        assert_eq!(growth(&looks(warming)), None);
        let leaking = (0..100).map(|it| 10_000 + it * 200);
        assert!(growth(&looks(leaking)).is_some_and(|it| it.contains("grew")));
        assert_eq!(growth(&[]), None);
    }
}
