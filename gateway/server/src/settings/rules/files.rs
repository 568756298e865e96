//! The files of the rules: which they are, and which set each belongs to.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;
use paymux_core::AccountId;
use paymux_core::route::{Limits, Rule};
use paymux_engine::routing::RuleSet;

use super::super::flat::Flat;
use super::super::item::Item;
use super::super::problem::{Place, Problem};
use super::super::section::{Report, Section};
use super::super::source::Source;
use super::{Known, MAX_RULES, RuleSite, limits, rule};

/// A thousand rules fit many times.
const MAX_FILE_BYTES: u64 = 1024 * 1024;
const MAX_FILES: usize = 32;
/// Files that include files: a tree that is deeper is a maze.
const MAX_DEPTH: usize = 4;
const MAX_INCLUDES: usize = 16;
/// Each is evaluated for every payment, and is a series of the metrics.
const MAX_SHADOWS: usize = 4;

pub(super) struct Loader<'r> {
    report: &'r Report,
    known: Known<'r>,
    /// The live set, then the shadows.
    sets: Vec<Draft>,
    limits: BTreeMap<AccountId, Limits>,
    files: Vec<PathBuf>,
    flat: Flat,
    /// From the first file to the one being read.
    open: Vec<PathBuf>,
    problems: Vec<Problem>,
}

struct Draft {
    name: String,
    zone: TimeZone,
    rules: Vec<Rule>,
    sites: Vec<RuleSite>,
}

/// A file that another one names.
struct Include {
    path: PathBuf,
    place: Place,
    key: String,
}

impl<'r> Loader<'r> {
    pub(super) fn new(report: &'r Report, known: Known<'r>) -> Self {
        let RuleSet { name, zone, rules: _ } = RuleSet::default();
        let live = Draft { name, zone, rules: vec![], sites: vec![] };
        let (files, open) = (vec![], vec![]);
        let (sets, limits) = (vec![live], BTreeMap::new());
        Self { report, known, sets, limits, files, flat: Flat::default(), open, problems: vec![] }
    }

    pub(super) fn root(&mut self, path: &Path, named_at: &Place) {
        let (path, place) = (path.into(), named_at.clone());
        self.file(&Include { path, place, key: "routing.rules".into() }, None);
    }

    pub(super) fn finish(self) -> (super::Routing, Vec<Problem>) {
        let limits = Arc::new(self.limits);
        let mut sites = vec![];
        let sets = self.sets.into_iter().map(|it| {
            sites.push(it.sites);
            let rules = paymux_core::route::Rules { rules: it.rules, limits: Arc::clone(&limits) };
            RuleSet { name: it.name, zone: it.zone, rules }
        });
        let mut shadows: Vec<_> = sets.collect();
        let live = shadows.remove(0);
        let sets = paymux_engine::routing::Routing { live, shadows };
        (super::Routing { sets, flat: self.flat, sites }, self.problems)
    }

    /// `set` is the one its includer belongs to; none for the first file.
    fn file(&mut self, include: &Include, set: Option<usize>) {
        match self.open_file(include) {
            Err(problem) => self.report.problem(&include.place, &include.key, problem),
            Ok((path, text)) => {
                self.files.push(path.clone());
                self.open.push(path);
                let name = include.path.display().to_string();
                match Source::parse(&name, &text) {
                    Ok(source) => self.source(&source, include, set),
                    Err(problems) => self.problems.extend(problems.0),
                }
                self.open.pop();
            }
        }
    }

    fn open_file(&self, include: &Include) -> Result<(PathBuf, String), String> {
        let path = &include.path;
        let unreadable = |error| format!("{} cannot be read: {error}", path.display());
        let real = fs::canonicalize(path).map_err(unreadable)?;
        if let Some(begin) = self.open.iter().position(|it| *it == real) {
            let circle = self.open[begin..].iter().chain([&real]);
            let circle: Vec<_> = circle.map(|it| file_name(it)).collect();
            return Err(format!("includes itself: {}", circle.join(" → ")));
        }
        if self.files.contains(&real) {
            return Err(format!("{} is included already", path.display()));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(format!("is more than {MAX_DEPTH} files deep"));
        }
        if self.files.len() >= MAX_FILES {
            return Err(format!("is one file too many: there may be {MAX_FILES}"));
        }
        let metadata = fs::metadata(&real).map_err(unreadable)?;
        if !metadata.is_file() || metadata.len() > MAX_FILE_BYTES {
            return Err(format!("{} must be a file of at most 1 MiB", path.display()));
        }
        fs::read_to_string(&real).map_err(unreadable).map(|it| (real, it))
    }

    fn source(&mut self, source: &Source<'_>, include: &Include, includer: Option<usize>) {
        let base_dir = self.known.references.base_dir;
        let name = include.path.strip_prefix(base_dir).unwrap_or(&include.path);
        self.flat.add(&name.display().to_string(), source, self.known.references);
        let report = self.report;
        let (set, includes) = Section::root(report, &[source]).read(|read| {
            let set = self.set(read, include, includer);
            self.accounts(read, set);
            let rules = read.optional("rules").map(|it| it.list(MAX_RULES)).unwrap_or_default();
            rules.iter().for_each(|it| self.rule(it, set));
            let list = read.optional("include").map(|it| it.list(MAX_INCLUDES));
            let base = include.path.parent().unwrap_or(Path::new(""));
            (set, list.iter().flatten().filter_map(|it| named(it, base)).collect::<Vec<_>>())
        });
        for include in includes {
            self.file(&include, Some(set));
        }
    }

