//! Secrets that a new version of an item does not say: they stay what they were.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::shown::fingerprint;
use super::{id, secrets};

/// A mask that stands for no secret of the item, by its path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` keeps a secret that is not there: give the secret, or the fingerprint it has now")]
pub(crate) struct Lost(pub(crate) String);

/// Puts the old secrets where the new version has their masks, or says nothing of them.
pub(crate) fn keep(new: &mut Table, old: Option<&Table>) -> Result<(), Lost> {
    let none = Table::new();
    let old = old.unwrap_or(&none);
    unsaid(new, old, &[&["api_keys", "keys"]]);
    for list in ["endpoints", "keys"] {
        let before = tables(old, list);
        for table in new.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(table) = table.as_table_mut() else { continue };
            if let Some(old) = before.iter().find(|it| id(it) == id(table)) {
                unsaid(table, old, &[&["secret", "secrets", "public_key"], &["password"]]);
            }
        }
    }
    unmask(new, old)
}

/// Where none of a group is said, all of it stays.
fn unsaid(new: &mut Table, old: &Table, groups: &[&[&str]]) {
    for group in groups {
        if group.iter().any(|key| new.contains_key(*key)) {
            continue;
        }
        let kept = group.iter().filter_map(|it| old.get_key_value(*it));
        new.extend(kept.map(|(key, value)| (key.clone(), value.clone())));
    }
}

fn tables<'a>(of: &'a Table, list: &str) -> Vec<&'a Table> {
    let list = of.get(list).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_table).collect()
}

fn unmask(new: &mut Table, old: &Table) -> Result<(), Lost> {
    let mut known = BTreeMap::<(String, Option<String>), Value>::new();
    secrets("", &mut old.clone(), &mut |path, it| {
        let print = it.as_str().and_then(fingerprint);
        known.insert((path.to_owned(), print), it.clone());
    });
    let mut lost = None;
    secrets("", new, &mut |path, it| {
        let Some(mask) = it.as_table() else { return };
        let print = mask.get("fingerprint").and_then(Value::as_str).map(str::to_owned);
        match known.get(&(path.to_owned(), print)) {
            Some(secret) => *it = secret.clone(),
            None => lost = Some(Lost(path.to_owned())),
        }
    });
    lost.map_or(Ok(()), Err)
}
