//! The figures, for people and for machines.

use std::io::Write as _;
use std::time::Duration;

use serde_json::json;

use crate::load::Run;
use crate::process::Usage;
use crate::stage::Stage;

pub(crate) struct Report<'a> {
    pub(crate) run: &'a Run,
    pub(crate) idle: Usage,
    pub(crate) busy: Usage,
    pub(crate) findings: &'a [String],
    pub(crate) stage: &'a Stage,
}

/// p50, p99, p99.9 and the largest, exactly: every value is kept.
struct Spread([Duration; 4]);

impl Spread {
    fn of(mut values: Vec<Duration>) -> Self {
        values.sort_unstable();
        let at = |per_mille: usize| {
            let index = (values.len() * per_mille).div_ceil(1000).saturating_sub(1);
            values.get(index).copied().unwrap_or_default()
        };
        Self([at(500), at(990), at(999), at(1000)])
    }

    fn row(&self) -> String {
        self.0.map(|it| format!("{:>9}", format!("{} µs", it.as_micros()))).join(" ")
    }

    fn json(&self) -> serde_json::Value {
        let [p50, p99, p999, max] = self.0.map(|it| u64::try_from(it.as_micros()).unwrap_or(0));
        json!({ "p50_us": p50, "p99_us": p99, "p999_us": p999, "max_us": max })
    }
}

impl Report<'_> {
    pub(crate) fn print(&self, as_json: bool) -> anyhow::Result<()> {
        let text = if as_json { self.json().to_string() } else { self.table() };
        writeln!(std::io::stdout(), "{text}")?;
        Ok(())
    }

    fn table(&self) -> String {
        let (create, told) = (self.create(), self.told());
        let mut text = format!(
            "payments   {} created, {} failed, in {} ms\n\
             start      {} ms to ready, {} KiB resident when idle\n\
             gateway    {} µs of CPU a payment, {} KiB resident, {} KiB written\n\
             \x20                 p50       p99     p99.9       max\n\
             create     {}\n\
             to webhook {}",
            self.run.created.len(),
            self.run.failed.len(),
            self.run.elapsed.as_millis(),
            self.stage.cold_start.as_millis(),
            self.idle.resident_kib,
            self.cpu_each().as_micros(),
            self.busy.resident_kib,
            self.busy.written_kib - self.idle.written_kib,
            create.row(),
            told.row(),
        );
        for failure in self.run.failed.iter().take(5) {
            text += &format!("\nfailed     {failure}");
        }
        text += &match self.findings.len() {
            0 => "\nverified   every payment succeeded once and was told".to_owned(),
            n => format!("\nWRONG      {n} findings:\n  {}", self.findings.join("\n  ")),
        };
        text
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "created": self.run.created.len(),
            "failed": self.run.failed.len(),
            "elapsed_ms": u64::try_from(self.run.elapsed.as_millis()).unwrap_or(0),
            "cold_start_ms": u64::try_from(self.stage.cold_start.as_millis()).unwrap_or(0),
            "idle_resident_kib": self.idle.resident_kib,
            "busy_resident_kib": self.busy.resident_kib,
            "written_kib": self.busy.written_kib - self.idle.written_kib,
            "cpu_us_per_payment": u64::try_from(self.cpu_each().as_micros()).unwrap_or(0),
            "create": self.create().json(),
            "to_webhook": self.told().json(),
            "findings": self.findings,
        })
    }

    fn cpu_each(&self) -> Duration {
        let payments = u32::try_from(self.run.created.len().max(1)).unwrap_or(u32::MAX);
        self.busy.cpu.saturating_sub(self.idle.cpu) / payments
    }

    fn create(&self) -> Spread {
        Spread::of(self.run.created.iter().map(|it| it.latency).collect())
    }

    /// From when a payment was due to begin until its webhook arrived.
    fn told(&self) -> Spread {
        let heard = self.stage.inbox.heard();
        let times = self
            .run
            .created
            .iter()
            .filter_map(|it| heard.get(&it.id).map(|heard| heard.first.duration_since(it.due)));
        Spread::of(times.collect())
    }
}
