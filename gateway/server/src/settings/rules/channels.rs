//! What rules demand of channels: known once the accounts are open.

use paymux_core::payment::Method;
use paymux_core::route::Rule;

use super::super::check::Channels;
use super::super::problem::Problem;
use super::super::{Account, Settings};
use super::RuleSite;

pub(in super::super) fn check(settings: &Settings, channels: &Channels) -> Vec<Problem> {
    let routing = &settings.routing;
    let sets = std::iter::once(&routing.sets.live).chain(&routing.sets.shadows);
    let mut problems = vec![];
    for (set, sites) in sets.zip(&routing.sites) {
        for (rule, site) in set.rules.rules.iter().zip(sites) {
            check_rule(rule, site, settings, channels, &mut problems);
        }
    }
    problems
}

fn check_rule(
    rule: &Rule,
    site: &RuleSite,
    settings: &Settings,
    channels: &Channels,
    problems: &mut Vec<Problem>,
) {
    let wanted = &rule.when.methods;
    let mut unserved = wanted.clone();
    for (target, site) in rule.targets.iter().zip(&site.targets) {
        // What could not be opened has its own problem.
        let Some(channel) = channels.get(&target.account) else { return };
        let offered = &channel.capabilities().methods;
        if !wanted.is_empty() && !wanted.iter().any(|it| offered.contains(it)) {
            let (account, names) = (&target.account, names(wanted));
            problems.push(site.problem(format!("{account} offers none of: {names}")));
        }
        unserved.retain(|it| !offered.contains(it));
        let kind = settings.accounts.get(&target.account).map(|it: &Account| &it.channel);
        let asked = &rule.when.channels;
        if !asked.is_empty() && !kind.is_some_and(|it| asked.contains(it)) {
            let problem = format!("{} belongs to none of the rule's channels", target.account);
            problems.push(site.problem(problem));
        }
    }
    if !unserved.is_empty() && unserved.len() < wanted.len() {
        problems.push(site.rule.problem(format!("no target offers: {}", names(&unserved))));
    }
}

fn names(methods: &[Method]) -> String {
    methods.iter().map(|it| it.name()).collect::<Vec<_>>().join(", ")
}
