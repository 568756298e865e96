//! What the README says is proven: each test it names is there, and it names each that is there.

use super::{none, root, sources};

const FOLDER: &str = "tests/tests/e2e/products/";

/// The words in backquotes of a table of the README.
fn named(part: &str) -> Vec<String> {
    let page = std::fs::read_to_string(root().join("README.md")).expect("there is a README");
    let table = page.split(&format!("\n### {part}\n")).nth(1).expect("it has this part");
    let table = table.split("\n##").next().unwrap_or_default();
    table.split('`').skip(1).step_by(2).filter(|it| it.contains('_')).map(str::to_owned).collect()
}

fn tests() -> Vec<String> {
    let code: Vec<_> = sources().into_iter().filter(|it| it.path.starts_with(FOLDER)).collect();
    let after_mark = |text: &str| {
        let tests = text.split("#[tokio::test").skip(1).map(str::to_owned);
        tests.collect::<Vec<_>>()
    };
    let name = |it: String| {
        let (_, rest) = it.split_once("async fn ").expect("a test is a function");
        rest.split('(').next().unwrap_or_default().to_owned()
    };
    code.iter().flat_map(|it| after_mark(&it.text)).map(name).collect()
}

#[test]
fn the_readme_names_the_proof_of_each_product() {
    let (named, tests) = (named("Products"), tests());
    assert!(tests.len() > 10, "the tests were not found: {tests:?}");
    let absent = named.iter().filter(|it| !tests.contains(it)).map(|it| format!("no test: {it}"));
    let silent = tests.iter().filter(|it| !named.contains(it)).map(|it| format!("unnamed: {it}"));
    none("the README's tests of products", &absent.chain(silent).collect::<Vec<_>>());
}

#[test]
fn the_readme_names_a_test_for_what_it_says_beside_others() {
    let named = named("Beside others");
    assert!(named.len() > 10, "the table was not found: {named:?}");
    let code = sources();
    let absent = |name: &&String| {
        let test = format!("fn {name}()");
        !code.iter().any(|it| it.path.contains("tests") && it.text.contains(&test))
    };
    none("the README's comparison", &named.iter().filter(absent).cloned().collect::<Vec<_>>());
}
