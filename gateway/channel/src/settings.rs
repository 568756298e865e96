//! An account's settings as a plugin reads them: each problem named, all of them at once.

pub mod address;
pub mod duration;
mod till;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::secret::Secret;

/// More than any channel wants, and fifty of them still end within two days.
const REFUND_EVERY: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(3600);

/// Values by key. Every value is held as a secret, since most of them are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<String, Vec<Secret>>);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}`: {problem}")]
pub struct SettingsError {
    pub key: String,
    pub problem: String,
}

impl Settings {
    pub fn set(&mut self, key: impl Into<String>, value: Secret) {
        self.0.insert(key.into(), vec![value]);
    }

    pub fn set_list(&mut self, key: impl Into<String>, values: Vec<Secret>) {
        self.0.insert(key.into(), values);
    }

    /// The keys that hold certificates, and each certificate's PEM; one file may hold several.
    pub fn certificates(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter().flat_map(|(key, list)| list.iter().map(move |it| (key, it)));
        let all = all.map(|(key, value)| (key.as_str(), value.expose()));
        all.filter(|(_, text)| text.contains("-----BEGIN CERTIFICATE-----"))
    }

    pub fn reader(&self) -> Reader<'_> {
        Reader { settings: self, read: BTreeSet::new(), errors: vec![] }
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Settings {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut settings = Self::default();
        for (key, value) in pairs {
            settings.set(key, Secret::new(value));
        }
        settings
    }
}

/// Collects problems instead of stopping at the first; [`Reader::finish`] tells them.
pub struct Reader<'a> {
    settings: &'a Settings,
    read: BTreeSet<&'static str>,
    errors: Vec<SettingsError>,
}

impl Reader<'_> {
    /// A required text; empty after reporting when it is missing.
    pub fn text(&mut self, key: &'static str) -> String {
        self.required(key).map(|it| it.expose().to_owned()).unwrap_or_default()
    }

    pub fn optional(&mut self, key: &'static str) -> Option<String> {
        self.one(key).map(|it| it.expose().to_owned())
    }

    pub fn secret(&mut self, key: &'static str) -> Secret {
        self.required(key).unwrap_or_else(|| Secret::new(""))
    }

    pub fn list(&mut self, key: &'static str) -> Vec<Secret> {
        self.read.insert(key);
        self.settings.0.get(key).cloned().unwrap_or_default()
    }

    /// Reads a required value by `parse`, reporting what it says is wrong.
    pub fn parsed<T, E: ToString>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let value = self.required(key)?;
        parse(value.expose()).map_err(|error| self.problem(key, error.to_string())).ok()
    }

    /// Reads a value that may be missing, as [`Reader::parsed`] does.
    pub fn parsed_optional<T, E: ToString>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let value = self.one(key)?;
        parse(value.expose()).map_err(|error| self.problem(key, error.to_string())).ok()
    }

    pub fn secret_optional(&mut self, key: &'static str) -> Option<Secret> {
        self.one(key)
    }

    /// False where it is not set.
    pub fn flag(&mut self, key: &'static str) -> bool {
        self.word(key, &[("true", true), ("false", false)]).unwrap_or_default()
    }

    /// One of the words, or none where it is not set.
    pub fn word<T: Copy>(&mut self, key: &'static str, words: &[(&'static str, T)]) -> Option<T> {
        self.parsed_optional(key, |text| {
            let known = words.iter().find(|it| it.0 == text).map(|it| it.1);
            let names: Vec<_> = words.iter().map(|it| it.0).collect();
            known.ok_or_else(|| format!("is none of: {}", names.join(", ")))
        })
    }

    /// A number and a unit, such as `10s`.
    pub fn duration(
        &mut self,
        key: &'static str,
        range: &RangeInclusive<Duration>,
    ) -> Option<Duration> {
        self.parsed_optional(key, |text| {
            let value = duration::parse(text).filter(|it| range.contains(it));
            let (low, high) = (duration::text(*range.start()), duration::text(*range.end()));
            value.ok_or_else(|| format!("must be a duration such as \"10s\", {low} to {high}"))
        })
    }

    /// Between two refunds of one payment: as the channel wants it, where the account says nothing.
    pub fn refund_every(&mut self, usual: Duration) -> Duration {
        self.duration("refund_every", &REFUND_EVERY).unwrap_or(usual)
    }

    pub fn problem(&mut self, key: &str, problem: impl Into<String>) {
        self.errors.push(SettingsError { key: key.into(), problem: problem.into() });
    }

    /// Reports keys nobody read, then everything that was wrong.
    pub fn finish(mut self) -> Result<(), Vec<SettingsError>> {
        let unknown: Vec<_> =
            self.settings.0.keys().filter(|it| !self.read.contains(it.as_str())).cloned().collect();
        for key in unknown {
            self.problem(&key, "is not a setting of this channel");
        }
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors) }
    }

    fn required(&mut self, key: &'static str) -> Option<Secret> {
        let value = self.one(key);
        if value.is_none() {
            self.problem(key, "is missing");
        }
        value
    }

    fn one(&mut self, key: &'static str) -> Option<Secret> {
        self.read.insert(key);
        let values = self.settings.0.get(key)?;
        if values.len() != 1 {
            self.problem(key, "is one value, not a list");
        }
        values.first().filter(|it| !it.expose().trim().is_empty()).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_come_at_once() {
        let settings: Settings =
            [("app_id", "1"), ("colour", "red"), ("port", "x")].into_iter().collect();
        let mut read = settings.reader();
        assert_eq!(read.text("app_id"), "1");
        assert_eq!(read.text("mch_id"), "");
        assert_eq!(read.parsed("port", str::parse::<u16>), None);
        assert_eq!(read.optional("absent"), None);
        let keys: Vec<_> = read.finish().unwrap_err().into_iter().map(|it| it.key).collect();
        assert_eq!(keys, ["mch_id", "port", "colour"]);
    }

    #[test]
    fn what_is_not_set_is_no_problem_and_what_is_wrong_is_one() {
        let settings: Settings =
            [("on", "true"), ("off", "false"), ("odd", "yes"), ("size", "L"), ("port", "x")]
                .into_iter()
                .collect();
        let mut read = settings.reader();
        let flags = ["on", "off", "unset", "odd"].map(|it| read.flag(it));
        assert_eq!(flags, [true, false, false, false]);
        assert_eq!(read.word("size", &[("S", 1), ("L", 2)]), Some(2));
        assert_eq!(read.word("other_size", &[("S", 1), ("L", 2)]), None);
        assert_eq!(read.parsed_optional("port", str::parse::<u16>), None);
        assert_eq!(read.parsed_optional("other_port", str::parse::<u16>), None);
        let errors = read.finish().unwrap_err();
        let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(told[0], "`odd`: is none of: true, false");
        assert!(told[1].starts_with("`port`: "), "{told:?}");
        assert_eq!(told.len(), 2);
    }

    #[test]
    fn values_stay_hidden() {
        let settings: Settings = [("private_key", "hunter2")].into_iter().collect();
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
