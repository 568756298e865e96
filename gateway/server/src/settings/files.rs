//! Which files a configuration is made of, so that they can be watched.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml::de::DeValue;

use super::source::Source;

/// The file itself and those it refers to. One that cannot be read now names no others; it is
/// looked at again when it changes.
pub fn files(path: &Path) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::from([path.to_owned()]);
    let base_dir = path.parent().unwrap_or(Path::new(""));
    if let Ok(text) = super::read(path)
        && let Ok(source) = Source::parse("", &text)
    {
        let values = source.table.values().map(toml::Spanned::get_ref);
        values.for_each(|it| collect(it, base_dir, &mut files));
        let routing = source.table.get("routing").and_then(|it| it.get_ref().as_table());
        let rules = routing.and_then(|it| it.get("rules")).and_then(|it| it.get_ref().as_str());
        if let Some(rules) = rules.filter(|it| !it.is_empty()) {
            super::rules::collect(&base_dir.join(rules), &mut files);
        }
    }
    files
}

fn collect(value: &DeValue<'_>, base_dir: &Path, files: &mut BTreeSet<PathBuf>) {
    if let Some(table) = value.as_table() {
        table.values().for_each(|it| collect(it.get_ref(), base_dir, files));
    }
    for item in value.as_array().into_iter().flatten() {
        collect(item.get_ref(), base_dir, files);
    }
    if let Some(name) = value.as_str().and_then(|it| it.strip_prefix("file:")) {
        files.insert(base_dir.join(name));
    }
}
