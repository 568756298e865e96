//! Times as Alipay writes them: `yyyy-MM-dd HH:mm:ss`, in China.

use paymux_channel::china;
use paymux_core::Timestamp;

pub(crate) use paymux_channel::china::write;

/// With milliseconds too, as `gmt_refund` alone has them: exactly three digits.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let Some((seconds, fraction)) = text.split_once('.') else { return china::read(text) };
    let three = fraction.len() == 3 && fraction.bytes().all(|it| it.is_ascii_digit());
    let milliseconds: i64 = if three { fraction.parse().ok()? } else { return None };
    Some(Timestamp(china::read(seconds)?.0.checked_add(milliseconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-15 12:34:56 in Shanghai.
    const NOON: Timestamp = Timestamp(1_768_451_696_000);

    #[test]
    fn with_and_without_milliseconds() {
        assert_eq!(read("2026-01-15 12:34:56"), Some(NOON));
        assert_eq!(read("2026-01-15 12:34:56.123"), Some(Timestamp(NOON.0 + 123)));
        for text in ["", ".", "56.1", "56,123", "56.", "56.1234", "56.+12", "56.123.123", "6.123"] {
            let text = format!("2026-01-15 12:34:{text}");
            assert_eq!(read(&text), None, "{text}");
        }
    }
}
