//! Whose calls an account's quota is for: each merchant that calls has a share of its own, and what
//! one does not use is lent to the others.

use std::collections::BTreeMap;

use paymux_core::MerchantId;
use paymux_engine::flow::shed;

const SECOND_US: i64 = 1_000_000;
/// A merchant whose last call is longer ago has no share: what it does not use is not kept for it.
/// Longer than a refused task waits until it comes back, or it would never be known when it does.
const PRESENT_US: i64 = 30 * SECOND_US + shed::LATEST.as_micros() as i64;
/// What a merchant that calls rarely may have saved of its share; as much as any burst.
const SAVED_US: i64 = SECOND_US / 5;
/// Merchants with a share of one account; more are served from what is lent.
const MOST: usize = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    Own,
    Lent,
}

#[derive(Debug, Default)]
pub(super) struct Shares {
    merchants: BTreeMap<MerchantId, Portion>,
    looked_at: i64,
}

#[derive(Debug)]
struct Portion {
    /// When the next call of its own would be due, if all came evenly.
    due: Option<i64>,
    interval_us: i64,
    seen: i64,
}

impl Shares {
    /// `interval_us` is that of a merchant alone.
    pub(super) fn take(&mut self, merchant: &MerchantId, interval_us: i64, now: i64) -> Share {
        self.forget(now);
        if !self.merchants.contains_key(merchant) {
            if self.merchants.len() == MOST {
                return Share::Lent;
            }
            let portion = Portion { due: None, interval_us, seen: now };
            self.merchants.insert(merchant.clone(), portion);
        }
        let many = i64::try_from(self.merchants.len()).unwrap_or(i64::MAX);
        let portion = self.merchants.get_mut(merchant).expect("it was put in just now");
        portion.seen = now;
        portion.interval_us = interval_us.saturating_mul(many);
        match portion.due {
            Some(due) if due - now > SAVED_US => Share::Lent,
            due => {
                portion.due = Some(due.unwrap_or(now).max(now) + portion.interval_us);
                Share::Own
            }
        }
    }

    /// What was not sent was not used.
    pub(super) fn give_back(&mut self, merchant: &MerchantId, share: Share) {
        if let (Share::Own, Some(portion)) = (share, self.merchants.get_mut(merchant)) {
            portion.due = portion.due.map(|it| it - portion.interval_us);
        }
    }

    fn forget(&mut self, now: i64) {
        if now - self.looked_at >= SECOND_US {
            self.looked_at = now;
            self.merchants.retain(|_, it| now - it.seen < PRESENT_US);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_back_after_a_refusal_is_known() {
        let (crowd, lone) = ("crowd".parse().unwrap(), "lone".parse().unwrap());
        let check = |away: i64, expect| {
            let mut shares = Shares::default();
            shares.take(&lone, SECOND_US, 0);
            shares.take(&crowd, SECOND_US, away);
            assert_eq!(shares.merchants.contains_key(&lone), expect, "after {away} µs");
        };
        check(shed::LATEST.as_micros().try_into().unwrap(), true);
        check(10 * 60 * SECOND_US, false);
    }
}
