//! Which account takes a payment, and why: pure, so that the reason can be stored and replayed.

mod health;

pub use health::Health;

use crate::id::AccountId;
use crate::payment::Method;

/// An account as routing sees it, in the merchant's order of preference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub account: AccountId,
    /// The kind of channel, as its plugin names it.
    pub channel: String,
    pub methods: Vec<Method>,
}

/// What is known about the payment when it is routed.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub method: Method,
    /// The channel the merchant insists on.
    pub channel: Option<&'a str>,
    /// Accounts that were tried and provably never reached.
    pub tried: &'a [AccountId],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Chosen,
    OtherChannel,
    MethodNotOffered,
    AlreadyTried,
    /// An account before it was chosen.
    NotNeeded,
}

impl Reason {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chosen => "chosen",
            Self::OtherChannel => "other_channel",
            Self::MethodNotOffered => "method_not_offered",
            Self::AlreadyTried => "already_tried",
            Self::NotNeeded => "not_needed",
        }
    }
}

/// The choice, with a word on every account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub chosen: Option<AccountId>,
    pub reasons: Vec<(AccountId, Reason)>,
}

/// The first account, in order of preference, that can take the payment.
pub fn decide(candidates: &[Candidate], facts: &Facts<'_>) -> Decision {
    let mut decision = Decision { chosen: None, reasons: vec![] };
    for candidate in candidates {
        let reason = match skip(candidate, facts) {
            Some(reason) => reason,
            None if decision.chosen.is_some() => Reason::NotNeeded,
            None => {
                decision.chosen = Some(candidate.account.clone());
                Reason::Chosen
            }
        };
        decision.reasons.push((candidate.account.clone(), reason));
    }
    decision
}

fn skip(candidate: &Candidate, facts: &Facts<'_>) -> Option<Reason> {
    if facts.channel.is_some_and(|it| it != candidate.channel) {
        Some(Reason::OtherChannel)
    } else if !candidate.methods.contains(&facts.method) {
        Some(Reason::MethodNotOffered)
    } else if facts.tried.contains(&candidate.account) {
        Some(Reason::AlreadyTried)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates() -> Vec<Candidate> {
        let candidate = |account: &str, channel: &str, methods: &[Method]| Candidate {
            account: account.parse().unwrap(),
            channel: channel.into(),
            methods: methods.to_vec(),
        };
        vec![
            candidate("ali-1", "alipay", &[Method::Qr, Method::Page]),
            candidate("wx-1", "wechat", &[Method::Qr]),
            candidate("ali-2", "alipay", &[Method::Qr]),
        ]
    }

    fn check(method: Method, channel: Option<&str>, tried: &[&str], expect: &str) {
        let tried: Vec<AccountId> = tried.iter().map(|it| it.parse().unwrap()).collect();
        let decision = decide(&candidates(), &Facts { method, channel, tried: &tried });
        let chosen = decision.chosen.as_ref().map_or("-", AccountId::as_str);
        let words: Vec<_> = decision.reasons.iter().map(|it| it.1.name()).collect();
        assert_eq!(format!("{chosen}: {}", words.join(" ")), expect);
    }

    #[test]
    fn every_decision_gives_its_reasons() {
        let (qr, page, barcode) = (Method::Qr, Method::Page, Method::Barcode);
        check(qr, None, &[], "ali-1: chosen not_needed not_needed");
        check(qr, Some("wechat"), &[], "wx-1: other_channel chosen other_channel");
        check(page, Some("wechat"), &[], "-: other_channel method_not_offered other_channel");
        check(qr, Some("alipay"), &["ali-1"], "ali-2: already_tried other_channel chosen");
        check(qr, None, &["ali-1", "wx-1"], "ali-2: already_tried already_tried chosen");
        check(barcode, None, &[], "-: method_not_offered method_not_offered method_not_offered");
        check(qr, Some("paypal"), &[], "-: other_channel other_channel other_channel");
    }
}
