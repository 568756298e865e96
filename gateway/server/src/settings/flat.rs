//! Every setting under its whole path, so that two configurations can be compared; of what is
//! secret only a keyed mark is kept.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use toml::de::{DeTable, DeValue};

use super::reference::References;
use super::secrecy::is_secret;
use super::source::Source;

/// Longer values (a key in PEM) say nothing to a reader.
const MAX_SHOWN: usize = 200;

/// Drawn for this process: a mark tells equal from different here, and nothing anywhere else.
static KEY: LazyLock<hmac::Key> = LazyLock::new(|| {
    let random = aws_lc_rs::rand::SystemRandom::new();
    hmac::Key::generate(HMAC_SHA256, &random).expect("the system's generator does not fail")
});

/// Values by path, as in `merchants.shop.endpoints.orders.url`: an element of a list of tables is
/// known by its id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flat(BTreeMap<String, Value>);

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Value {
    /// `None` for what came by reference, and for what is too long to read.
    pub(crate) shown: Option<String>,
    mark: [u8; 32],
}

impl Flat {
    /// The later source's values stand in place of the earlier's.
    pub(super) fn of(sources: &[&Source<'_>], references: &References<'_>) -> Self {
        let mut flat = Self::default();
        for source in sources {
            flat.table("", &source.table, references);
        }
        flat
    }

    /// The settings of another file, under its name.
    pub(super) fn add(&mut self, name: &str, source: &Source<'_>, references: &References<'_>) {
        self.table(&format!("rules.{name}."), &source.table, references);
        // Rules are known by their names, and the first that applies decides.
        let rules = source.table.get("rules").and_then(|it| it.get_ref().as_array());
        let names = rules.into_iter().flatten().filter_map(|it| self::name(it.get_ref()));
        let order = names.collect::<Vec<_>>().join(", ");
        let order = leaf("order", &DeValue::String(order.into()), references);
        self.0.insert(format!("rules.{name}.order"), order);
    }

    pub(super) fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.clone());
    }

    pub(crate) fn values(&self) -> &BTreeMap<String, Value> {
        &self.0
    }

    /// Whether all below `prefix` is equal.
    pub(crate) fn same(&self, other: &Self, prefix: &str) -> bool {
        self.below(prefix).eq(other.below(prefix))
    }

    /// With what `fixed` names taken from `running`, since it stays as it is there.
    pub(crate) fn held(mut self, running: &Self, fixed: impl Fn(&str) -> bool) -> Self {
        self.0.retain(|key, _| !fixed(key));
        let kept = running.0.iter().filter(|(key, _)| fixed(key));
        self.0.extend(kept.map(|(key, value)| (key.clone(), value.clone())));
        self
    }

    /// Whether anything stands below `prefix`.
    pub(crate) fn has(&self, prefix: &str) -> bool {
        self.below(prefix).next().is_some()
    }

    fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.0.range(prefix.to_owned()..).take_while(move |(key, _)| key.starts_with(prefix))
    }

    fn table(&mut self, prefix: &str, table: &DeTable<'_>, references: &References<'_>) {
        for (key, value) in table {
            let key = format!("{prefix}{}", key.get_ref());
            self.value(&key, value.get_ref(), references);
        }
    }

    fn value(&mut self, key: &str, value: &DeValue<'_>, references: &References<'_>) {
        if let Some(table) = value.as_table() {
            return self.table(&format!("{key}."), table, references);
        }
        let tables = value.as_array().filter(|list| list.iter().any(|it| it.get_ref().is_table()));
        let Some(list) = tables else {
            self.0.insert(key.to_owned(), leaf(key, value, references));
            return;
        };
        for (index, item) in list.iter().enumerate() {
            let name = name(item.get_ref()).unwrap_or_else(|| index.to_string());
            self.value(&format!("{key}.{name}"), item.get_ref(), references);
        }
    }
}

/// What a table of a list calls itself.
fn name(value: &DeValue<'_>) -> Option<String> {
    let table = value.as_table()?;
    let named = ["id", "name", "account"].iter().find_map(|it| table.get(*it))?;
    named.get_ref().as_str().map(str::to_owned)
}

fn leaf(key: &str, value: &DeValue<'_>, references: &References<'_>) -> Value {
    let mut content = vec![];
    let open = render(value, references, &mut content);
    let shown =
        open.filter(|_| !is_secret(key)).filter(|it| it.len() <= MAX_SHOWN && !it.contains("\\n"));
    let mut mark = [0; 32];
    mark.copy_from_slice(hmac::sign(&KEY, &content).as_ref());
    Value { shown, mark }
}

/// Writes what the value means into `content`; gives its text where that may be seen.
fn render(
    value: &DeValue<'_>,
    references: &References<'_>,
    content: &mut Vec<u8>,
) -> Option<String> {
    if let Some(list) = value.as_array() {
        content.extend((list.len() as u64).to_be_bytes());
        let shown: Vec<_> =
            list.iter().map(|it| render(it.get_ref(), references, content)).collect();
        return shown
            .into_iter()
            .collect::<Option<Vec<_>>>()
            .map(|it| format!("[{}]", it.join(", ")));
    }
    let Some(text) = value.as_str() else {
        let text = plain(value);
        push(content, &text);
        return Some(text);
    };
    match references.resolve(text) {
        Some(found) => {
            push(content, found.as_ref().map_or("", |it| it.expose()));
            None
        }
        None => {
            push(content, text);
            Some(format!("{text:?}"))
        }
    }
}

/// With its length, so that no two lists of texts look alike.
fn push(content: &mut Vec<u8>, text: &str) {
    content.extend((text.len() as u64).to_be_bytes());
    content.extend(text.as_bytes());
}

fn plain(value: &DeValue<'_>) -> String {
    value.as_integer().map_or_else(
        || value.as_bool().map_or_else(|| format!("{value:?}"), |it| it.to_string()),
        |it| it.as_str().to_owned(),
    )
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shown.as_deref().unwrap_or("***"))
    }
}
