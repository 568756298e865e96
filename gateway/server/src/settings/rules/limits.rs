//! What an account takes: its amounts, its day, its windows.

use jiff::tz::TimeZone;
use paymux_core::route::Limits;
use paymux_core::{Currency, Money};

use super::super::item::Item;
use super::super::section::Section;
use super::time;

const MAX_WINDOWS: usize = 32;

pub(super) fn limits(read: &mut Section<'_>, zone: &TimeZone) -> Limits {
    let currency = read.optional("currency").and_then(|it| currency(&it)).unwrap_or(Currency::Cny);
    let keys = ["min", "max", "daily_amount"].map(|it| read.optional(it));
    let [min, max, daily_amount] =
        [0, 1, 2].map(|it: usize| keys[it].as_ref().and_then(|it| amount(it, currency)));
    let [_, max_item, daily_item] = &keys;
    for (item, value, name) in [(max_item, max, "max"), (daily_item, daily_amount, "daily_amount")]
    {
        if let (Some(item), Some(min), Some(value)) = (item, min, value)
            && value < min
        {
            let cap = if name == "max" { "" } else { ": no payment would fit" };
            item.problem(format!("is less than `min`{cap}"));
        }
    }
    let daily_count = read.optional("daily_count").and_then(|it| it.number(&(1..=i64::MAX)));
    let windows = read.optional("maintenance").map(|it| it.list(MAX_WINDOWS));
    let window = |it: &Item<'_>| it.section()?.read(|it| time::window(it, zone));
    let maintenance = windows.iter().flatten().filter_map(window).collect();
    Limits { currency, min, max, daily_amount, daily_count, maintenance }
}

pub(in crate::settings) fn currency(item: &Item<'_>) -> Option<Currency> {
    item.parsed(|it| it.parse().map_err(|_| "must be CNY, HKD, JPY or USD"))
}

/// As people write it: `"12.50"`.
pub(in crate::settings) fn amount(item: &Item<'_>, currency: Currency) -> Option<i64> {
    let read = |text: &str| {
        let amount = Money::from_decimal(text, currency).ok().map(Money::minor);
        amount.filter(|it| *it > 0).ok_or("must be an amount in quotes, such as \"12.50\"")
    };
    item.parsed(read)
}
