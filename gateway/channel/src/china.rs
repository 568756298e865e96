//! The wall clock of China, in which both channels write times: eight hours ahead of UTC all year.

use jiff::civil::DateTime;
use jiff::tz::{Offset, offset};
use paymux_core::Timestamp;
use paymux_core::route::Day;

const CHINA: Offset = offset(8);
const MARKS: [(usize, u8); 5] = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
/// Bytes of `yyyy-MM-dd HH:mm:ss`.
const LENGTH: usize = 19;

/// `yyyy-MM-dd HH:mm:ss`, whole seconds rounded down; `None` for years that have no four digits.
pub fn write(at: Timestamp) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
    let it = CHINA.to_datetime(at);
    if it.year() < 1 {
        return None;
    }
    let (year, month, day) = (it.year(), it.month(), it.day());
    let (hour, minute, second) = (it.hour(), it.minute(), it.second());
    Some(format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"))
}

/// `yyyy-MM-dd HH:mm:ss`. One spelling per time: no missing zeros, no leap second, no zone.
pub fn read(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if bytes.len() != LENGTH || MARKS.iter().any(|(at, mark)| bytes[*at] != *mark) {
        return None;
    }
    let year = number(&bytes[..4])?;
    let part = |at: usize| number(&bytes[at..at + 2]).and_then(|it| i8::try_from(it).ok());
    let civil = DateTime::new(year, part(5)?, part(8)?, part(11)?, part(14)?, part(17)?, 0);
    let at = CHINA.to_timestamp(civil.ok()?).ok()?;
    Some(Timestamp(at.as_millisecond()))
}

const DAY_MS: i64 = 24 * 3600 * 1000;
const AHEAD_MS: i64 = 8 * 3600 * 1000;

/// The date of a moment.
pub fn day(at: Timestamp) -> Day {
    let days = at.0.saturating_add(AHEAD_MS).div_euclid(DAY_MS);
    Day(i32::try_from(days).unwrap_or(i32::MAX))
}

/// When a date begins.
pub fn midnight(day: Day) -> Timestamp {
    Timestamp(i64::from(day.0) * DAY_MS - AHEAD_MS)
}

/// `yyyy-MM-dd`
pub fn date(day: Day) -> Option<String> {
    write(midnight(day)).map(|it| it[..10].to_owned())
}

/// `yyyy-MM-dd`
pub fn read_date(text: &str) -> Option<Day> {
    read(&format!("{text} 00:00:00")).map(day)
}

/// Digits and nothing else.
fn number(digits: &[u8]) -> Option<i16> {
    digits.iter().try_fold(0_i16, |value, byte| {
        let digit = byte.is_ascii_digit().then(|| i16::from(byte - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-15 12:34:56 in Shanghai.
    const NOON: Timestamp = Timestamp(1_768_451_696_000);

    #[test]
    fn eight_hours_ahead_of_utc() {
        assert_eq!(write(NOON).unwrap(), "2026-01-15 12:34:56");
        assert_eq!(write(Timestamp(NOON.0 + 999)).unwrap(), "2026-01-15 12:34:56");
        assert_eq!(write(Timestamp(0)).unwrap(), "1970-01-01 08:00:00");
        assert_eq!(write(Timestamp(-1)).unwrap(), "1970-01-01 07:59:59");
        assert_eq!(read("2026-01-15 12:34:56"), Some(NOON));
        // No summer time, also in the years when Shanghai had it.
        assert_eq!(write(read("1988-07-01 00:00:00").unwrap()).unwrap(), "1988-07-01 00:00:00");
        assert_eq!(read("1988-07-01 08:00:00"), Some(Timestamp::from_secs(583_718_400)));
    }

    #[test]
    fn anything_else_is_not_a_time() {
        let wrong = [
            "",
            "2026-01-15",
            "2026-1-15 12:34:56",
            "2026-01-15T12:34:56",
            "2026-01-15 12:34:60",
            "2026-01-15 24:00:00",
            "2026-02-29 00:00:00",
            "2026-13-01 00:00:00",
            "2026-01-15 12:34:56Z",
            "2026-01-15 12:34:5\u{ff16}",
            "2026-01-15 12:34:\u{d7}",
            "+026-01-15 12:34:56",
            "2026-01-15 12:34:-6",
        ];
        for text in wrong {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn dates_begin_at_midnight_in_china() {
        assert_eq!(date(day(NOON)).unwrap(), "2026-01-15");
        let midnight = midnight(day(NOON));
        assert_eq!(write(midnight).unwrap(), "2026-01-15 00:00:00");
        assert_eq!(date(day(Timestamp(midnight.0 - 1))).unwrap(), "2026-01-14");
        assert_eq!(read_date("2026-01-15"), Some(day(NOON)));
        for text in ["", "2026-1-15", "20260115", "2026-02-30", "2026-01-15 00:00:00"] {
            assert_eq!(read_date(text), None, "{text}");
        }
    }

    #[test]
    fn years_out_of_range_are_not_written() {
        assert_eq!(write(Timestamp(i64::MAX)), None);
        assert_eq!(write(Timestamp(i64::MIN)), None);
    }
}
