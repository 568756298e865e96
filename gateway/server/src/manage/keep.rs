//! Secrets that a new version of an item does not say: they stay what they were.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::shown::fingerprint;
use super::{id, is_secret, secrets};

/// Where an item's secrets go, or what is signed with them: those of an account, and of an endpoint.
const DESTINATIONS: [&str; 4] = ["url", "gateway", "base", "open_base"];

/// A secret that a new version does not give, and that is not kept for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Lost {
    /// A mask that stands for no secret of the item, by its path.
    #[error(
        "`{0}` keeps a secret that is not there: give the secret, or the fingerprint it has now"
    )]
    NotThere(String),
    /// Who may change where a secret goes need not know it.
    #[error("`{secret}` must be given again, since `{changed}` is another one now")]
    Led { secret: String, changed: &'static str },
}

impl Lost {
    pub(crate) fn path(&self) -> &str {
        match self {
            Self::NotThere(path) => path,
            Self::Led { secret, .. } => secret,
        }
    }
}

/// Puts the old secrets where the new version has their masks, or says nothing of them.
pub(crate) fn keep(new: &mut Table, old: Option<&Table>) -> Result<(), Lost> {
    let none = Table::new();
    let old = old.unwrap_or(&none);
    stay("", new, old, &[&["api_keys", "keys"]])?;
    for list in ["endpoints", "keys"] {
        let before = tables(old, list);
        for table in new.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(table) = table.as_table_mut() else { continue };
            if let Some(old) = before.iter().find(|it| id(it) == id(table)) {
                let path = format!("{list}.{}.", id(table));
                stay(&path, table, old, &[&["secret", "secrets", "public_key"], &["password"]])?;
            }
        }
    }
    unmask(new, old)
}

/// What leads elsewhere keeps no secret, neither by its mask nor by silence.
fn stay(path: &str, new: &mut Table, old: &Table, groups: &[&[&str]]) -> Result<(), Lost> {
    let changed = DESTINATIONS.into_iter().find(|it| new.get(*it) != old.get(*it));
    let Some(changed) = changed.filter(|_| !old.is_empty()) else {
        unsaid(new, old, groups);
        return Ok(());
    };
    let silent = groups.iter().filter(|group| !group.iter().any(|it| new.contains_key(*it)));
    let silent = silent.flat_map(|it| it.iter().copied()).find(|it| old.contains_key(*it));
    let masked = || new.iter().find(|(key, it)| is_secret(key) && is_masked(it));
    let kept = silent.or_else(|| masked().map(|(key, _)| key.as_str()));
    let led = |key: &str| Err(Lost::Led { secret: format!("{path}{key}"), changed });
    kept.map_or(Ok(()), led)
}

fn is_masked(value: &Value) -> bool {
    let list = value.as_array().into_iter().flatten();
    value.is_table() || list.into_iter().any(Value::is_table)
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

/// By path and fingerprint. What is too short for one is known by its turn among its like.
type Known = BTreeMap<(String, Option<String>), Vec<Value>>;

fn unmask(new: &mut Table, old: &Table) -> Result<(), Lost> {
    let mut known = Known::new();
    secrets("", &mut old.clone(), &mut |path, it| {
        let print = it.as_str().and_then(fingerprint);
        known.entry((path.to_owned(), print)).or_default().push(it.clone());
    });
    let (turns, mut taken) = (nameless(new), BTreeMap::<String, usize>::new());
    let mut lost = None;
    secrets("", new, &mut |path, it| {
        let Some(print) = it.as_table().map(print) else { return };
        let turn = match print {
            None => turn(&mut taken, path),
            Some(_) => 0,
        };
        let like = known.get(&(path.to_owned(), print.clone())).map_or(&[][..], Vec::as_slice);
        let is_sure = print.is_some() || turns.get(path) == Some(&like.len());
        match like.get(turn).filter(|_| is_sure) {
            Some(secret) => *it = secret.clone(),
            None => lost = Some(Lost::NotThere(path.to_owned())),
        }
    });
    lost.map_or(Ok(()), Err)
}

fn print(mask: &Table) -> Option<String> {
    mask.get("fingerprint").and_then(Value::as_str).map(str::to_owned)
}

/// How many masks without a fingerprint stand at each path: fewer than secrets would be a guess.
fn nameless(new: &Table) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    secrets("", &mut new.clone(), &mut |path, it| {
        if it.as_table().is_some_and(|it| print(it).is_none()) {
            turn(&mut count, path);
        }
    });
    count
}

/// The number of those before it.
fn turn(count: &mut BTreeMap<String, usize>, path: &str) -> usize {
    let next = count.entry(path.to_owned()).or_default();
    *next += 1;
    *next - 1
}
