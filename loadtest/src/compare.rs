//! Every ratio in one run: what the gateway does, beside what the same machine does at the same
//! time without a gateway. Each is the median of some short rounds.

mod commits;
mod create;
mod deliver;
mod growth;
mod intake;
mod peers;
mod pin;

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

pub use peers::{Peer, serve_peer};
pub use pin::to_two_cores;

#[derive(Args, Clone, Debug)]
pub struct Terms {
    /// Rounds, of which the median is taken.
    #[arg(long, default_value_t = 5)]
    pub rounds: u32,
    /// Payments of a round; notifications and deliveries are as many.
    #[arg(long, default_value_t = 1000)]
    pub each: u32,
    /// Stored payments in the full store that is compared with an empty one.
    #[arg(long, default_value_t = 20_000)]
    pub stored: u32,
    /// Pending tasks in it.
    #[arg(long, default_value_t = 20_000)]
    pub tasks: u32,
    /// Only those whose names hold one of these words.
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,
    #[arg(skip)]
    pub paymux: Option<PathBuf>,
}

impl Terms {
    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|it| name.contains(it.as_str()))
    }

    const fn each(&self) -> usize {
        self.each as usize
    }
}

/// What a figure is held against.
#[derive(Clone, Copy, Debug)]
pub enum Bar {
    AtMost(u64),
    AtLeast(u64),
    None,
}

#[derive(Clone, Copy, Debug)]
pub enum Unit {
    /// In thousandths of what it is compared with.
    Ratio,
    PerSecond,
    Micros,
    Kib,
}

#[derive(Clone, Debug)]
pub struct Figure {
    pub name: String,
    pub unit: Unit,
    pub bar: Bar,
    pub rounds: Vec<u64>,
    /// What was measured on both sides, in the last round.
    pub detail: String,
}

impl Figure {
    pub fn new(name: &str, unit: Unit, bar: Bar) -> Self {
        Self { name: name.into(), unit, bar, rounds: vec![], detail: String::new() }
    }

    pub fn note(&mut self, value: u64, detail: String) {
        self.rounds.push(value);
        self.detail = detail;
    }

    /// One rate by another.
    pub fn rate(&mut self, ours: u64, bare: u64) {
        let detail = format!("{ours}/s of {bare}/s");
        self.note(ours * 1000 / bare.max(1), detail);
    }

    pub fn median(&self) -> u64 {
        let mut sorted = self.rounds.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied().unwrap_or(0)
    }

    pub fn passes(&self) -> bool {
        match self.bar {
            Bar::AtMost(most) => self.median() <= most,
            Bar::AtLeast(least) => self.median() >= least,
            Bar::None => true,
        }
    }

    fn spoken(&self, value: u64) -> String {
        match self.unit {
            Unit::Ratio => format!("{}.{:02}", value / 1000, value % 1000 / 10),
            Unit::PerSecond => format!("{value}/s"),
            Unit::Micros => format!("{value} µs"),
            Unit::Kib => format!("{value} KiB"),
        }
    }

    fn row(&self) -> String {
        let bar = match self.bar {
            Bar::AtMost(it) => format!("≤ {}", self.spoken(it)),
            Bar::AtLeast(it) => format!("≥ {}", self.spoken(it)),
            Bar::None => "–".into(),
        };
        let verdict = match (self.bar, self.passes()) {
            (Bar::None, _) => "",
            (_, true) => "pass",
            (_, false) => "FAIL",
        };
        let (low, high) = (self.rounds.iter().min(), self.rounds.iter().max());
        let [low, high] = [low, high].map(|it| self.spoken(it.copied().unwrap_or(0)));
        let (median, range) = (self.spoken(self.median()), format!("{low}–{high}"));
        let Self { name, detail, .. } = self;
        format!("{name:<46} {median:>9} {bar:>10} {verdict:<4} {range:<19} {detail}")
    }

    fn json(&self) -> Value {
        let (kind, bar) = match self.bar {
            Bar::AtMost(it) => ("at_most", Some(it)),
            Bar::AtLeast(it) => ("at_least", Some(it)),
            Bar::None => ("none", None),
        };
        let unit = match self.unit {
            Unit::Ratio => "thousandths",
            Unit::PerSecond => "per_second",
            Unit::Micros => "us",
            Unit::Kib => "kib",
        };
        json!({
            "name": self.name, "unit": unit, "median": self.median(), "rounds": self.rounds,
            "bar": { "kind": kind, "value": bar }, "pass": self.passes(), "detail": self.detail,
        })
    }
}

/// All figures, in the order of the table. What was measured is printed as soon as it is there.
pub async fn run(terms: &Terms, json: bool) -> anyhow::Result<Vec<Figure>> {
    let mut figures = vec![];
    let mut note = |more: Vec<Figure>| {
        if !json {
            more.iter().for_each(|it| say(&it.row()));
        }
        figures.extend(more);
    };
    if !json {
        say(&format!("{:<46} {:>9} {:>10}      rounds", "", "median", "bar"));
    }
    if terms.wants("create signed") {
        note(create::signed(terms).await?);
    }
    if terms.wants("create by WeChat v2") {
        note(create::version_2(terms).await?);
    }
    if terms.wants("notification") {
        note(intake::run(terms).await?);
    }
    if terms.wants("delivery") {
        note(deliver::run(terms).await?);
    }
    if terms.wants("commit") {
        note(commits::run(terms).await?);
    }
    if terms.wants("growth") {
        note(growth::run(terms).await?);
    }
    Ok(figures)
}

pub fn json(figures: &[Figure]) -> Value {
    json!({ "figures": figures.iter().map(Figure::json).collect::<Vec<_>>() })
}

fn say(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_its_median_and_is_held_against_its_bar() {
        let mut figure = Figure::new("create", Unit::Ratio, Bar::AtMost(1400));
        for value in [1200, 9000, 1300] {
            figure.note(value, String::new());
        }
        assert_eq!(figure.median(), 1300);
        assert!(figure.passes() && figure.row().contains("1.30"), "{}", figure.row());
        figure.note(1500, String::new());
        figure.note(1500, String::new());
        assert!(!figure.passes() && figure.row().contains("FAIL"));
        let mut rate = Figure::new("intake", Unit::Ratio, Bar::AtLeast(550));
        rate.rate(500, 1000);
        assert!(!rate.passes());
        rate.rate(560, 1000);
        assert!(rate.passes());
    }
}
