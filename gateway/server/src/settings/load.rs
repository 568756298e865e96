//! Reading a configuration: the file, what the store has of it, and the rules beside it.

use std::io::Read as _;
use std::path::Path;

use super::managed::{self, Book};
use super::reference::References;
use super::section::{Report, Section};
use super::source::Source;
use super::{
    DEFAULTS, DEFAULTS_NAME, Environment, Flat, MAX_FILE_BYTES, Problem, Problems, Settings,
    consistency, looks, process_environment, rules, sections,
};
use crate::seal::SealKey;

/// What the store may define, and whatever names it.
const LATER: [&str; 5] = ["accounts", "merchants", "routing", "rules", "admin.users"];

impl Settings {
    pub fn load(path: &Path) -> Result<Self, Problems> {
        settle(Self::load_partly(path, &Book::default())?)
    }

    pub fn parse(
        text: &str,
        file: &str,
        base_dir: &Path,
        environment: &Environment<'_>,
    ) -> Result<Self, Problems> {
        settle(Self::parse_partly(text, file, base_dir, environment, &Book::default())?)
    }

    /// What is needed before the store can be asked for the rest: the problems of accounts,
    /// merchants and rules may be none with what the store has.
    pub(crate) fn load_ground(path: &Path) -> Result<Self, Problems> {
        let (settings, mut problems) = Self::load_partly(path, &Book::default())?;
        problems.retain(|it| !LATER.iter().any(|part| it.key.starts_with(part)));
        problems.retain(|it| {
            settings.rules.as_ref().is_none_or(|of| of.display().to_string() != it.file)
        });
        settle((settings, problems))
    }

    /// As much as can be read, with what is wrong; an error when nothing can.
    pub(super) fn load_partly(path: &Path, book: &Book) -> Result<(Self, Vec<Problem>), Problems> {
        let file = path.display().to_string();
        let looks = looks(path);
        let text = read(path).map_err(|problem| Problems::one(&file, 0, problem))?;
        let base_dir = path.parent().unwrap_or(Path::new(""));
        let (mut settings, problems) =
            Self::parse_partly(&text, &file, base_dir, &process_environment, book)?;
        settings.file = Some(path.to_owned());
        settings.looks = looks;
        Ok((settings, problems))
    }

    pub(super) fn parse_partly(
        text: &str,
        file: &str,
        base_dir: &Path,
        environment: &Environment<'_>,
        book: &Book,
    ) -> Result<(Self, Vec<Problem>), Problems> {
        let defaults = Source::parse(DEFAULTS_NAME, DEFAULTS)?;
        let own = Source::parse(file, text)?;
        let managed = book.text();
        let managed = Source::sealed(managed::NAME, &managed)?;
        let report = Report::default();
        let references = References::new(base_dir, environment);
        let mut settings = Section::root(&report, &[&own, &managed, &defaults])
            .read(|section| sections::settings(section, &references));
        consistency::check(&settings, &report, file);
        let (mut problems, places) = report.finish();
        settings.places = places;
        settings.flat = Flat::of(&[&defaults, &own, &managed], &references);
        settings.managed.generation = book.generation;
        if let Some(path) = &settings.rules {
            let place = settings.places.of("routing.rules").cloned().unwrap_or_default();
            let Self { accounts, merchants, .. } = &settings;
            let known = rules::Known { references: &references, accounts, merchants };
            let (routing, found) = rules::load(path, &place, known);
            problems.extend(found);
            settings.flat.extend(&routing.flat);
            settings.routing = routing;
        }
        Ok((settings, problems))
    }
}

/// What opens the managed items of a configuration.
pub(crate) fn seal_keys(path: &Path) -> Result<Vec<SealKey>, Problems> {
    let file = path.display().to_string();
    let text = read(path).map_err(|problem| Problems::one(&file, 0, problem))?;
    let base_dir = path.parent().unwrap_or(Path::new(""));
    managed::seal_keys_of(&text, &file, base_dir, &process_environment)
}

fn settle((settings, problems): (Settings, Vec<Problem>)) -> Result<Settings, Problems> {
    if problems.is_empty() { Ok(settings) } else { Err(Problems(problems)) }
}

pub(super) fn read(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut text = String::new();
    file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(format!("is larger than {MAX_FILE_BYTES} bytes"));
    }
    Ok(text)
}

/// A section with what it refers to in place of its references.
pub(crate) fn inlined(section: &toml::Table, base_dir: &Path) -> Result<toml::Table, Problems> {
    managed::inlined(section, &References::new(base_dir, &process_environment))
}