    /// The set that this file's rules belong to: a new one where it begins a shadow.
    fn set(&mut self, read: &mut Section<'_>, include: &Include, includer: Option<usize>) -> usize {
        let keys = ["shadow", "name", "time_zone"].map(|it| read.optional(it));
        let [shadow, name, zone] = &keys;
        let is_shadow = shadow.as_ref().and_then(Item::flag).unwrap_or(false);
        let set = match includer {
            Some(0) if is_shadow => self.shadow(include, name.as_ref()),
            Some(set) => {
                keys.iter().flatten().for_each(|it| it.problem(FIRST_FILE));
                return set;
            }
            None => {
                let live = shadow.iter().filter(|_| is_shadow).chain(name);
                live.for_each(|it| it.problem(LIVE));
                0
            }
        };
        if let Some(zone) = zone.as_ref().and_then(|it| it.parsed(time_zone)) {
            self.sets[set].zone = zone;
        }
        set
    }

    fn shadow(&mut self, include: &Include, name: Option<&Item<'_>>) -> usize {
        let given = name.and_then(|it| it.parsed(set_name));
        let stem = include.path.file_stem().and_then(|it| it.to_str()).unwrap_or_default();
        let name_given = given.unwrap_or_else(|| stem.to_owned());
        let here = Place { file: include.path.display().to_string(), line: 1 };
        if self.sets.iter().any(|it| it.name == name_given) {
            let problem = format!("there is a rule set of the name {name_given} already");
            self.report.problem(&here, "name", problem);
        }
        if self.sets.len() > MAX_SHADOWS {
            let problem = format!("is one too many: there may be {MAX_SHADOWS} shadow rule sets");
            self.report.problem(&here, "shadow", problem);
        }
        let zone = self.sets[0].zone.clone();
        self.sets.push(Draft { name: name_given, zone, rules: vec![], sites: vec![] });
        self.sets.len() - 1
    }

    fn accounts(&mut self, read: &mut Section<'_>, set: usize) {
        let (known, zone) = (self.known, self.sets[set].zone.clone());
        let before: Vec<_> = self.limits.keys().cloned().collect();
        let found = read.named("accounts", |id: &AccountId, section| {
            if set != 0 {
                section.problem("", "stands with the live rules alone: it holds for all of them");
            } else if before.contains(id) {
                section.problem("", "has its limits in another file already");
            } else if !known.accounts.contains_key(id) {
                section.problem("", known.no_account(id.as_str()));
            }
            limits::limits(section, &zone)
        });
        self.limits.extend(found);
    }

    fn rule(&mut self, item: &Item<'_>, set: usize) {
        let many = self.sets.iter().map(|it| it.rules.len()).sum::<usize>();
        if many == MAX_RULES {
            item.problem(format!("is one rule too many: there may be {MAX_RULES} in all files"));
        }
        let Some(section) = item.section() else { return };
        let known = self.known;
        let (rule, targets) = section.read(|read| rule::rule(read, known));
        let rule_site = super::Site { place: item.place.clone(), key: item.key.clone() };
        self.sets[set].rules.push(rule);
        self.sets[set].sites.push(RuleSite { rule: rule_site, targets });
    }
}

const FIRST_FILE: &str = "stands in the first file of its rule set alone";
const LIVE: &str = "stands in included files alone: the first file begins the live rules";

/// The file and those it includes, as far as they can be read: good or not, they are watched.
pub(in super::super) fn collect(path: &Path, files: &mut BTreeSet<PathBuf>) {
    if files.len() >= MAX_FILES * MAX_INCLUDES || !files.insert(path.into()) {
        return;
    }
    let small = fs::metadata(path).is_ok_and(|it| it.is_file() && it.len() <= MAX_FILE_BYTES);
    let Some(text) = small.then(|| fs::read_to_string(path).ok()).flatten() else { return };
    let Ok(source) = Source::parse("", &text) else { return };
    let include = source.table.get("include").and_then(|it| it.get_ref().as_array());
    let base = path.parent().unwrap_or(Path::new(""));
    for item in include.into_iter().flatten().filter_map(|it| it.get_ref().as_str()) {
        collect(&base.join(item), files);
    }
}

fn named(item: &Item<'_>, base: &Path) -> Option<Include> {
    let path = base.join(item.text()?);
    Some(Include { path, place: item.place.clone(), key: item.key.clone() })
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().display().to_string()
}

fn time_zone(name: &str) -> Result<TimeZone, &'static str> {
    TimeZone::get(name).map_err(|_| "must be a time zone, such as \"Asia/Shanghai\"")
}

/// It is a label of the metrics.
pub(super) fn set_name(text: &str) -> Result<String, &'static str> {
    let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-_".contains(&it);
    let fits = (1..=40).contains(&text.len()) && text.bytes().all(plain);
    if fits { Ok(text.into()) } else { Err("must be 1 to 40 of a-z, 0-9, - and _") }
}
