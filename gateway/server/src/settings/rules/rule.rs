//! One rule: when it applies, and where it sends a payment.

use std::collections::BTreeMap;

use paymux_core::payment::Method;
use paymux_core::route::{Conditions, Network, Otherwise, Rule, Target};
use paymux_core::{AccountId, Currency};

use super::super::item::Item;
use super::super::nearest::suggestion;
use super::super::section::Section;
use super::files::set_name;
use super::limits::{amount, currency};
use super::{Known, Site, time};

/// Alternatives of one condition.
const MAX_VALUES: usize = 64;
/// A rule for more merchants than that is a rule for all of them.
const MAX_MERCHANTS: usize = 256;
const MAX_TARGETS: usize = 16;
const MAX_TIMES: usize = 16;
const MAX_METADATA: usize = 8;
/// So that the sum of all weights stays far from any limit.
const MAX_WEIGHT: u32 = 1_000_000;
const MAX_PRIORITY: u16 = 99;
/// WeChat Pay and Alipay tell their codes apart by the first two digits.
const MAX_PREFIX_DIGITS: usize = 6;
const MAX_TEXT: usize = 200;

pub(super) fn rule(read: &mut Section<'_>, known: Known<'_>) -> (Rule, Vec<Site>) {
    let name = read.parsed("name", set_name).unwrap_or_default();
    let when = conditions(read, known);
    let (targets, sites) = targets(read, known);
    let otherwise = [("refuse", Otherwise::Refuse), ("next", Otherwise::Next)];
    let otherwise = read.optional("otherwise").and_then(|it| it.word(&otherwise));
    let otherwise = otherwise.unwrap_or_default();
    (Rule { name: name.into(), when, targets, otherwise }, sites)
}

fn conditions(read: &mut Section<'_>, known: Known<'_>) -> Conditions {
    let merchants = list(read, "merchants", MAX_MERCHANTS, |it| it.parsed(|it| known.merchant(it)));
    let methods = list(read, "methods", MAX_VALUES, method);
    let channels = list(read, "channels", MAX_VALUES, |it| text(it).map(str::to_owned));
    let (currency, min, max) = amounts(read);
    Conditions {
        merchants,
        methods,
        channels,
        currency,
        min,
        max,
        user_agents: list(read, "user_agents", MAX_VALUES, |it| Some(text(it)?.to_lowercase())),
        code_prefixes: list(read, "code_prefixes", MAX_VALUES, |it| it.parsed(prefix)),
        client_ips: list(read, "client_ips", MAX_VALUES, |it| it.parsed(str::parse::<Network>)),
        times: list(read, "times", MAX_TIMES, |it| it.section()?.read(time::weekly)),
        metadata: read.optional("metadata").map(|it| metadata(&it)).unwrap_or_default(),
    }
}

fn list<T>(
    read: &mut Section<'_>,
    key: &'static str,
    max: usize,
    value: impl Fn(&Item<'_>) -> Option<T>,
) -> Vec<T> {
    let items = read.optional(key).map(|it| it.list(max));
    items.iter().flatten().filter_map(value).collect()
}

pub(in crate::settings) fn method(item: &Item<'_>) -> Option<Method> {
    item.word(&Method::ALL.map(|it| (it.name(), it)))
}

fn text<'a>(item: &Item<'a>) -> Option<&'a str> {
    let text = item.text()?;
    if text.is_empty() || text.len() > MAX_TEXT {
        item.problem(format!("must have 1 to {MAX_TEXT} bytes"));
        return None;
    }
    Some(text)
}

fn prefix(text: &str) -> Result<String, String> {
    let digits = text.bytes().all(|it| it.is_ascii_digit());
    if digits && (1..=MAX_PREFIX_DIGITS).contains(&text.len()) {
        return Ok(text.into());
    }
    Err(format!("must be 1 to {MAX_PREFIX_DIGITS} digits"))
}

/// Amounts without a currency are in yuan, and then the rule is for yuan.
fn amounts(read: &mut Section<'_>) -> (Option<Currency>, Option<i64>, Option<i64>) {
    let given = read.optional("currency").and_then(|it| currency(&it));
    let [min, max] = ["min", "max"].map(|it| read.optional(it));
    let bounded = min.is_some() || max.is_some();
    let in_use = given.unwrap_or(Currency::Cny);
    let [low, high] = [&min, &max].map(|it| it.as_ref().and_then(|it| amount(it, in_use)));
    if let (Some(item), Some(low), Some(high)) = (&max, low, high)
        && low > high
    {
        item.problem("is less than `min`");
    }
    (given.or_else(|| bounded.then_some(in_use)), low, high)
}

fn metadata(item: &Item<'_>) -> BTreeMap<String, Vec<String>> {
    let Some(section) = item.section() else { return BTreeMap::new() };
    let items = section.read(|read| read.others());
    if items.is_empty() || items.len() > MAX_METADATA {
        item.problem(format!("must have 1 to {MAX_METADATA} keys"));
    }
    let values = |(key, item): (String, Item<'_>)| {
        let values = item.list(MAX_VALUES);
        (key, values.iter().filter_map(|it| Some(text(it)?.to_owned())).collect())
    };
    items.into_iter().map(values).collect()
}

fn targets(read: &mut Section<'_>, known: Known<'_>) -> (Vec<Target>, Vec<Site>) {
    let Some(list) = read.required("targets") else { return (vec![], vec![]) };
    let (mut targets, mut sites) = (Vec::<Target>::new(), vec![]);
    for item in list.list(MAX_TARGETS) {
        let Some(target) = item.section().and_then(|it| it.read(|it| target(it, known))) else {
            continue;
        };
        if targets.iter().any(|it| it.account == target.account) {
            item.problem("is a target of this rule already");
        }
        targets.push(target);
        sites.push(Site { place: item.place.clone(), key: item.key.clone() });
    }
    if !targets.is_empty() && targets.iter().all(|it| it.weight == 0) {
        list.problem("have a weight of zero everywhere: nothing would be routed");
    }
    (targets, sites)
}

fn target(read: &mut Section<'_>, known: Known<'_>) -> Option<Target> {
    let account = read.parsed("account", |it| known.account(it));
    let weight = read.optional("weight").and_then(|it| it.number(&(0..=MAX_WEIGHT)));
    let priority = read.optional("priority").and_then(|it| it.number(&(0..=MAX_PRIORITY)));
    let (weight, priority) = (weight.unwrap_or(1), priority.unwrap_or(0));
    Some(Target { account: account?, priority, weight })
}

impl Known<'_> {
    pub(super) fn no_account(self, name: &str) -> String {
        let known: Vec<_> = self.accounts.keys().map(AccountId::as_str).collect();
        format!("is not an account; {}", suggestion(name, &known))
    }

    fn account(self, name: &str) -> Result<AccountId, String> {
        let id = name.parse().ok().filter(|it| self.accounts.contains_key(it));
        id.ok_or_else(|| self.no_account(name))
    }

    fn merchant(self, name: &str) -> Result<paymux_core::MerchantId, String> {
        let id = name.parse().ok().filter(|it| self.merchants.contains_key(it));
        let known: Vec<_> = self.merchants.keys().map(paymux_core::MerchantId::as_str).collect();
        id.ok_or_else(|| format!("is not a merchant; {}", suggestion(name, &known)))
    }
}
