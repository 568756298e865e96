//! The named places where the process can be made to die, as the sources name them.

use std::collections::BTreeSet;
use std::path::Path;

/// Every `crashpoint!("name")` of the gateway.
pub(crate) fn named() -> Vec<String> {
    let mut found = BTreeSet::new();
    collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../gateway")), &mut found);
    assert!(found.len() >= 10, "the points were not found: {found:?}");
    found.into_iter().collect()
}

fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the workspace can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source is text");
            let names = text.split("crashpoint!(\"").skip(1).filter_map(|it| it.split('"').next());
            found.extend(names.map(str::to_owned));
        }
    }
}
