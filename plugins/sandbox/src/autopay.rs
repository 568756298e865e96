//! The payer who pays every new order after a while.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::books::Channel;

/// The words of `POST /control/autopay`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutopayRule {
    /// Both channels when absent.
    #[serde(default)]
    pub channel: Option<Channel>,
    pub delay_ms: u64,
}

#[derive(Default)]
pub(crate) struct Autopay(BTreeMap<Channel, Duration>);

impl Autopay {
    pub(crate) fn set(&mut self, rule: AutopayRule) {
        let delay = Duration::from_millis(rule.delay_ms);
        for channel in rule.channel.map_or(Channel::ALL.to_vec(), |one| vec![one]) {
            self.0.insert(channel, delay);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn delay(&self, channel: Channel) -> Option<Duration> {
        self.0.get(&channel).copied()
    }
}
