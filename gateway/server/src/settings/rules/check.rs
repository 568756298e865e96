//! What rules demand of each other, and of the merchants and limits they name.

use std::collections::BTreeMap;

use paymux_core::route::{Limits, Otherwise, Rule, Target};

use super::super::problem::Problem;
use super::{Known, Routing, RuleSite};

pub(super) fn all(routing: &Routing, known: Known<'_>) -> Vec<Problem> {
    let sets = std::iter::once(&routing.sets.live).chain(&routing.sets.shadows);
    let mut problems = vec![];
    for (set, sites) in sets.zip(&routing.sites) {
        let rules: Vec<_> = set.rules.rules.iter().zip(sites).collect();
        problems.extend(named_twice(&rules));
        problems.extend(unreachable(&rules));
        for (rule, site) in &rules {
            for (target, site) in rule.targets.iter().zip(&site.targets) {
                let limits = set.rules.limits.get(&target.account);
                let problem = not_allowed(rule, target, known);
                let problem = problem.or_else(|| never_fits(rule, limits?));
                problems.extend(problem.map(|it| site.problem(it)));
            }
        }
    }
    problems
}

type Sited<'a> = (&'a Rule, &'a RuleSite);

fn named_twice(rules: &[Sited<'_>]) -> Vec<Problem> {
    let mut seen = BTreeMap::new();
    let mut problems = vec![];
    for (rule, site) in rules {
        if let Some(before) = seen.insert(&*rule.name, *site).filter(|_| !rule.name.is_empty()) {
            let (name, at) = (&rule.name, at(before));
            problems.push(site.rule.problem(format!("has the name {name} of the rule at {at}")));
        }
    }
    problems
}

/// A rule that an earlier one takes every payment from.
fn unreachable(rules: &[Sited<'_>]) -> Vec<Problem> {
    let mut problems = vec![];
    for (index, (rule, site)) in rules.iter().enumerate() {
        let takes_all =
            |it: &&Sited<'_>| it.0.otherwise == Otherwise::Refuse && it.0.when.covers(&rule.when);
        let Some((first, first_site)) = rules[..index].iter().find(takes_all) else { continue };
        let (name, at) = (&first.name, at(first_site));
        let same = rule.when.covers(&first.when);
        let how =
            if same { "has the same conditions as" } else { "is never reached: before it is" };
        problems.push(site.rule.problem(format!("{how} the rule {name} at {at}")));
    }
    problems
}

fn at(site: &RuleSite) -> String {
    let place = &site.rule.place;
    format!("{}:{}", place.file, place.line)
}

/// A merchant's money goes to its own accounts alone, whatever the rules say.
fn not_allowed(rule: &Rule, target: &Target, known: Known<'_>) -> Option<String> {
    let meant = known.merchants.iter();
    let mut meant =
        meant.filter(|it| rule.when.merchants.is_empty() || rule.when.merchants.contains(it.0));
    let allowed = meant.any(|it| it.1.accounts.contains(&target.account));
    let account = &target.account;
    (!allowed).then(|| {
        format!(
            "{account} is in the `accounts` of no merchant this rule is for: it would take nothing"
        )
    })
}

fn never_fits(rule: &Rule, limits: &Limits) -> Option<String> {
    let when = &rule.when;
    let bounded = limits.min.or(limits.max).or(limits.daily_amount).or(limits.daily_count);
    let foreign = when.currency.is_some_and(|it| it != limits.currency) && bounded.is_some();
    let below = limits.min.is_some_and(|min| when.max.is_some_and(|max| max < min));
    let most = [limits.max, limits.daily_amount].into_iter().flatten().min();
    let above = most.is_some_and(|most| when.min.is_some_and(|min| min > most));
    if foreign {
        return Some("takes another currency than the rule is for".into());
    }
    (below || above).then(|| "takes no amount that the rule is for".into())
}
