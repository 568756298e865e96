//! Managed items as texts: what is shown of them, what of them is kept, and what is made for them.
//! Pure: nothing here reads the store or the network.

mod keep;
mod made;
mod part;
mod shown;

pub(crate) use keep::{Lost, keep};
pub(crate) use made::{Made, Makers, complete};
pub(crate) use part::{ListName, add_api_key, forget, is_named, put, rotate};
pub(crate) use shown::{fingerprint, shown};

use toml::{Table, Value};

use crate::settings::secrecy::is_secret;

/// Calls `visit` with each secret of a section, by a path that names tables of lists by their id:
/// `endpoints.orders.secrets`.
fn secrets(path: &str, table: &mut Table, visit: &mut dyn FnMut(&str, &mut Value)) {
    for (key, value) in table.iter_mut() {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        if is_secret(&path) {
            match value.as_array_mut() {
                Some(list) => list.iter_mut().for_each(|it| visit(&path, it)),
                None => visit(&path, value),
            }
        } else if let Some(inner) = value.as_table_mut() {
            secrets(&path, inner, visit);
        } else {
            let list = value.as_array_mut().into_iter().flatten();
            for inner in list.filter_map(Value::as_table_mut) {
                secrets(&format!("{path}.{}", id(inner)), inner, visit);
            }
        }
    }
}

fn id(table: &Table) -> &str {
    table.get("id").and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests;
