//! The pages for payers: the keys of their links, how many there may be, and code plates.

use std::collections::BTreeMap;
use std::sync::Arc;

use paymux_channel::Secret;
use paymux_core::{Currency, Money, PlateId};
use paymux_engine::cashier::{MAX_KEY_BYTES, MIN_KEY_BYTES, Plate};

use super::Cashier;
use super::item::Item;
use super::problem::Place;
use super::reference::References;
use super::section::Section;

/// Codes that hang in shops outlive a key or two.
const MAX_FORMER_KEYS: usize = 4;
/// A bracket of twenty characters fits a phone.
const MAX_NAME_CHARS: usize = 40;
/// 50,000 yuan: what payers type by hand is never more.
const MAX_AMOUNT: i64 = 5_000_000;

pub(super) fn cashier(read: &mut Section<'_>, references: &References<'_>) -> Cashier {
    let own = read.optional("link_key");
    let former = read.optional("former_link_keys");
    if let (None, Some(item)) = (&own, &former) {
        item.problem("is nothing without `link_key`");
    }
    let former = former.map(|it| it.list(MAX_FORMER_KEYS)).unwrap_or_default();
    let keys = own.iter().chain(&former);
    Cashier {
        link_keys: keys.filter_map(|it| link_key(it, references)).collect(),
        client_per_second: read.number("client_per_second", 1..=10_000),
        client_burst: read.number("client_burst", 1..=100_000),
        requests: read.number("requests", 1..=100_000),
        streams: read.number("streams", 1..=100_000),
    }
}

fn link_key(item: &Item<'_>, references: &References<'_>) -> Option<Secret> {
    let key = item.secret(references)?;
    if (MIN_KEY_BYTES..=MAX_KEY_BYTES).contains(&key.expose().len()) {
        return Some(key);
    }
    item.problem(format!("must have {MIN_KEY_BYTES} to {MAX_KEY_BYTES} bytes"));
    None
}

/// A text that payers read.
pub(super) fn shown_name(item: &Item<'_>) -> Option<String> {
    item.parsed(|text| {
        let fits = (1..=MAX_NAME_CHARS).contains(&text.chars().count());
        let plain = fits && !text.chars().any(char::is_control) && !text.trim().is_empty();
        let problem = format!("must have 1 to {MAX_NAME_CHARS} characters, and no control ones");
        plain.then(|| text.to_owned()).ok_or(problem)
    })
}

/// Alipay takes no subject with these in it.
fn subject(item: &Item<'_>) -> Option<String> {
    let name = shown_name(item)?;
    if name.contains(['/', '=', '&']) {
        item.problem("must hold none of / = &, since it is the subject of payments");
        return None;
    }
    Some(name)
}

/// `ids` are those of all merchants, with their lines: a plate's link names no merchant.
pub(super) fn plate(
    read: &mut Section<'_>,
    ids: &mut BTreeMap<PlateId, Place>,
) -> Option<Arc<Plate>> {
    let id = read.required("id").and_then(|it| unique(&it, ids));
    let name = read.required("name").and_then(|it| subject(&it));
    let min_amount = read.optional("min_amount").map_or(Some(1), |it| amount(&it));
    let max = read.optional("max_amount");
    let max_amount = max.as_ref().map_or(Some(MAX_AMOUNT), amount);
    if let (Some(min), Some(most), Some(item)) = (min_amount, max_amount, &max)
        && most < min
    {
        item.problem("must not be less than `min_amount`");
    }
    let money = |minor| Money::new(minor, Currency::Cny).ok();
    Some(Arc::new(Plate {
        id: id?,
        name: name?,
        min_amount: money(min_amount?)?,
        max_amount: money(max_amount?)?,
    }))
}

fn amount(item: &Item<'_>) -> Option<i64> {
    item.number(&(1..=MAX_AMOUNT))
}

fn unique(item: &Item<'_>, ids: &mut BTreeMap<PlateId, Place>) -> Option<PlateId> {
    let problem = "must be 1 to 40 of a-z, 0-9, - and _";
    let id = item.parsed(|it| it.parse::<PlateId>().map_err(|_| problem))?;
    if let Some(first) = ids.insert(id.clone(), item.place.clone()) {
        item.problem(format!("is the id of the plate in {} already", first.line()));
    }
    Some(id)
}
