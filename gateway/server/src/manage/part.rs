//! One part of a merchant: an endpoint, a signing key, an API key.

use toml::{Table, Value};

use super::{Made, Makers, fingerprint, id};

/// The lists of a merchant whose elements have ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListName {
    Endpoints,
    Keys,
    Plates,
}

impl ListName {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Endpoints => "endpoints",
            Self::Keys => "keys",
            Self::Plates => "plates",
        }
    }
}

/// In the place of the element of that id, or behind the others.
pub(crate) fn put(merchant: &mut Table, list: ListName, name: &str, mut element: Table) {
    element.insert("id".into(), name.into());
    let list = merchant.entry(list.name()).or_insert_with(|| Value::Array(vec![]));
    let Some(list) = list.as_array_mut() else { return };
    let known = list.iter_mut().find(|it| it.as_table().is_some_and(|it| id(it) == name));
    match known {
        Some(known) => *known = element.into(),
        None => list.push(element.into()),
    }
}

/// Whether there was one.
pub(crate) fn forget(merchant: &mut Table, list: &str, is: impl Fn(&Value) -> bool) -> bool {
    let Some(values) = merchant.get_mut(list).and_then(Value::as_array_mut) else { return false };
    let before = values.len();
    values.retain(|it| !is(it));
    let (left, found) = (values.len(), values.len() < before);
    if left == 0 {
        merchant.remove(list);
    }
    found
}

/// By the id of an endpoint or a signing key, or by the fingerprint of an API key.
pub(crate) fn is_named(value: &Value, name: &str) -> bool {
    let own = value.as_table().map(|it| id(it).to_owned());
    own.or_else(|| fingerprint(value.as_str()?)).as_deref() == Some(name)
}

pub(crate) fn add_api_key(merchant: &mut Table, make: &Makers<'_>) -> Made {
    let secret = make.api_key();
    let list = merchant.entry("api_keys").or_insert_with(|| Value::Array(vec![]));
    let mut index = 0;
    if let Some(list) = list.as_array_mut() {
        index = list.len();
        list.push(secret.clone().into());
    }
    Made { path: format!("api_keys[{index}]"), secret }
}

/// A new secret first, beside the newest of those it had; None where there is no such endpoint.
pub(crate) fn rotate(merchant: &mut Table, endpoint: &str, make: &Makers<'_>) -> Option<Made> {
    let list = merchant.get_mut("endpoints")?.as_array_mut()?;
    let mut tables = list.iter_mut().filter_map(Value::as_table_mut);
    let table = tables.find(|it| id(it) == endpoint)?;
    let several = table.remove("secrets").and_then(|it| it.as_array()?.first().cloned());
    let old = table.remove("secret").or(several);
    let secret = make.webhook_secret();
    let secrets: Vec<_> = std::iter::once(Value::from(secret.clone())).chain(old).collect();
    table.insert("secrets".into(), secrets.into());
    Some(Made { path: format!("endpoints.{endpoint}.secrets[0]"), secret })
}
