//! One value of a settings file: what it must be, and the problem to report when it is not.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use paymux_channel::Secret;
use paymux_channel::settings::duration;
use toml::de::DeValue;

use super::nearest::nearest;
use super::problem::Place;
use super::reference::References;
use super::secrecy::is_secret;
use super::section::{Layer, Report, Section};
use super::source::Source;

/// Problems never repeat the value, since it may be a secret that slipped in.
pub(super) struct Item<'a> {
    report: &'a Report,
    source: &'a Source<'a>,
    /// The whole path.
    pub(super) key: String,
    pub(super) place: Place,
    value: &'a DeValue<'a>,
}

impl<'a> Item<'a> {
    pub(super) fn new(
        report: &'a Report,
        source: &'a Source<'a>,
        key: String,
        place: Place,
        value: &'a DeValue<'a>,
    ) -> Self {
        report.stands(&key, &place);
        Self { report, source, key, place, value }
    }

    pub(super) fn problem(&self, problem: impl Into<String>) {
        self.report.problem(&self.place, &self.key, problem);
    }

    pub(super) fn text(&self) -> Option<&'a str> {
        self.or_problem(self.value.as_str(), "must be text in quotes")
    }

    pub(super) fn flag(&self) -> Option<bool> {
        self.or_problem(self.value.as_bool(), "must be true or false")
    }

    pub(super) fn number<T>(&self, range: &RangeInclusive<T>) -> Option<T>
    where
        T: TryFrom<i64> + PartialOrd + Copy + Display,
    {
        let value = self.integer().and_then(|it| T::try_from(it).ok());
        let value = value.filter(|it| range.contains(it));
        let (low, high) = (range.start(), range.end());
        self.or_problem(value, format!("must be a whole number, {low} to {high}"))
    }

    pub(super) fn duration(&self, range: &RangeInclusive<Duration>) -> Option<Duration> {
        let value = match self.value.as_str() {
            Some(text) => duration::parse(text),
            None => self.integer().and_then(|it| u64::try_from(it).ok()).map(Duration::from_secs),
        };
        let value = value.filter(|it| range.contains(it));
        let (low, high) = (duration::text(*range.start()), duration::text(*range.end()));
        self.or_problem(value, format!("must be a duration such as \"10s\", {low} to {high}"))
    }

    pub(super) fn word<T: Copy>(&self, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.text()?;
        let value = words.iter().find(|it| it.0 == text).map(|it| it.1);
        let names: Vec<_> = words.iter().map(|it| it.0).collect();
        let hint = nearest(text, &names).map(|it| format!("; did you mean \"{it}\"?"));
        let choice = names.join("\" or \"");
        self.or_problem(value, format!("must be \"{choice}\"{}", hint.unwrap_or_default()))
    }

    pub(super) fn parsed<T, E: ToString>(
        &self,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        parse(self.text()?).map_err(|error| self.problem(error.to_string())).ok()
    }

    /// A secret; it must stand elsewhere, unless what it stands in is sealed.
    pub(super) fn secret(&self, references: &References<'_>) -> Option<Secret> {
        // A name that is not known to be secret would be shown.
        if self.source.sealed && is_secret(&self.key) {
            return self.own_text();
        }
        let inline = "is secret and must not stand in this file: put it into a file that its \
                      owner alone may read, and refer to it as \"file:PATH\", or as \"env:NAME\"";
        let resolved = self.or_problem(references.resolve(self.text()?), inline)?;
        resolved.map_err(|error| self.problem(error.to_string())).ok()
    }

    /// A value that may stand here or elsewhere.
    pub(super) fn open_text(&self, references: &References<'_>) -> Option<Secret> {
        if self.source.sealed {
            return self.own_text();
        }
        let text = self.text()?;
        let resolved = references.resolve(text).unwrap_or_else(|| Ok(Secret::new(text)));
        resolved.map_err(|error| self.problem(error.to_string())).ok()
    }

    /// What is kept for all nodes refers to no file of one of them.
    fn own_text(&self) -> Option<Secret> {
        let text = self.text()?;
        let own = !text.starts_with("file:") && !text.starts_with("env:");
        let problem = "must be the value itself: what is managed refers to no file and no variable";
        self.or_problem(own.then(|| Secret::new(text)), problem)
    }

    /// A plugin's value: a flag, or a text that may stand here or elsewhere.
    pub(super) fn plugin_value(&self, references: &References<'_>) -> Option<Secret> {
        match self.value.as_bool() {
            Some(flag) => Some(Secret::new(flag.to_string())),
            None => self.open_text(references),
        }
    }

    pub(super) fn is_list(&self) -> bool {
        self.value.is_array()
    }

    /// The elements of a list of `1..=max` of them, or of none when it is not one.
    pub(super) fn list(&self, max: usize) -> Vec<Self> {
        let many = self.value.as_array().filter(|it| (1..=max).contains(&it.len()));
        let Some(list) = self.or_problem(many, format!("must be a list of 1 to {max}")) else {
            return vec![];
        };
        let item = |(index, value): (usize, &'a toml::Spanned<DeValue<'a>>)| {
            let place = self.source.place(&value.span());
            let key = format!("{}[{index}]", self.key);
            Self::new(self.report, self.source, key, place, value.get_ref())
        };
        list.iter().enumerate().map(item).collect()
    }

    pub(super) fn section(&self) -> Option<Section<'a>> {
        let layer = self.layer()?;
        let prefix = format!("{}.", self.key);
        Some(Section::new(self.report, prefix, self.place.clone(), vec![layer]))
    }

    pub(super) fn layer(&self) -> Option<Layer<'a>> {
        let table = self.or_problem(self.value.as_table(), "must be a table")?;
        Some(Layer { source: self.source, table })
    }

    fn integer(&self) -> Option<i64> {
        let integer = self.value.as_integer()?;
        i64::from_str_radix(integer.as_str(), integer.radix()).ok()
    }

    fn or_problem<T>(&self, value: Option<T>, problem: impl Into<String>) -> Option<T> {
        if value.is_none() {
            self.problem(problem);
        }
        value
    }
}
