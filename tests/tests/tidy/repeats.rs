//! How much of the plugins is written twice: in one plugin and another, or twice in the same one.

use std::collections::{BTreeMap, BTreeSet};

use super::{Source, none, sources};

/// So many lines alike, one after another, are a second copy.
const RUN: usize = 6;
/// Of a hundred lines.
const MAX_REPEATED: usize = 5;
const PLUGINS: [&str; 3] = ["plugins/alipay/", "plugins/wechat/", "plugins/sandbox/"];

/// The lines that count, each without its indentation: no blanks, comments, imports, lone brackets.
fn lines(source: &Source) -> Vec<&str> {
    let mut importing = false;
    let counts = |line: &&str| {
        importing |= ["use ", "pub use ", "pub(crate) use "].iter().any(|it| line.starts_with(it));
        let skipped = importing;
        importing &= !line.ends_with(';');
        !skipped && !line.starts_with("//") && line.contains(|it: char| it.is_alphanumeric())
    };
    source.text.lines().map(str::trim).filter(counts).collect()
}

/// A line that counts, as the file and its place there.
type Place = (usize, usize);

/// Every line that stands in a run that stands elsewhere too.
fn repeated(files: &[Vec<&str>]) -> BTreeSet<Place> {
    let mut runs: BTreeMap<&[&str], Vec<Place>> = BTreeMap::new();
    for (file, lines) in files.iter().enumerate() {
        for (at, run) in lines.windows(RUN).enumerate() {
            runs.entry(run).or_default().push((file, at));
        }
    }
    let twice = runs.into_values().filter(|it| it.len() > 1).flatten();
    twice.flat_map(|(file, at)| (at..at + RUN).map(move |line| (file, line))).collect()
}

fn finding(plugins: &str, files: &[Vec<&str>]) -> Option<String> {
    let total: usize = files.iter().map(Vec::len).sum();
    let count = repeated(files).len();
    eprintln!("{plugins}: {count} of {total} lines are repeated");
    let over = count * 100 > total * MAX_REPEATED;
    over.then(|| format!("{plugins}: {count} of {total} lines"))
}

#[test]
fn little_of_the_plugins_is_written_twice() {
    let code = sources();
    let read = |folder: &str| {
        let files: Vec<_> = code.iter().filter(|it| it.path.starts_with(folder)).collect();
        assert!(files.len() > 30, "{folder} was not found");
        files.into_iter().map(lines).collect::<Vec<_>>()
    };
    let all: Vec<_> = PLUGINS.iter().map(|it| read(it)).collect();
    let each = PLUGINS.iter().zip(&all).filter_map(|(name, files)| finding(name, files));
    let channels = finding("plugins/alipay and plugins/wechat", &all[..2].concat());
    let together = finding("plugins", &all.concat());
    let findings: Vec<_> = each.chain(channels).chain(together).collect();
    none("at most 5 of 100 lines of the plugins are repeated", &findings);
}

#[test]
fn a_copy_is_seen_however_it_is_indented() {
    let file = |text: &str| Source { path: "plugins/x.rs".to_owned(), text: text.to_owned() };
    let shared = "let a = 1;\nlet b = 2;\nlet c = 3;\nlet d = 4;\nlet e = 5;\nlet f = 6;\n";
    let indented = shared.replace("let c", "// A word.\n}\n\n    let c");
    let copy =
        [file(&format!("own();\n{shared}")), file(&format!("use a::{{\n x,\n}};\n{indented}"))];
    let read: Vec<_> = copy.iter().map(lines).collect();
    assert_eq!(read.iter().map(Vec::len).collect::<Vec<_>>(), [7, 6]);
    assert_eq!(repeated(&read).len(), 2 * RUN);
    let shorter = [file(shared), file(&shared.replace("let f", "let g"))];
    assert!(repeated(&shorter.iter().map(lines).collect::<Vec<_>>()).is_empty());
    assert!(finding("a copy", &read).is_some());
}
