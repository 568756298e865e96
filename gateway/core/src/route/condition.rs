//! When a rule applies: plain values compared with the facts, all of which must agree.

use std::collections::BTreeMap;

use super::facts::Facts;
use super::network::Network;
use super::weekly::{self, Weekly};
use crate::id::MerchantId;
use crate::money::Currency;
use crate::payment::Method;

/// An empty list, map or option asks for nothing. Of a list, one entry must agree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    pub merchants: Vec<MerchantId>,
    pub methods: Vec<Method>,
    /// Channels the merchant asked for; a payment that asks for none agrees with none.
    pub channels: Vec<String>,
    pub currency: Option<Currency>,
    /// In minor units of `currency`, both ends included.
    pub min: Option<i64>,
    pub max: Option<i64>,
    /// Parts of the User-Agent, in lower case, compared without regard to case.
    pub user_agents: Vec<String>,
    pub code_prefixes: Vec<String>,
    pub client_ips: Vec<Network>,
    pub times: Vec<Weekly>,
    /// Each key must be there with one of its values.
    pub metadata: BTreeMap<String, Vec<String>>,
}

impl Conditions {
    /// The first condition that does not agree, by its name in the rules; the cheap ones first.
    pub fn mismatch(&self, facts: &Facts<'_>) -> Option<&'static str> {
        let amount = facts.amount;
        let is_channel = |it: &str| self.channels.iter().any(|one| one == it);
        let checks: [(&str, &dyn Fn() -> bool); 11] = [
            ("merchants", &|| among(&self.merchants, facts.merchant)),
            ("methods", &|| among(&self.methods, &facts.method)),
            ("currency", &|| self.currency.is_none_or(|it| it == amount.currency())),
            ("min", &|| self.min.is_none_or(|it| amount.minor() >= it)),
            ("max", &|| self.max.is_none_or(|it| amount.minor() <= it)),
            ("channels", &|| self.channels.is_empty() || facts.channel.is_some_and(is_channel)),
            ("times", &|| any(&self.times, Some(facts.local), |it, at| it.contains(at))),
            ("client_ips", &|| any(&self.client_ips, facts.client_ip, |it, ip| it.contains(ip))),
            ("code_prefixes", &|| {
                any(&self.code_prefixes, facts.code_prefix, |it, code| code.starts_with(it))
            }),
            ("metadata", &|| self.metadata.iter().all(|it| said(facts, it))),
            ("user_agents", &|| any(&self.user_agents, facts.user_agent, |it, ua| holds(ua, it))),
        ];
        checks.into_iter().find(|it| !it.1()).map(|it| it.0)
    }

    /// Whether every payment that `other` applies to is one that this applies to.
    pub fn covers(&self, other: &Self) -> bool {
        let prefixed = |wide: &String, narrow: &String| narrow.starts_with(wide.as_str());
        let inside = |wide: &String, narrow: &String| narrow.contains(wide.as_str());
        superset(&self.merchants, &other.merchants, |a, b| a == b)
            && superset(&self.methods, or_all(&other.methods), |a, b| a == b)
            && superset(&self.channels, &other.channels, |a, b| a == b)
            && self.currency.is_none_or(|it| other.currency == Some(it))
            && self.min.is_none_or(|it| other.min.is_some_and(|min| min >= it))
            && self.max.is_none_or(|it| other.max.is_some_and(|max| max <= it))
            && superset(&self.user_agents, &other.user_agents, inside)
            && superset(&self.code_prefixes, &other.code_prefixes, prefixed)
            && superset(&self.client_ips, &other.client_ips, |a, b| a.covers(*b))
            && self.metadata.iter().all(|(key, values)| {
                let narrow = other.metadata.get(key);
                narrow.is_some_and(|it| superset(values, it, |a, b| a == b))
            })
            && weekly::covers(&self.times, &other.times)
    }
}

/// A list of all methods is no condition, and the other way round.
fn or_all(methods: &[Method]) -> &[Method] {
    if methods.is_empty() { &Method::ALL } else { methods }
}

fn among<T: PartialEq>(list: &[T], value: &T) -> bool {
    list.is_empty() || list.contains(value)
}

fn any<T, V: Copy>(list: &[T], value: Option<V>, agrees: impl Fn(&T, V) -> bool) -> bool {
    list.is_empty() || value.is_some_and(|value| list.iter().any(|it| agrees(it, value)))
}

fn said(facts: &Facts<'_>, (key, values): (&String, &Vec<String>)) -> bool {
    facts.metadata.get(key).is_some_and(|it| values.contains(it))
}

/// `part` is in lower case already.
fn holds(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    part.is_empty() || text.windows(part.len()).any(|it| it.eq_ignore_ascii_case(part))
}

/// An empty `wide` takes everything; an empty `narrow` is everything.
fn superset<T>(wide: &[T], narrow: &[T], covers: impl Fn(&T, &T) -> bool) -> bool {
    let covered = |it: &T| wide.iter().any(|one| covers(one, it));
    wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(covered))
}
