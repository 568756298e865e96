//! What of the configuration stands in the store: opened, it is read like one more file.

use std::collections::BTreeMap;
use std::path::Path;

use paymux_core::Timestamp;
use paymux_store::{Managed, ManagedKind, generation};

use super::reference::References;
use super::section::{Report, Section};
use super::source::Source;
use super::{Environment, Problem, Problems};
use crate::seal::{self, SealKey};

/// In place of a file's name.
pub(super) const NAME: &str = "managed";
/// The one that seals, and those that are leaving.
const MAX_SEAL_KEYS: usize = 4;

/// All items of the store, opened.
#[derive(Clone, Default)]
pub(crate) struct Book {
    pub(crate) generation: u64,
    pub(crate) items: BTreeMap<(ManagedKind, String), Item>,
}

#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) version: u64,
    /// What the section of its name would say in a file.
    pub(crate) table: toml::Table,
    pub(crate) changed_at: Timestamp,
    pub(crate) changed_by: String,
}

impl Book {
    /// Everything that cannot be opened is told, by its name.
    pub(crate) fn open(keys: &[SealKey], rows: &[Managed]) -> Result<Self, Problems> {
        let mut book = Self { generation: generation(rows), ..Self::default() };
        let mut problems = vec![];
        for row in rows {
            match opened(keys, row) {
                Ok(Some(item)) => drop(book.items.insert((row.kind, row.id.clone()), item)),
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(book) } else { Err(Problems(problems)) }
    }

    /// As one file would say it.
    pub(crate) fn text(&self) -> String {
        let mut all = toml::Table::new();
        for ((kind, id), item) in &self.items {
            let section = all.entry(kind.name()).or_insert_with(|| toml::Table::new().into());
            if let Some(section) = section.as_table_mut() {
                section.insert(id.clone(), item.table.clone().into());
            }
        }
        all.to_string()
    }
}

/// None for what is removed.
fn opened(keys: &[SealKey], row: &Managed) -> Result<Option<Item>, Problem> {
    let Some(sealed) = &row.sealed else { return Ok(None) };
    let problem = |problem: String| Problem {
        file: NAME.into(),
        line: 0,
        key: format!("{}.{}", row.kind, row.id),
        problem,
    };
    let hint = if keys.is_empty() { ", and there are none" } else { "" };
    let plain = seal::open(keys, &sealed_name(row.kind, &row.id, row.version), sealed);
    let plain = plain.map_err(|it| problem(format!("cannot be opened: it {it}{hint}")))?;
    let text = std::str::from_utf8(&plain).ok().and_then(|it| it.parse().ok());
    let table = text.ok_or_else(|| problem("cannot be read: it is no TOML".into()))?;
    let Managed { version, changed_at, changed_by, .. } = row.clone();
    Ok(Some(Item { version, table, changed_at, changed_by }))
}

/// Nothing that is sealed as one item's version opens as another's.
pub(crate) fn sealed_name(kind: ManagedKind, id: &str, version: u64) -> String {
    format!("paymux/{kind}/{id}/{version}")
}

/// The section `managed`; by it the rest of what is managed is opened, so it is read first.
pub(super) fn seal_keys(read: &mut Section<'_>, references: &References<'_>) -> Vec<SealKey> {
    let items = read.optional("seal_keys").map(|it| it.list(MAX_SEAL_KEYS)).unwrap_or_default();
    let mut keys: Vec<SealKey> = vec![];
    for item in items {
        let Some(secret) = item.secret(references) else { continue };
        match SealKey::parse(secret.expose()) {
            Ok(key) if keys.contains(&key) => item.problem("is in this list already"),
            Ok(key) => keys.push(key),
            Err(error) => item.problem(error.to_string()),
        }
    }
    keys
}

/// Of a file whose other sections may need what the keys open.
pub(super) fn seal_keys_of(
    text: &str,
    file: &str,
    base_dir: &Path,
    environment: &Environment<'_>,
) -> Result<Vec<SealKey>, Problems> {
    let source = Source::parse(file, text)?;
    let report = Report::default();
    let references = References::new(base_dir, environment);
    let mut root = Section::root(&report, &[&source]);
    let keys = root.section("managed", |it| seal_keys(it, &references));
    let (problems, _) = report.finish();
    if problems.is_empty() { Ok(keys) } else { Err(Problems(problems)) }
}

/// All that cannot be read is told, by its key.
pub(super) fn inlined(
    section: &toml::Table,
    references: &References<'_>,
) -> Result<toml::Table, Problems> {
    let (mut section, mut problems) = (toml::Value::from(section.clone()), vec![]);
    inline("", &mut section, references, &mut problems);
    let section = section.as_table().cloned().unwrap_or_default();
    if problems.is_empty() { Ok(section) } else { Err(Problems(problems)) }
}

fn inline(
    key: &str,
    value: &mut toml::Value,
    references: &References<'_>,
    problems: &mut Vec<Problem>,
) {
    match value {
        toml::Value::Table(table) => {
            for (name, value) in table.iter_mut() {
                let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                inline(&key, value, references, problems);
            }
        }
        toml::Value::Array(list) => {
            for (index, value) in list.iter_mut().enumerate() {
                inline(&format!("{key}[{index}]"), value, references, problems);
            }
        }
        toml::Value::String(text) => match references.resolve(text) {
            None => {}
            Some(Ok(secret)) => *text = secret.expose().to_owned(),
            Some(Err(error)) => {
                let (file, problem) = ("the section".to_owned(), error.to_string());
                problems.push(Problem { file, line: 0, key: key.to_owned(), problem });
            }
        },
        toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_) => {}
    }
}
