//! Hours that come back every week.

use super::facts::{DAY_MINUTES, LocalTime, WEEK_MINUTES};

/// From one time of day to another, on the days it begins; past midnight it belongs to the day on
/// which it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekly {
    days: u8,
    from: u16,
    until: u16,
}

pub const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const ALL_DAYS: u8 = 0b111_1111;

impl Weekly {
    /// `days` count from Monday, which is zero; none means all. Minutes of the day; where `until`
    /// is not later than `from`, it is the next day's. `None` when that is no time of a day.
    pub fn new(days: &[u8], from: u16, until: u16) -> Option<Self> {
        let set =
            days.iter().fold(0, |set, day| set | 1_u8.checked_shl((*day).into()).unwrap_or(0));
        let days = if days.is_empty() { ALL_DAYS } else { set & ALL_DAYS };
        let sound = days != 0 && from < DAY_MINUTES && until <= DAY_MINUTES && from != until;
        sound.then_some(Self { days, from, until })
    }

    pub(super) fn contains(self, at: LocalTime) -> bool {
        let (day, minute) = at.day_and_minute();
        let before = (day + 6) % 7;
        if self.from < self.until {
            self.begins(day) && (self.from..self.until).contains(&minute)
        } else {
            (self.begins(day) && minute >= self.from)
                || (self.begins(before) && minute < self.until)
        }
    }

    fn edges(self) -> impl Iterator<Item = LocalTime> {
        let minutes = (0..7).flat_map(move |day| {
            [self.from, self.until].map(|it| (day * DAY_MINUTES + it) % WEEK_MINUTES)
        });
        minutes.map(LocalTime::of_minute)
    }

    const fn begins(self, day: u16) -> bool {
        self.days & (1 << day) != 0
    }
}

/// Whether every minute of `inner` is one of `outer`. No hours at all mean any time.
pub(super) fn covers(outer: &[Weekly], inner: &[Weekly]) -> bool {
    let holds = |list: &[Weekly], at| list.is_empty() || list.iter().any(|it| it.contains(at));
    // Where something is left over, it begins where an inner one begins or an outer one ends, or
    // nothing of the week is covered at all.
    let edges = outer.iter().chain(inner).flat_map(|it| it.edges());
    let mut looked_at = edges.chain([LocalTime::of_minute(0)]);
    outer.is_empty() || looked_at.all(|it| !holds(inner, it) || holds(outer, it))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(days: &[u8], from: u16, until: u16, at: (u8, u8, u8), expect: bool) {
        let weekly = Weekly::new(days, from * 60, until * 60).unwrap();
        let (day, hour, minute) = at;
        assert_eq!(weekly.contains(LocalTime::new(day, hour, minute)), expect, "{weekly:?} {at:?}");
    }

    #[test]
    fn hours_belong_to_the_day_on_which_they_began() {
        check(&[], 9, 18, (0, 9, 0), true);
        check(&[], 9, 18, (0, 8, 59), false);
        check(&[], 9, 18, (6, 17, 59), true);
        check(&[], 9, 18, (6, 18, 0), false);
        // Friday night ends on Saturday morning, Sunday's on Monday.
        check(&[4], 22, 6, (4, 23, 0), true);
        check(&[4], 22, 6, (5, 5, 59), true);
        check(&[4], 22, 6, (5, 6, 0), false);
        check(&[4], 22, 6, (4, 5, 0), false);
        check(&[6], 22, 6, (0, 1, 0), true);
        check(&[5, 6], 0, 24, (5, 0, 0), true);
        check(&[5, 6], 0, 24, (0, 0, 0), false);
    }

    #[test]
    fn what_is_no_time_of_day_is_refused() {
        for (days, from, until) in
            [(&[][..], 60, 60), (&[][..], 1440, 60), (&[][..], 0, 1441), (&[7][..], 0, 60)]
        {
            assert_eq!(Weekly::new(days, from, until), None);
        }
    }

    #[test]
    fn covering_looks_at_every_minute() {
        let hours = |days: &[u8], from: u16, until: u16| Weekly::new(days, from * 60, until * 60);
        let night = [hours(&[], 22, 6).unwrap()];
        let late = [hours(&[], 23, 24).unwrap()];
        let halves = [hours(&[], 22, 24).unwrap(), hours(&[], 0, 6).unwrap()];
        assert!(covers(&night, &late) && !covers(&late, &night));
        assert!(covers(&night, &halves) && covers(&halves, &night));
        assert!(covers(&[], &night) && !covers(&night, &[]));
        assert!(covers(&[hours(&[], 0, 24).unwrap()], &[]));
        let days: Vec<_> = (0..7).map(|it| hours(&[it], 6, 6 + 12).unwrap()).collect();
        assert!(covers(&[hours(&[], 6, 18).unwrap()], &days));
        assert!(covers(&days, &[hours(&[], 6, 18).unwrap()]));
        assert!(!covers(&days[..6], &[hours(&[], 6, 18).unwrap()]));
    }
}
