//! What differs between two configurations, and what of it a running gateway cannot take.

use std::fmt;

use super::flat::{Flat, Value};

/// Read anew by a reload; everything else is read at the start alone.
const RELOADABLE: [&str; 15] = [
    "admin.",
    "accounts.",
    "merchants.",
    "outbound.",
    "quotas.alipay.",
    "quotas.wechat.",
    "delivery.timeout",
    "routing.",
    "rules.",
    "server.response_key",
    "server.published_keys",
    "limits.merchant_",
    "managed.",
    "cashier.link_key",
    "cashier.former_link_keys",
];
/// How many parts of a key name a thing, for things that come and go as a whole.
const THINGS: [(&str, usize); 3] = [("accounts.", 2), ("merchants.", 2), ("admin.users.", 3)];
/// `merchants.shop.endpoints.orders`.
const ENDPOINT_PARTS: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference(pub Vec<Change>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub key: String,
    pub how: How,
    /// Whether it stays as it is until the gateway is started again.
    pub needs_restart: bool,
}

/// A value that is not shown is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    Added(Option<String>),
    Removed(Option<String>),
    Changed(Option<(String, String)>),
}

pub(crate) fn needs_restart(key: &str) -> bool {
    !RELOADABLE.iter().any(|it| key.starts_with(it))
}

impl Difference {
    pub fn between(old: &Flat, new: &Flat) -> Self {
        let removed = lacking(old, new).map(|(key, shown)| change(key, How::Removed(shown)));
        let added = lacking(new, old).map(|(key, shown)| change(key, How::Added(shown)));
        let changed = old.values().iter().filter_map(|(key, old)| {
            let new = new.values().get(key).filter(|new| *new != old)?;
            Some(change(key.clone(), How::Changed(both(old, new))))
        });
        let mut changes: Vec<_> = removed.chain(added).chain(changed).collect();
        changes.sort_by(|one, other| one.key.cmp(&other.key));
        changes.dedup();
        Self(changes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn needing_restart(&self) -> impl Iterator<Item = &Change> {
        self.0.iter().filter(|it| it.needs_restart)
    }
}

fn change(key: String, how: How) -> Change {
    let needs_restart = needs_restart(&format!("{key}."));
    Change { key, how, needs_restart }
}

fn both(old: &Value, new: &Value) -> Option<(String, String)> {
    let (old, new) = (old.shown.clone()?, new.shown.clone()?);
    // What looks alike and is not has been shortened.
    (old != new).then_some((old, new))
}

/// What `one` has and `other` has not: as a thing, where nothing of the thing is there.
fn lacking<'a>(
    one: &'a Flat,
    other: &'a Flat,
) -> impl Iterator<Item = (String, Option<String>)> + 'a {
    let keys = one.values().iter().filter(|(key, _)| !other.values().contains_key(*key));
    keys.map(|(key, value)| {
        let whole = things(key).find(|it| !other.has(&format!("{it}.")));
        whole.map_or_else(|| (key.clone(), value.shown.clone()), |it| (it.to_owned(), None))
    })
}

/// The things a key is a part of, the largest first.
fn things(key: &str) -> impl Iterator<Item = &str> {
    let own = THINGS.iter().find(|(prefix, _)| key.starts_with(prefix)).map(|it| it.1);
    let is_endpoint = key.starts_with("merchants.") && key.split('.').nth(2) == Some("endpoints");
    let endpoint = is_endpoint.then_some(ENDPOINT_PARTS);
    own.into_iter().chain(endpoint).filter_map(|parts| first(key, parts))
}

/// The first parts of a key, where it has more.
fn first(key: &str, parts: usize) -> Option<&str> {
    key.match_indices('.').nth(parts - 1).map(|(end, _)| &key[..end])
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        match &self.how {
            How::Added(None) => write!(f, "+ {key}")?,
            How::Added(Some(value)) => write!(f, "+ {key} = {value}")?,
            How::Removed(None) => write!(f, "- {key}")?,
            How::Removed(Some(value)) => write!(f, "- {key} = {value}")?,
            How::Changed(None) => write!(f, "~ {key}: changed")?,
            How::Changed(Some((old, new))) => write!(f, "~ {key}: {old} -> {new}")?,
        }
        if self.needs_restart { f.write_str(" (needs a restart)") } else { Ok(()) }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.0.iter().enumerate() {
            let break_before = if index == 0 { "" } else { "\n" };
            write!(f, "{break_before}{change}")?;
        }
        Ok(())
    }
}
