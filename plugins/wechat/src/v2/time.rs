//! Times as APIv2 writes them: in China, without saying so.

use paymux_channel::china;
use paymux_core::Timestamp;

/// `yyyy-MM-dd HH:mm:ss`, which refunds use.
pub(crate) use paymux_channel::china::read as read_spaced;

/// `yyyyMMddHHmmss`
pub(crate) fn write(at: Timestamp) -> Option<String> {
    Some(china::write(at)?.chars().filter(char::is_ascii_digit).collect())
}

/// `yyyyMMddHHmmss`
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    if text.len() != 14 || !text.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let (date, clock) = text.split_at(8);
    let (year, month, day) = (&date[..4], &date[4..6], &date[6..]);
    let (hour, minute, second) = (&clock[..2], &clock[2..4], &clock[4..]);
    china::read(&format!("{year}-{month}-{day} {hour}:{minute}:{second}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp(1_735_689_600_000);

    #[test]
    fn always_eight_hours_ahead_of_utc() {
        assert_eq!(write(NOON).unwrap(), "20250101080000");
        assert_eq!(write(Timestamp(NOON.0 + 999)).unwrap(), "20250101080000");
        assert_eq!(write(Timestamp(i64::MAX)), None);
        assert_eq!(read("20250101080000"), Some(NOON));
        assert_eq!(read_spaced("2025-01-01 08:00:00"), Some(NOON));
    }

    #[test]
    fn anything_else_is_no_time() {
        for text in ["", "2025010108000", "202501010800000", "20250230080000", "20250101246000"] {
            assert_eq!(read(text), None, "{text}");
        }
        for text in ["2025-01-01T08:00:00", "2025-1-1 8:00:00", "2025-01-01 08:00:00.5", "x y", ""]
        {
            assert_eq!(read_spaced(text), None, "{text}");
        }
        assert_eq!(read("2025010108000\u{ff10}"), None);
    }
}
