//! A day in China, as bills are asked for.

use std::str::FromStr as _;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::clock;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Day(Date);

impl Day {
    /// `2026-01-15`
    pub(crate) fn dashed(text: &str) -> Option<Self> {
        let date = (text.len() == 10).then(|| Date::from_str(text).ok()).flatten()?;
        Some(Self(date)).filter(|day| day.written() == text)
    }

    /// `20260115`
    pub(crate) fn compact(text: &str) -> Option<Self> {
        let digits = text.len() == 8 && text.bytes().all(|it| it.is_ascii_digit());
        let (year, rest) = digits.then(|| text.split_at(4))?;
        Self::dashed(&format!("{year}-{}-{}", &rest[..2], &rest[2..]))
    }

    pub(crate) fn written(self) -> String {
        self.0.strftime("%Y-%m-%d").to_string()
    }

    pub(crate) fn digits(self) -> String {
        self.0.strftime("%Y%m%d").to_string()
    }

    pub(crate) fn begin(self) -> Timestamp {
        clock::midnight(self.0)
    }

    pub(crate) fn previous(self) -> Self {
        Self(self.0.yesterday().unwrap_or(self.0))
    }

    pub(crate) fn end(self) -> Timestamp {
        clock::next_midnight(self.begin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_china() {
        let day = Day::dashed("2026-01-15").unwrap();
        assert_eq!(Day::compact("20260115"), Some(day));
        assert_eq!((day.written(), day.digits()), ("2026-01-15".into(), "20260115".into()));
        assert_eq!(clock::spaced(day.begin()), "2026-01-15 00:00:00");
        assert_eq!(clock::spaced(day.end()), "2026-01-16 00:00:00");
        for wrong in ["", "2026-1-15", "2026-02-30", "2026-01-15 ", "20260115", "2026/01/15"] {
            assert_eq!(Day::dashed(wrong), None, "{wrong}");
        }
        for wrong in ["", "2026-01-15", "20260230", "2026011", "2026é11"] {
            assert_eq!(Day::compact(wrong), None, "{wrong}");
        }
    }
}
