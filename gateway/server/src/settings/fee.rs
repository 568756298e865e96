//! What a merchant pays for its payments: rules, of which the first that fits has the terms.

use paymux_core::fee::{OnRefund, Rule, Terms, WHOLE_BP};
use paymux_core::{AccountId, Currency};

use super::item::Item;
use super::rules::{amount, currency, method};
use super::section::Section;

/// A rule for each account and each method is within it.
const MAX_FEES: usize = 64;

/// `accounts` are the merchant's own.
pub(super) fn fees(read: &mut Section<'_>, accounts: &[AccountId]) -> Vec<Rule> {
    let items = read.optional("fees").map(|it| it.list(MAX_FEES)).unwrap_or_default();
    let mut rules = vec![];
    for item in &items {
        let Some(section) = item.section() else { continue };
        let Some(rule) = section.read(|it| rule(it, accounts)) else { continue };
        if rules.iter().any(|it| covers(it, &rule)) {
            item.problem("is for payments that a fee before it is for already");
        }
        rules.push(rule);
    }
    rules
}

/// `None` where nobody can tell which payments it is for.
fn rule(read: &mut Section<'_>, accounts: &[AccountId]) -> Option<Rule> {
    let account = read.optional("account").map(|it| own(&it, accounts));
    let method = read.optional("method").map(|it| method(&it));
    let currency = read.optional("currency").map_or(Some(Currency::Cny), |it| currency(&it));
    let terms = terms(read, currency.unwrap_or(Currency::Cny));
    let (account, method) = (told(account)?, told(method)?);
    Some(Rule { account, method, currency: currency?, terms })
}

/// What was not said is for all of them; what was said wrongly is for nobody knows whom.
fn told<T>(said: Option<Option<T>>) -> Option<Option<T>> {
    said.map_or(Some(None), |it| it.map(Some))
}

fn own(item: &Item<'_>, accounts: &[AccountId]) -> Option<AccountId> {
    item.parsed(|name| {
        let own = accounts.iter().find(|it| it.as_str() == name);
        own.cloned().ok_or("is not one of the merchant's accounts")
    })
}

fn terms(read: &mut Section<'_>, currency: Currency) -> Terms {
    let rate_bp = read.required("rate_bp").and_then(|it| it.number(&(0..=WHOLE_BP)));
    let min = read.optional("min").and_then(|it| amount(&it, currency)).unwrap_or(0);
    let max_item = read.optional("max");
    let max = max_item.as_ref().and_then(|it| amount(it, currency));
    if let (Some(item), Some(max)) = (&max_item, max)
        && max < min
    {
        item.problem("is less than `min`");
    }
    let words = [("returned", OnRefund::Returned), ("kept", OnRefund::Kept)];
    let on_refund = read.optional("on_refund").and_then(|it| it.word(&words));
    let on_refund = on_refund.unwrap_or(OnRefund::Returned);
    Terms { rate_bp: rate_bp.unwrap_or(0), min, max, on_refund }
}

/// Whether all that the other is for is this one's.
fn covers(rule: &Rule, other: &Rule) -> bool {
    let account = rule.account.is_none() || rule.account == other.account;
    let method = rule.method.is_none() || rule.method == other.method;
    account && method && rule.currency == other.currency
}
