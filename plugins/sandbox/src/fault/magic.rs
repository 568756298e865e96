//! Faults written into an order's subject: `[sandbox:fault]`, `[sandbox:query.fault:500*3]`,
//! `[sandbox:refuse!ACQ.SYSTEM_ERROR]`.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::kind::{FaultKind, Operation};
use super::rule::FaultRule;
use crate::books::Key;

const OPENING: &str = "[sandbox:";
/// One subject has 256 characters; more triggers than this are noise.
const MAX_TRIGGERS: usize = 8;

/// The rules a subject asks for, bound to its order. What cannot be read is ignored.
pub(super) fn rules(key: &Key, opened: Operation, subject: &str) -> Vec<FaultRule> {
    let pieces = subject.split(OPENING).skip(1).take(MAX_TRIGGERS);
    let triggers = pieces.filter_map(|piece| piece.split_once(']').map(|(trigger, _)| trigger));
    triggers.filter_map(|trigger| rule(key, opened, trigger)).collect()
}

/// `[operation.]fault[!code][:number][*times]`
fn rule(key: &Key, opened: Operation, trigger: &str) -> Option<FaultRule> {
    let (rest, times) = number_after(trigger, '*')?;
    let (rest, number) = number_after(rest, ':')?;
    let (rest, code) = match rest.split_once('!') {
        Some((rest, code)) => (rest, Some(code.to_owned())),
        None => (rest, None),
    };
    let (operation, fault) = match rest.split_once('.') {
        Some((operation, fault)) => (Some(word::<Operation>(operation)?), fault),
        None => (None, rest),
    };
    let fault: FaultKind = word(fault)?;
    // What would strike a payment strikes whatever was opened.
    let natural = Some(fault.natural_operation()).filter(|it| *it != Operation::Pay);
    let mut rule = FaultRule::once(operation.or(natural).unwrap_or(opened), fault);
    rule.channel = Some(key.0);
    rule.out_trade_no = Some(key.1.clone());
    rule.times = times;
    rule.code = code;
    if fault == FaultKind::NotifyDouble {
        rule.n = number;
    } else {
        rule.ms = number.map(u64::from);
    }
    Some(rule)
}

fn number_after(text: &str, mark: char) -> Option<(&str, Option<u32>)> {
    match text.split_once(mark) {
        Some((rest, number)) => Some((rest, Some(number.parse().ok()?))),
        None => Some((text, None)),
    }
}

fn word<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(Value::from(text)).ok()
}
