//! When an account's certificates end: told while there is time to fetch another.

use paymux_channel::Channel;
use paymux_core::{AccountId, Timestamp};

use super::findings::Finding;
use crate::app::certificates::opened_with;
use crate::settings::Settings;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// A channel's operator may need some weeks for a new one.
const SOON_DAYS: i64 = 30;

/// The one that ends first.
pub(super) fn examine(
    settings: &Settings,
    id: &AccountId,
    channel: &dyn Channel,
    now: Timestamp,
) -> Option<Finding> {
    let ends = opened_with(settings.accounts.get(id)?, channel);
    let (name, end) = ends.into_iter().min_by_key(|it| it.1)?;
    Some(told(format!("accounts.{id}.{name}"), (end.0 - now.0).div_euclid(DAY_MS)))
}

fn told(subject: String, days: i64) -> Finding {
    let advice = "fetch a new one at the channel's console, and put it in this one's place";
    match days {
        ..0 => Finding::broken(subject, format!("it ended {} days ago", -days), advice),
        0..SOON_DAYS => Finding::odd(subject, format!("it ends in {days} days"), advice),
        _ => Finding::well(subject, format!("it ends in {days} days")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::findings::Health;
    use super::*;

    #[test]
    fn a_certificate_is_told_of_in_time() {
        let check = |days, health, finding: &str| {
            let told = told("accounts.a.certificate".into(), days);
            assert_eq!((told.health, told.finding.as_str()), (health, finding));
        };
        check(-1, Health::Broken, "it ended 1 days ago");
        check(0, Health::Odd, "it ends in 0 days");
        check(29, Health::Odd, "it ends in 29 days");
        check(30, Health::Well, "it ends in 30 days");
    }
}
