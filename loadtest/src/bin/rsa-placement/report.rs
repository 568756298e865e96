//! Ratios to one bare signature, and their medians over the rounds, as a table.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::cell::Found;
use crate::placement::Placement;
use loadtest::bare::Bare;

const COLUMNS: usize = 9;
const HEAD: &str = "\
| placement | light p50 | p99 | p99.9 | tick p99 | sign p50 | p99 | p99.9 | CPU | made |\n\
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n";

/// One measurement, each figure in hundredths.
pub(crate) struct Row([u64; COLUMNS]);

impl Row {
    /// `alone` is what the light tasks took without any signature.
    pub(crate) fn new(bare: &Bare, alone: &Found, found: &Found) -> Self {
        let times = |time: Duration| hundredths(time, bare.sign);
        let light = |per_mille| times(at(&found.light, per_mille));
        let signs = |per_mille| times(at(&found.signs, per_mille));
        let made = u32::try_from(found.signs.len()).unwrap_or(u32::MAX);
        let cpu = found.cpu.saturating_sub(alone.cpu).checked_div(made).unwrap_or_default();
        let per_second = Duration::from_secs(1) * made;
        let possible = found.elapsed * u32::try_from(bare.per_second).unwrap_or(u32::MAX);
        Self([
            light(500),
            light(990),
            light(999),
            times(at(&found.ticks, 990)),
            signs(500),
            signs(990),
            signs(999),
            times(cpu),
            hundredths(per_second, possible),
        ])
    }
}

fn hundredths(part: Duration, whole: Duration) -> u64 {
    u64::try_from(part.as_nanos() * 100 / whole.as_nanos().max(1)).unwrap_or(u64::MAX)
}

fn at(values: &[Duration], per_mille: usize) -> Duration {
    let mut values = values.to_vec();
    values.sort_unstable();
    let index = (values.len() * per_mille).div_ceil(1000).saturating_sub(1);
    values.get(index).copied().unwrap_or_default()
}

#[derive(Default)]
pub(crate) struct Report {
    rows: BTreeMap<(u64, Placement), Vec<Row>>,
    sign_nanos: Vec<u64>,
    ours: Vec<u64>,
}

impl Report {
    pub(crate) fn bare(&mut self, bare: &Bare) {
        self.sign_nanos.push(u64::try_from(bare.sign.as_nanos()).unwrap_or(u64::MAX));
        self.ours.push(bare.ours);
    }

    pub(crate) fn add(&mut self, load: u64, placement: Placement, row: Row) {
        self.rows.entry((load, placement)).or_default().push(row);
    }

    pub(crate) fn text(&self, workers: usize, cores: usize) -> String {
        let mut text = format!(
            "{workers} workers, {cores} cores; a bare signature takes {} µs; {} % of the cores \
             were ours ({} % to {} %)\n",
            median(self.sign_nanos.clone()) / 1000,
            median(self.ours.clone()),
            self.ours.iter().min().unwrap_or(&0),
            self.ours.iter().max().unwrap_or(&0),
        );
        let mut last = None;
        for ((load, placement), rows) in &self.rows {
            if last != Some(load) {
                let _ = write!(text, "\n{load} % of what the cores can sign\n\n{HEAD}");
                last = Some(load);
            }
            let name = if *load == 0 { "nothing to sign".into() } else { placement.to_string() };
            let _ = writeln!(text, "| {name} | {} |", cells(rows).join(" | "));
        }
        text
    }
}

fn cells(rows: &[Row]) -> Vec<String> {
    let column = |index: usize| median(rows.iter().map(|it| it.0[index]).collect());
    (0..COLUMNS).map(|it| decimal(column(it))).collect()
}

/// Two places below ten, where they say something.
fn decimal(hundredths: u64) -> String {
    match hundredths {
        0..1000 => format!("{}.{:02}", hundredths / 100, hundredths % 100),
        _ => (hundredths / 100).to_string(),
    }
}

fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_exact() {
        let values: Vec<_> = (1..=1000).rev().map(Duration::from_micros).collect();
        for (per_mille, micros) in [(500, 500), (990, 990), (999, 999), (1000, 1000)] {
            assert_eq!(at(&values, per_mille), Duration::from_micros(micros));
        }
        assert_eq!(at(&[], 500), Duration::ZERO);
    }

    #[test]
    fn figures_are_read_in_signatures() {
        let ratio = |part, whole| {
            decimal(hundredths(Duration::from_micros(part), Duration::from_micros(whole)))
        };
        assert_eq!(ratio(300, 600), "0.50");
        assert_eq!(ratio(606, 600), "1.01");
        assert_eq!(ratio(7_000, 600), "11");
    }

    #[test]
    fn the_median_ignores_one_bad_round() {
        assert_eq!(median(vec![900, 1, 2]), 2);
    }
}
