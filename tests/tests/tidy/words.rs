//! What is not written: loose ends, vague names, sleeps in tests, undocumented problems.

use super::{Source, none, root, sources};

/// Each would be a defect.
const LOOSE_ENDS: [&str; 5] = ["todo!(", "unimplemented!(", "FIXME", "dbg!(", "#[ignore]"];
/// Names that say nothing.
const VAGUE: [&str; 5] = ["helper", "util", "utils", "common", "misc"];
const SLEEPS: [&str; 2] = ["thread::sleep(", "time::sleep("];

fn is_this_folder(source: &Source) -> bool {
    source.path.starts_with("tests/tests/tidy")
}

#[test]
fn nothing_is_left_undone() {
    let mut findings = vec![];
    for source in sources().iter().filter(|it| !is_this_folder(it)) {
        let found = LOOSE_ENDS.iter().filter(|it| source.text.contains(*it));
        findings.extend(found.map(|it| format!("{}: {it}", source.path)));
    }
    none("loose ends", &findings);
}

#[test]
fn names_say_something() {
    let vague = |it: &Source| {
        let stem = it.path.trim_end_matches(".rs").split('/').map(str::to_owned);
        stem.into_iter().any(|part| VAGUE.contains(&part.as_str()))
    };
    let findings: Vec<_> = sources().into_iter().filter(vague).map(|it| it.path).collect();
    none("a file is named after what it owns", &findings);
}

#[test]
fn tests_wait_for_conditions_and_not_for_time() {
    let mut findings = vec![];
    for source in sources().iter().filter(|it| it.is_test() && !is_this_folder(it)) {
        let found = SLEEPS.iter().filter(|it| source.text.contains(*it));
        findings.extend(found.map(|it| format!("{}: {it}", source.path)));
    }
    none("no sleeps in tests", &findings);
}

#[test]
fn every_problem_type_is_documented() {
    let problems = std::fs::read_to_string(root().join("gateway/engine/src/problem.rs"));
    let problems = problems.expect("the problems have a file");
    let page = std::fs::read_to_string(root().join("docs/problems.md")).expect("they have a page");
    let slugs: Vec<_> = problems.lines().filter_map(slug).collect();
    assert!(slugs.len() > 20, "the list was not understood: {slugs:?}");
    let silent = |it: &&&str| !page.contains(&format!("`{it}`"));
    let findings: Vec<_> = slugs.iter().filter(silent).map(ToString::to_string).collect();
    none("docs/problems.md explains every type", &findings);
}

/// `NAME = 404 "not-found" final "…";`
fn slug(line: &str) -> Option<&str> {
    let (_, rest) = line.trim().split_once(" = ")?;
    let (status, rest) = rest.split_once(" \"")?;
    status.parse::<u16>().ok()?;
    rest.split_once('"').map(|(slug, _)| slug)
}

#[test]
fn every_metric_is_documented() {
    let metrics = std::fs::read_to_string(root().join("gateway/engine/src/metrics.rs"));
    let metrics = metrics.expect("the metrics have a file");
    let page = std::fs::read_to_string(root().join("docs/metrics.md")).expect("they have a page");
    // Each is made as `counter(&r, "name", …)`.
    let made = metrics.split("(\n                &r,").flat_map(|it| it.split("(&r,")).skip(1);
    let names: Vec<_> = made.filter_map(|it| it.split('"').nth(1)).collect();
    assert!(names.len() > 45, "the list was not understood: {names:?}");
    let silent = |it: &&&str| !page.contains(&format!("`paymux_{it}`"));
    let findings: Vec<_> = names.iter().filter(silent).map(ToString::to_string).collect();
    none("docs/metrics.md explains every metric", &findings);
}
