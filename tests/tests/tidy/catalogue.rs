//! Every case of the catalogue of faults has its proof: a test that exists, or a decision.

use std::collections::BTreeSet;

use super::{none, root};

/// The cases of each chapter.
const CASES: [(char, usize); 6] = [('S', 24), ('C', 24), ('W', 16), ('A', 34), ('X', 8), ('K', 10)];
/// Cases that are known to have no proof yet.
const OPEN: &[&str] = &[];

/// A row of the catalogue.
struct Case {
    id: String,
    proof: String,
}

fn cases() -> Vec<Case> {
    let page = std::fs::read_to_string(root().join("docs/catalogue.md")).expect("it has a page");
    page.lines().filter_map(case).collect()
}

/// `| S01 | what happens | what is expected | proof |`
fn case(line: &str) -> Option<Case> {
    let cells: Vec<_> = line.split('|').map(str::trim).collect();
    let (id, proof) = (cells.get(1)?, cells.get(cells.len().checked_sub(2)?)?);
    let number = id.get(1..)?;
    let is_id = id.len() == 3 && number.bytes().all(|it| it.is_ascii_digit());
    is_id.then(|| Case { id: (*id).to_owned(), proof: (*proof).to_owned() })
}

#[test]
fn the_catalogue_names_each_case_once() {
    let expected = CASES.iter().flat_map(|(chapter, count)| {
        (1..=*count).map(move |number| format!("{chapter}{number:02}"))
    });
    let found: Vec<_> = cases().into_iter().map(|it| it.id).collect();
    assert_eq!(found, expected.collect::<Vec<_>>());
}

#[test]
fn every_case_is_proved_or_argued_away() {
    let findings: Vec<_> = cases().iter().flat_map(findings).collect();
    none("docs/catalogue.md names the proof of each case", &findings);
}

fn findings(case: &Case) -> Vec<String> {
    let Case { id, proof } = case;
    if proof == "open" {
        let known = OPEN.contains(&id.as_str());
        return if known { vec![] } else { vec![format!("{id} has no proof")] };
    }
    let mut found: Vec<_> = proof.split('`').skip(1).step_by(2).filter_map(lacks(id)).collect();
    if !proof.contains('`') && !proof.contains("](decisions/") {
        found.push(format!("{id} names neither a test nor a decision: {proof}"));
    }
    if OPEN.contains(&id.as_str()) {
        found.push(format!("{id} is said to be open and has a proof"));
    }
    found
}

/// What is wrong with a test that is named as `path::name`. A file that plays many cases says
/// which, and a test of hostile input is named after its cases, so that none is dropped unseen.
fn lacks(id: &str) -> impl Fn(&str) -> Option<String> {
    move |named: &str| {
        let Some((path, test)) = named.split_once("::") else {
            return Some(format!("{id}: `{named}` is no test"));
        };
        let text = std::fs::read_to_string(root().join(format!("{path}.rs")));
        let Ok(text) = text else { return Some(format!("{id}: there is no {path}.rs")) };
        if !tests(&text).contains(test) {
            return Some(format!("{id}: {path}.rs has no test {test}"));
        }
        let named = test.split('_').any(|it| it == id.to_lowercase());
        let silent = match path {
            _ if path.starts_with("tests/tests/chaos/") => !text.contains(&format!("\"{id}\"")),
            _ => path.starts_with("tests/tests/hostile/") && !named,
        };
        silent.then(|| format!("{id}: {path}.rs does not say that it plays it"))
    }
}

/// The names of the functions behind `#[test]`, `#[tokio::test]` and what else stands there.
fn tests(text: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        let name = line.split_once("fn ").and_then(|(_, rest)| rest.split(['(', '<']).next());
        if let Some(name) = name.filter(|_| !line.starts_with("//")) {
            if is_test {
                found.insert(name);
            }
            is_test = false;
        }
    }
    found
}

#[test]
fn a_case_without_a_test_is_seen() {
    let seen =
        |proof: &str| findings(&Case { id: "S99".to_owned(), proof: proof.to_owned() }).is_empty();
    assert!(seen("`tests/tests/kill::sixty_kills_lose_nothing_and_do_nothing_twice`"));
    assert!(seen("[10](decisions/0010-postgresql.md)"));
    assert!(!seen("open") && !seen("") && !seen("surely"));
    assert!(!seen("`tests/tests/kill::no_such_test`") && !seen("`tests/tests/gone::test`"));
    assert!(!seen("`tests/tests/kill`") && !seen("`tests/tests/tidy::root`"));
}
