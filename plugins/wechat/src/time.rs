//! Times as APIv3 writes them: RFC 3339, in requests always `+08:00`.

use paymux_channel::china;
use paymux_core::Timestamp;

/// `2018-06-08T10:34:56`
const SECONDS: usize = 19;
/// With nine digits of a second and an offset.
const MAX_TIME: usize = 35;

/// Whole seconds, rounded down; `None` for years that have no four digits.
pub(crate) fn write(at: Timestamp) -> Option<String> {
    Some(china::write(at)?.replace(' ', "T") + "+08:00")
}

/// A full date, a full time, an offset: nothing is guessed.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if bytes.len() <= SECONDS || bytes.len() > MAX_TIME {
        return None;
    }
    let (local, rest) = bytes.split_at(SECONDS);
    if !matches(local, b"0000-00-00T00:00:00") || local.ends_with(b"60") {
        return None;
    }
    let offset = match rest.split_first()? {
        (b'.', fraction) => {
            let digits = fraction.iter().take_while(|it| it.is_ascii_digit()).count();
            if digits == 0 { return None } else { &fraction[digits..] }
        }
        _ => rest,
    };
    let known = offset == b"Z" || matches(offset, b"+00:00") || matches(offset, b"-00:00");
    let at: jiff::Timestamp = if known { text.parse().ok()? } else { return None };
    Some(Timestamp(at.as_millisecond()))
}

/// Whether `text` has digits where `shape` has zeros, and its marks elsewhere.
fn matches(text: &[u8], shape: &[u8]) -> bool {
    let same =
        |(it, mark): (&u8, &u8)| if *mark == b'0' { it.is_ascii_digit() } else { it == mark };
    text.len() == shape.len() && text.iter().zip(shape).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-01-01 08:00:00 in Shanghai.
    const NOON: Timestamp = Timestamp(1_735_689_600_000);

    #[test]
    fn written_eight_hours_ahead_of_utc() {
        assert_eq!(write(NOON).unwrap(), "2025-01-01T08:00:00+08:00");
        assert_eq!(write(Timestamp(NOON.0 + 999)).unwrap(), "2025-01-01T08:00:00+08:00");
        assert_eq!(write(Timestamp(-1)).unwrap(), "1970-01-01T07:59:59+08:00");
        // No summer time, also in the years when Shanghai had it.
        assert_eq!(write(Timestamp::from_secs(583_718_400)).unwrap(), "1988-07-01T08:00:00+08:00");
        assert_eq!(write(Timestamp(i64::MAX)), None);
        assert_eq!(write(Timestamp(i64::MIN)), None);
    }

    #[test]
    fn read_with_any_offset() {
        let check = |text, milliseconds| {
            assert_eq!(read(text), Some(Timestamp(NOON.0 + milliseconds)), "{text}");
        };
        check("2025-01-01T08:00:00+08:00", 0);
        check("2025-01-01T00:00:00Z", 0);
        check("2024-12-31T19:00:00-05:00", 0);
        check("2025-01-01T08:00:00.123+08:00", 123);
        check("2025-01-01T08:00:00.123456789+08:00", 123);
    }

    #[test]
    fn anything_else_is_not_a_time() {
        let wrong = [
            "",
            "2025-01-01",
            "2025-01-01T08:00:00",
            "2025-01-01 08:00:00+08:00",
            "2025-01-01t08:00:00+08:00",
            "2025-01-01T08:00:00+0800",
            "2025-01-01T08:00:00+08",
            "2025-01-01T08:00:00z",
            "2025-01-01T08:00:00.+08:00",
            "2025-01-01T08:00:00,5+08:00",
            "2025-01-01T08:00:60+08:00",
            "2025-01-01T24:00:00+08:00",
            "2025-02-29T08:00:00+08:00",
            "2025-13-01T08:00:00+08:00",
            "2025-01-01T08:00:00+08:00[Asia/Shanghai]",
            "2025-01-01T08:00:00+99:00",
            "20250101080000",
            "+025-01-01T08:00:00+08:00",
            "2025-01-01T08:00:0\u{ff10}+08:00",
            "2025-01-01T08:00:00+08:0\u{ff10}",
            "2025-01-01T08:00:0\u{d7}+08:00",
        ];
        for text in wrong {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
