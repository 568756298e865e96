//! Times as Alipay writes them: `yyyy-MM-dd HH:mm:ss`, eight hours ahead of UTC all year.

use jiff::civil::DateTime;
use jiff::tz::{Offset, offset};
use paymux_core::Timestamp;

const CHINA: Offset = offset(8);
/// `yyyy-MM-dd HH:mm:ss`
const SECONDS: usize = 19;
/// `yyyy-MM-dd HH:mm:ss.SSS`, in `gmt_refund` alone.
const MILLISECONDS: usize = 23;

/// Whole seconds, rounded down; `None` for years Alipay cannot write.
pub(crate) fn write(at: Timestamp) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
    let it = CHINA.to_datetime(at);
    if it.year() < 1 {
        return None;
    }
    Some(format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        it.year(),
        it.month(),
        it.day(),
        it.hour(),
        it.minute(),
        it.second()
    ))
}

/// One spelling per time: no missing zeros, no leap second, no other zone.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let millisecond = match bytes.len() {
        SECONDS => 0,
        MILLISECONDS if bytes[SECONDS] == b'.' => number(bytes, SECONDS + 1, 3)?,
        _ => return None,
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    if marks.iter().any(|(at, mark)| bytes[*at] != *mark) {
        return None;
    }
    let part = |at| number(bytes, at, 2).and_then(|it| i8::try_from(it).ok());
    let year = number(bytes, 0, 4)?;
    let nanosecond = i32::from(millisecond) * 1_000_000;
    let civil =
        DateTime::new(year, part(5)?, part(8)?, part(11)?, part(14)?, part(17)?, nanosecond);
    let at = CHINA.to_timestamp(civil.ok()?).ok()?;
    Some(Timestamp(at.as_millisecond()))
}

fn number(bytes: &[u8], at: usize, digits: usize) -> Option<i16> {
    bytes[at..at + digits].iter().try_fold(0_i16, |value, byte| {
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
        assert_eq!(read("2026-01-15 12:34:56.123"), Some(Timestamp(NOON.0 + 123)));
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
            "2026-01-15 12:34:56.1",
            "2026-01-15 12:34:56,123",
            "2026-01-15 12:34:56Z",
            "2026-01-15 12:34:5\u{ff16}",
            "+026-01-15 12:34:56",
            "2026-01-15 12:34:-6",
        ];
        for text in wrong {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn years_out_of_range_are_not_written() {
        assert_eq!(write(Timestamp(i64::MAX)), None);
        assert_eq!(write(Timestamp(i64::MIN)), None);
    }
}
