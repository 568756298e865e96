//! Reads a table key by key, the user's over the defaults', and reports keys nobody read.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use toml::de::DeTable;

use super::item::Item;
use super::nearest::suggestion;
use super::problem::{Place, Places, Problem};
use super::source::Source;

/// Collects problems, and where each key stands.
#[derive(Default)]
pub(super) struct Report {
    problems: RefCell<Vec<Problem>>,
    places: RefCell<Places>,
}

impl Report {
    pub(super) fn problem(&self, place: &Place, key: &str, problem: impl Into<String>) {
        let Place { file, line } = place.clone();
        let problem = Problem { file, line, key: key.into(), problem: problem.into() };
        self.problems.borrow_mut().push(problem);
    }

    /// The first to say so is right: the user's table is read before the defaults'.
    pub(super) fn stands(&self, key: &str, place: &Place) {
        self.places.borrow_mut().0.entry(key.into()).or_insert_with(|| place.clone());
    }

    pub(super) fn place(&self, key: &str) -> Option<Place> {
        self.places.borrow().of(key).cloned()
    }

    pub(super) fn blames(&self, key: &str) -> bool {
        self.problems.borrow().iter().any(|it| it.key == key)
    }

    pub(super) fn finish(self) -> (Vec<Problem>, Places) {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|it| it.line);
        (problems, self.places.into_inner())
    }
}

pub(super) struct Section<'a> {
    report: &'a Report,
    /// The table's path and a dot; nothing for the root.
    prefix: String,
    place: Place,
    /// The user's table first, if there is one, then the defaults'.
    layers: Vec<Layer<'a>>,
    known: Vec<&'static str>,
    /// Whether keys nobody asked for are somebody else's business.
    open: bool,
}

#[derive(Clone, Copy)]
pub(super) struct Layer<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) table: &'a DeTable<'a>,
}

impl<'a> Section<'a> {
    pub(super) fn root(report: &'a Report, sources: &[&'a Source<'a>]) -> Self {
        let layers = sources.iter().map(|source| Layer { source, table: &source.table });
        Self::new(report, String::new(), Place::default(), layers.collect())
    }

    pub(super) fn new(
        report: &'a Report,
        prefix: String,
        place: Place,
        layers: Vec<Layer<'a>>,
    ) -> Self {
        Self { report, prefix, place, layers, known: vec![], open: false }
    }

    /// The one way to read a section, so that unknown keys are never forgotten.
    pub(super) fn read<T>(mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let value = read(&mut self);
        if !self.open {
            self.report_unknown();
        }
        value
    }

    /// A table within, in all layers that have it.
    pub(super) fn section<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Section<'a>) -> T,
    ) -> T {
        self.known.push(key);
        self.known.dedup();
        let items: Vec<_> = self.layers.iter().filter_map(|it| self.item(*it, key)).collect();
        let layers = items.iter().filter_map(Item::layer).collect();
        let place = items.into_iter().next().map_or_else(Place::default, |it| it.place);
        Section::new(self.report, format!("{}{key}.", self.prefix), place, layers).read(read)
    }

    /// A table that may be absent.
    pub(super) fn present<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Section<'a>) -> T,
    ) -> Option<T> {
        self.optional(key)?;
        Some(self.section(key, read))
    }

    /// Tables the user has named, as in `[accounts.NAME]`.
    pub(super) fn named<I: FromStr + Ord, T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&I, &mut Section<'a>) -> T,
    ) -> BTreeMap<I, T> {
        self.known.push(key);
        let tables = self.layers.iter().filter_map(|it| self.item(*it, key)?.section());
        let (mut named, mut places) = (BTreeMap::new(), BTreeMap::new());
        for (name, item) in tables.flat_map(|it| it.items()) {
            if let Some(first) = places.insert(name.clone(), item.place.clone()) {
                item.problem(format!("is defined in {first} already: keep one of the two"));
                continue;
            }
            let Ok(id) = name.parse() else {
                item.problem("is not a name: it must be 1 to 40 of a-z, 0-9, - and _");
                continue;
            };
            if let Some(section) = item.section() {
                let value = section.read(|section| read(&id, section));
                named.insert(id, value);
            }
        }
        named
    }

    pub(super) fn optional(&mut self, key: &'static str) -> Option<Item<'a>> {
        self.known.push(key);
        self.layers.iter().find_map(|it| self.item(*it, key))
    }

    pub(super) fn required(&mut self, key: &'static str) -> Option<Item<'a>> {
        let item = self.optional(key);
        if item.is_none() {
            self.problem(key, "is missing");
        }
        item
    }

    /// The keys nobody has read, left to whoever takes them.
    pub(super) fn others(&mut self) -> Vec<(String, Item<'a>)> {
        self.open = true;
        let mut items = self.items();
        items.retain(|(key, _)| !self.known.contains(&key.as_str()));
        items
    }

    pub(super) fn problem(&self, key: &str, problem: impl Into<String>) {
        let key = format!("{}{key}", self.prefix);
        // Without a key it is the table's own.
        self.report.problem(&self.place, key.trim_end_matches('.'), problem);
    }

    fn items(&self) -> Vec<(String, Item<'a>)> {
        let keys =
            self.layers.iter().flat_map(|layer| layer.table.keys().map(move |it| (layer, it)));
        keys.filter_map(|(layer, key)| {
            let key = key.get_ref().as_ref();
            Some((key.to_owned(), self.item(*layer, key)?))
        })
        .collect()
    }

    fn item(&self, layer: Layer<'a>, key: &str) -> Option<Item<'a>> {
        let (name, value) = layer.table.get_key_value(key)?;
        let place = layer.source.place(&name.span());
        let key = format!("{}{key}", self.prefix);
        Some(Item::new(self.report, layer.source, key, place, value.get_ref()))
    }

    fn report_unknown(&self) {
        for (key, item) in self.items() {
            if !self.known.contains(&key.as_str()) {
                item.problem(format!("is not a setting; {}", suggestion(&key, &self.known)));
            }
        }
    }
}

/// Values a section must have; after a problem some value stands in, for nobody will see it.
impl Section<'_> {
    pub(super) fn number<T>(&mut self, key: &'static str, range: RangeInclusive<T>) -> T
    where
        T: TryFrom<i64> + PartialOrd + Copy + Display,
    {
        self.required(key).and_then(|it| it.number(&range)).unwrap_or(*range.start())
    }

    pub(super) fn duration(
        &mut self,
        key: &'static str,
        range: RangeInclusive<Duration>,
    ) -> Duration {
        self.required(key).and_then(|it| it.duration(&range)).unwrap_or(*range.start())
    }

    pub(super) fn flag(&mut self, key: &'static str) -> bool {
        self.required(key).and_then(|it| it.flag()).unwrap_or_default()
    }

    pub(super) fn word<T: Copy>(&mut self, key: &'static str, words: &[(&'static str, T)]) -> T {
        self.required(key).and_then(|it| it.word(words)).unwrap_or(words[0].1)
    }

    /// Reads a text by `parse`, reporting what it says is wrong.
    pub(super) fn parsed<T, E: ToString>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.required(key).and_then(|it| it.parsed(parse))
    }
}
