//! `/metrics`, read as a scraper reads it.

/// The text of one scrape.
pub struct Metrics(pub String);

impl Metrics {
    /// The sum of all series of this name with these labels.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        self.series(name, labels).sum()
    }

    /// Whether there is any series of this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.lines().any(|it| it.starts_with(&format!("# TYPE {name} ")))
    }

    fn series(&self, name: &str, labels: &[(&str, &str)]) -> impl Iterator<Item = u64> {
        let wanted = |line: &&str| {
            let full = line.split(['{', ' ']).next() == Some(name);
            let label = |(key, value): &(&str, &str)| line.contains(&format!("{key}=\"{value}\""));
            full && labels.iter().all(label)
        };
        let value = |line: &str| line.rsplit_once(' ')?.1.parse().ok();
        self.0.lines().filter(wanted).filter_map(value).collect::<Vec<_>>().into_iter()
    }
}
