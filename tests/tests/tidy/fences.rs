//! How long a file and a line may be. A part that passes its fence is redesigned, not split.

use super::{Source, none, sources};

const FILE_LINES: usize = 400;
/// Where a mistake costs most, a reader must see a whole part at once.
const NARROW_FILE_LINES: usize = 250;
const NARROW: [&str; 2] = ["gateway/core/", "plugins/"];
const LINE_CHARS: usize = 100;

fn fence(path: &str) -> usize {
    if NARROW.iter().any(|it| path.starts_with(it)) { NARROW_FILE_LINES } else { FILE_LINES }
}

#[test]
fn files_stay_within_their_fence() {
    let code = sources();
    let over = |it: &&Source| {
        let limit = if it.is_test() { FILE_LINES } else { fence(&it.path) };
        it.code().lines().count() > limit
    };
    let findings = code.iter().filter(over);
    let findings: Vec<_> =
        findings.map(|it| format!("{}: {} lines", it.path, it.code().lines().count())).collect();
    none("a file has at most 400 lines, 250 in core and the plugins", &findings);
}

#[test]
fn lines_fit_a_page() {
    let mut findings = vec![];
    for source in sources() {
        // Text that is dictated by a channel, a table or a terminal cannot be broken.
        let long = |it: &&str| it.chars().count() > LINE_CHARS && !it.contains(['"', '\'']);
        let count = source.text.lines().filter(long).count();
        if count > 0 {
            findings.push(format!("{}: {count} lines", source.path));
        }
    }
    none("a line has at most 100 characters", &findings);
}

#[test]
fn every_module_says_what_it_owns() {
    let silent = |it: &Source| !it.is_test() && !it.text.starts_with("//! ");
    let findings: Vec<_> = sources().into_iter().filter(silent).map(|it| it.path).collect();
    none("a module opens with one sentence", &findings);
}
