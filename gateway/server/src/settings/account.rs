//! Accounts at channels: texts for a plugin to judge, with their references resolved.

use paymux_channel::{Secret, Settings};

use super::item::Item;
use super::reference::References;
use super::section::Section;
use super::{Account, quotas, secrecy};

/// Certificates being exchanged are two; nothing else is a list.
const MAX_VALUES: usize = 16;

pub(super) fn account(read: &mut Section<'_>, references: &References<'_>) -> Account {
    let channel = read.required("channel").and_then(|it| it.text()).unwrap_or_default();
    let retired = read.optional("retired").and_then(|it| it.flag()).unwrap_or_default();
    let bills = read.optional("bills").and_then(|it| it.flag()).unwrap_or_default();
    let quotas = read.present("quotas", |it| quotas::rates(it, false)).unwrap_or_default();
    let mut settings = Settings::default();
    for (key, item) in read.others() {
        let value = |it: &Item<'_>| value(&key, it, references);
        if item.is_list() {
            let values = item.list(MAX_VALUES);
            settings.set_list(&key, values.iter().filter_map(value).collect());
        } else if let Some(value) = value(&item) {
            settings.set(&key, value);
        }
    }
    Account { channel: channel.into(), retired, bills, quotas, settings }
}

fn value(key: &str, item: &Item<'_>, references: &References<'_>) -> Option<Secret> {
    if secrecy::of_a_plugin(key) { item.secret(references) } else { item.plugin_value(references) }
}
