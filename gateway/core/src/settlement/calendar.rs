//! T+n: which day's money is settled today, in working days.

use std::collections::BTreeSet;

use crate::route::Day;
use crate::time::Timestamp;

const DAY_SECS: i64 = 24 * 60 * 60;
/// The longest pause that is looked through: no holidays are longer.
const MOST_DAYS: i32 = 60;

/// Monday to Friday, but for what the holidays file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    pub holidays: BTreeSet<Day>,
    /// Weekends on which one works, since a holiday was moved (调休).
    pub workdays: BTreeSet<Day>,
}

/// How long after its day money is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The n of T+n, in working days.
    pub days: u8,
    /// When a day ends, in minutes behind its midnight.
    pub cutoff_minutes: u16,
    /// What the clock that says so is ahead of UTC, all the year.
    pub offset_minutes: i16,
}

impl Calendar {
    pub fn is_workday(&self, day: Day) -> bool {
        // The first of 1970 was a Thursday.
        let weekend = (day.0 + 3).rem_euclid(7) >= 5;
        self.workdays.contains(&day) || !weekend && !self.holidays.contains(&day)
    }

    /// The n-th working day behind it; of zero, the day itself or the next on which one works.
    fn settled_on(&self, day: Day, period: Period) -> Option<Day> {
        let later = (day.0..day.0.saturating_add(MOST_DAYS + i32::from(period.days))).map(Day);
        let mut workdays = later.filter(|it| self.is_workday(*it));
        match (period.days, workdays.next()?) {
            (0, first) => Some(first),
            // A day on which one works is no day behind itself.
            (days, first) if first == day => workdays.nth(usize::from(days) - 1),
            (1, first) => Some(first),
            (days, _) => workdays.nth(usize::from(days) - 2),
        }
    }

    /// When the next day ends, so that there may be something new to settle.
    pub fn next_end(&self, period: Period, now: Timestamp) -> Timestamp {
        let ahead = i64::from(period.offset_minutes) * 60;
        let behind = i64::from(period.cutoff_minutes) * 60 - ahead;
        let days = (now.as_secs() - behind).div_euclid(DAY_SECS) + 1;
        let end = Timestamp::from_secs(days * DAY_SECS + behind);
        // Money of a day long ago is due at midnight, whenever days end.
        let midnight = ((now.as_secs() + ahead).div_euclid(DAY_SECS) + 1) * DAY_SECS - ahead;
        end.min(Timestamp::from_secs(midnight))
    }

    /// The end of the last day whose money is due at this moment, if any day of the last months is.
    pub fn cutoff(&self, period: Period, now: Timestamp) -> Option<Timestamp> {
        let minutes = i64::from(period.cutoff_minutes) * 60;
        let ahead = i64::from(period.offset_minutes) * 60;
        let today = (now.as_secs() + ahead).div_euclid(DAY_SECS);
        let today = Day(i32::try_from(today).ok()?);
        let ends = |day: Day| {
            let midnight = i64::from(day.0) * DAY_SECS - ahead;
            // A cut-off at midnight is the one with which the day ends.
            let after = if minutes == 0 { DAY_SECS } else { minutes };
            Timestamp::from_secs(midnight + after)
        };
        let days = (today.0.saturating_sub(MOST_DAYS)..=today.0).rev().map(Day);
        let due = |it: &Day| self.settled_on(*it, period).is_some_and(|on| on <= today);
        days.filter(due).map(ends).find(|it| *it <= now)
    }
}
