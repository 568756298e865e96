//! Tidiness is a test: which crate may know which, how long a file may be, what is not written.

#[path = "tidy/arrows.rs"]
mod arrows;
#[path = "tidy/catalogue.rs"]
mod catalogue;
#[path = "tidy/fences.rs"]
mod fences;
#[path = "tidy/pages.rs"]
mod pages;
#[path = "tidy/products.rs"]
mod products;
#[path = "tidy/repeats.rs"]
mod repeats;
#[path = "tidy/words.rs"]
mod words;

use std::path::{Path, PathBuf};

/// The workspace's root.
fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().expect("tests/ stands in the workspace").to_owned()
}

/// A source file, by its path from the root.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        self.path.starts_with("tests/") || self.path.contains("/tests/") || name == "tests.rs"
    }

    /// The code before the tests that stand beside it.
    fn code(&self) -> &str {
        self.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default()
    }
}

fn sources() -> Vec<Source> {
    let mut found = vec![];
    for folder in ["gateway", "plugins", "loadtest", "tests"] {
        collect(&root().join(folder), &mut found);
    }
    assert!(found.len() > 100, "the sources were not found: {}", found.len());
    found
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    let entries = std::fs::read_dir(folder).expect("a folder of the workspace can be read");
    for entry in entries.map(|it| it.expect("an entry can be read").path()) {
        if entry.is_dir() {
            collect(&entry, found);
        } else if entry.extension().is_some_and(|it| it == "rs") {
            let text = std::fs::read_to_string(&entry).expect("a source is text");
            let path = entry.strip_prefix(root()).expect("below the root");
            found.push(Source { path: path.display().to_string(), text });
        }
    }
}

/// Fails with every finding at once.
fn none(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}:\n  {}", findings.join("\n  "));
}
