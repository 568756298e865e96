//! Codes that stand for a payer for a while, once: payment codes and identification codes.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use super::{Channel, PayerId};
use crate::clock;
use crate::crypto::{random_digits, random_hex};

/// The oldest codes go first; each lives for minutes.
const MAX_CODES: usize = 100_000;
/// A wallet shows another payment code about every minute.
pub(crate) const PAYMENT_CODE_LIFE: Duration = Duration::from_mins(1);
/// WeChat's login codes live five minutes; Alipay's up to a day, and the shorter one is safe.
const IDENTITY_LIFE: Duration = Duration::from_mins(5);
/// Both channels let a refresh token live thirty days.
const REFRESH_LIFE: Duration = Duration::from_hours(30 * 24);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CodeKind {
    /// What the payer shows at a till. `confirm` asks for the password whatever the amount is.
    Payment { confirm: bool },
    /// What an authorization page sends back to the application's site.
    Identity,
    /// What renews a token that such a code bought.
    Refresh,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Code {
    pub(crate) channel: Channel,
    pub(crate) kind: CodeKind,
    pub(crate) payer: PayerId,
    /// The application an identification code was made for.
    pub(crate) app_id: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum CodeRefusal {
    #[error("no such code")]
    Unknown,
    #[error("the code was used before")]
    Used,
    #[error("the code is older than its life")]
    Expired,
}

struct Issued {
    code: Code,
    dies_at: Timestamp,
    used: bool,
}

#[derive(Default)]
pub(crate) struct Codes {
    issued: HashMap<String, Issued>,
    age: VecDeque<String>,
}

impl Codes {
    pub(crate) fn issue(&mut self, code: Code, now: Timestamp) -> String {
        let text = digits(&code);
        let life = match code.kind {
            CodeKind::Payment { .. } => PAYMENT_CODE_LIFE,
            CodeKind::Identity => IDENTITY_LIFE,
            CodeKind::Refresh => REFRESH_LIFE,
        };
        let issued = Issued { code, dies_at: clock::after(now, life), used: false };
        self.issued.insert(text.clone(), issued);
        self.age.push_back(text.clone());
        while self.age.len() > MAX_CODES {
            if let Some(oldest) = self.age.pop_front() {
                self.issued.remove(&oldest);
            }
        }
        text
    }

    /// Whose code this is, without using it.
    pub(crate) fn look(&self, channel: Channel, text: &str) -> Option<&Code> {
        self.issued.get(text).map(|issued| &issued.code).filter(|code| code.channel == channel)
    }

    /// Uses the code up.
    pub(crate) fn redeem(
        &mut self,
        channel: Channel,
        text: &str,
        now: Timestamp,
    ) -> Result<Code, CodeRefusal> {
        let own = |issued: &&mut Issued| issued.code.channel == channel;
        let issued = self.issued.get_mut(text).filter(own).ok_or(CodeRefusal::Unknown)?;
        if issued.used {
            return Err(CodeRefusal::Used);
        }
        if issued.dies_at <= now {
            return Err(CodeRefusal::Expired);
        }
        issued.used = true;
        Ok(issued.code.clone())
    }
}

/// Alipay: 18 digits from 28. WeChat Pay: 18 digits from 13. Identification: 32 hexadecimal ones.
fn digits(code: &Code) -> String {
    match (code.kind, code.channel) {
        (CodeKind::Identity | CodeKind::Refresh, _) => random_hex(16),
        (CodeKind::Payment { .. }, Channel::Alipay) => format!("28{}", random_digits(16)),
        (CodeKind::Payment { .. }, Channel::Wechat) => format!("13{}", random_digits(16)),
    }
}
