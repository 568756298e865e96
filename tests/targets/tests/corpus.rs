//! Everything in the corpus, through the target it belongs to: what fuzzing once found stays found,
//! without the fuzzer and its compiler.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use paymux_fuzz_targets::targets::TARGETS;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder).unwrap_or_else(|it| panic!("{}: {it}", folder.display()));
    let mut files: Vec<_> = listed.flatten().map(|it| it.path()).collect();
    files.sort();
    files
}

#[test]
#[expect(clippy::print_stdout, reason = "the last line before a panic names the seed")]
fn what_is_in_the_corpus_breaks_nothing() {
    for (target, feed) in TARGETS {
        let seeds = files(&fuzz().join("seeds").join(target));
        assert!(seeds.len() > 2, "{target} has nothing to begin with");
        for seed in seeds {
            let bytes = fs::read(&seed).expect("a seed can be read");
            println!("{}", seed.display());
            feed(&bytes);
            // Whatever is cut off, and one wrong byte in the middle.
            for cut in [bytes.len() / 4, bytes.len() / 2, bytes.len().saturating_sub(1)] {
                feed(&bytes[..cut]);
            }
            let mut wrong = bytes.clone();
            let middle = wrong.len() / 2;
            wrong.get_mut(middle).into_iter().for_each(|it| *it ^= 0x20);
            feed(&wrong);
        }
    }
}

#[test]
fn the_list_of_targets_is_closed() {
    let names: BTreeSet<_> = TARGETS.iter().map(|it| it.0.to_owned()).collect();
    let stems = |folder: &str| -> BTreeSet<String> {
        let stem = |it: &PathBuf| it.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        files(&fuzz().join(folder)).iter().map(stem).collect()
    };
    assert_eq!(stems("fuzz_targets"), names);
    assert_eq!(stems("seeds"), names);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("it has a manifest");
    for name in &names {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is not built");
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/fuzzing.md");
    let page = fs::read_to_string(page).expect("there is a page");
    for name in &names {
        assert!(page.contains(&format!("`{name}`")), "docs/fuzzing.md tells of {name}");
    }
}
