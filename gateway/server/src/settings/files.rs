//! Which files a configuration is made of, so that they can be watched.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use toml::de::DeValue;

use super::source::Source;

/// What tells one state of a file from another without reading it: device, inode, length, and the
/// time of the last change; none for what is not there.
type Look = Option<(u64, u64, u64, (i64, i64))>;
pub(crate) type Looks = BTreeMap<PathBuf, Look>;

/// Each file as it stands now, seen through symbolic links: an exchanged link is another file.
pub(crate) fn looks(path: &Path) -> Looks {
    files(path).into_iter().map(|it| (it.clone(), look(&it))).collect()
}

fn look(path: &Path) -> Look {
    use std::os::unix::fs::MetadataExt as _;
    let it = std::fs::metadata(path).ok()?;
    Some((it.dev(), it.ino(), it.len(), (it.ctime(), it.ctime_nsec())))
}

/// The file itself and those it refers to. One that cannot be read now names no others; it is
/// looked at again when it changes.
fn files(path: &Path) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::from([path.to_owned()]);
    let base_dir = path.parent().unwrap_or(Path::new(""));
    if let Ok(text) = super::load::read(path)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exchanged_link_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("one"), "same").unwrap();
        std::fs::write(path("two"), "same").unwrap();
        assert_eq!(look(&path("config")), None);
        std::os::unix::fs::symlink(path("one"), path("config")).unwrap();
        let before = look(&path("config"));
        assert_eq!(before, look(&path("one")));
        std::os::unix::fs::symlink(path("two"), path("next")).unwrap();
        std::fs::rename(path("next"), path("config")).unwrap();
        assert_ne!(look(&path("config")), before);
    }

    #[test]
    fn files_that_are_referred_to_are_looked_at_whether_they_are_there_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("paymux.toml");
        let names = |text: &str| {
            std::fs::write(&path, text).unwrap();
            let name = |it: PathBuf| it.strip_prefix(folder.path()).unwrap().display().to_string();
            files(&path).into_iter().map(name).collect::<Vec<_>>()
        };
        assert_eq!(
            names("[a.b]\nc = \"file:keys/one\"\nd = \"env:X\"\n"),
            ["keys/one", "paymux.toml",]
        );
        let list = "[[a.b]]\nc = [\"file:one\", \"file:two\"]\n[[a.b]]\nc = \"file:three\"\n";
        assert_eq!(names(list), ["one", "paymux.toml", "three", "two"]);
        assert_eq!(names("[a\n"), ["paymux.toml"], "nothing else is known");
    }
}
