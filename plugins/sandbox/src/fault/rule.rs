//! One armed fault in the words of the control API, and which rules make sense.

use serde::{Deserialize, Serialize};

use super::kind::{FaultKind, Operation};
use super::list::{Class, MAX_FAULTS};
use crate::books::Channel;

/// Copies of one delivery: enough to be a storm, not enough to be an accident.
const MAX_COPIES: u32 = 100;
/// The longest code of either channel has half of it.
const MAX_CODE: usize = 100;

/// One armed fault, in the words of `POST /control/faults`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    pub fault: FaultKind,
    #[serde(default)]
    pub operation: Operation,
    /// Both channels when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Every order when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_trade_no: Option<String>,
    /// Absent: once, or without end when `chance` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// Percent of the matching calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance: Option<u8>,
    #[serde(default)]
    pub seed: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// Copies, for `notify_double`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u32>,
    /// Whether the channel acts although it answers badly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<bool>,
    /// The channel's code, for `refuse`: `ACQ.SYSTEM_ERROR`, `NOTENOUGH`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl FaultRule {
    /// Strikes the next matching call, once.
    #[must_use]
    pub fn once(operation: Operation, fault: FaultKind) -> Self {
        Self {
            fault,
            operation,
            channel: None,
            out_trade_no: None,
            times: None,
            chance: None,
            seed: 0,
            ms: None,
            n: None,
            effect: None,
            code: None,
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FaultError {
    #[error("chance is a percentage from 1 to 100")]
    Chance,
    #[error("{0:?} cannot strike {1:?}")]
    Senseless(FaultKind, Operation),
    #[error("times is at least 1")]
    Times,
    #[error("refuse, and nothing else, needs a code of 1 to {MAX_CODE} characters")]
    Code,
    #[error("n is from 1 to {MAX_COPIES}")]
    Copies,
    #[error("no more than {MAX_FAULTS} faults can be armed")]
    Full,
}

pub(super) fn check(rule: &FaultRule) -> Result<(), FaultError> {
    if rule.chance.is_some_and(|percent| percent == 0 || percent > 100) {
        return Err(FaultError::Chance);
    }
    if rule.times == Some(0) {
        return Err(FaultError::Times);
    }
    if rule.n.is_some_and(|n| n == 0 || n > MAX_COPIES) {
        return Err(FaultError::Copies);
    }
    let code = rule.code.as_ref().map(|code| (1..=MAX_CODE).contains(&code.len()));
    if code != (rule.fault == FaultKind::Refuse).then_some(true) {
        return Err(FaultError::Code);
    }
    let strikes = |class| rule.fault.strikes(class, rule.operation);
    let sensible = match rule.operation {
        Operation::Any => true,
        Operation::Notify => strikes(Class::Notification),
        Operation::Refund => strikes(Class::Request) || strikes(Class::RefundOutcome),
        Operation::Pay
        | Operation::Query
        | Operation::Close
        | Operation::Reverse
        | Operation::RefundQuery
        | Operation::Certificates
        | Operation::Bill
        | Operation::Identify
        | Operation::Token
        | Operation::Transfer
        | Operation::TransferQuery
        | Operation::TransferCancel => strikes(Class::Request),
    };
    if sensible { Ok(()) } else { Err(FaultError::Senseless(rule.fault, rule.operation)) }
}
