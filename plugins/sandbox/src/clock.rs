//! The clock: the only reader of time, and every wait.

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone, offset};

/// Both channels print local times of China, whatever the machine's zone is.
const CHINA: Offset = offset(8);

#[expect(clippy::disallowed_methods, reason = "the one place where the simulators read the time")]
pub(crate) fn now() -> Timestamp {
    Timestamp::try_from(std::time::SystemTime::now())
        .expect("the system clock is within jiff's range")
}

pub(crate) async fn sleep(wait: Duration) {
    tokio::time::sleep(wait).await;
}

/// `None` when the deadline passed first.
pub(crate) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, work).await.ok()
}

/// `2026-01-15 12:34:56`, as Alipay writes times.
pub(crate) fn spaced(at: Timestamp) -> String {
    local(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `2026-01-15 12:34:56.789`, as Alipay writes `gmt_refund`.
pub(crate) fn spaced_millis(at: Timestamp) -> String {
    let millis = at.as_millisecond().rem_euclid(1000);
    format!("{}.{millis:03}", spaced(at))
}

/// `2026-01-15T12:34:56+08:00`, as WeChat Pay writes times.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    local(at).strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string()
}

/// `20260115123456`, as version 2 of WeChat Pay writes times.
pub(crate) fn compact(at: Timestamp) -> String {
    local(at).strftime("%Y%m%d%H%M%S").to_string()
}

pub(crate) fn parse_compact(text: &str) -> Option<Timestamp> {
    let local = DateTime::strptime("%Y%m%d%H%M%S", text).ok()?;
    (text.len() == 14).then(|| CHINA.to_timestamp(local).ok()).flatten()
}

/// `2026-01-15`, as bills are asked for.
pub(crate) fn day(at: Timestamp) -> String {
    local(at).strftime("%Y-%m-%d").to_string()
}

/// `20260115`, the beginning of both channels' transaction numbers.
pub(crate) fn compact_day(at: Timestamp) -> String {
    local(at).strftime("%Y%m%d").to_string()
}

pub(crate) fn parse_spaced(text: &str) -> Option<Timestamp> {
    let local = DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok()?;
    (text.len() == 19).then(|| CHINA.to_timestamp(local).ok()).flatten()
}

/// The beginning of a day in China.
pub(crate) fn midnight(day: Date) -> Timestamp {
    CHINA.to_timestamp(day.at(0, 0, 0, 0)).expect("a civil time of this era is a timestamp")
}

/// Midnight in China after `at`: what Alipay's `1c` means.
pub(crate) fn next_midnight(at: Timestamp) -> Timestamp {
    let tomorrow = local(at).date().tomorrow().expect("the year 9999 is far");
    midnight(tomorrow)
}

pub(crate) fn after(at: Timestamp, wait: Duration) -> Timestamp {
    at.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

fn local(at: Timestamp) -> DateTime {
    at.to_zoned(TimeZone::fixed(CHINA)).datetime()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_printed_in_china() {
        let at: Timestamp = "2026-01-15T16:34:56.789Z".parse().unwrap();
        assert_eq!(spaced(at), "2026-01-16 00:34:56");
        assert_eq!(spaced_millis(at), "2026-01-16 00:34:56.789");
        assert_eq!(rfc3339(at), "2026-01-16T00:34:56+08:00");
        assert_eq!(compact_day(at), "20260116");
        assert_eq!(compact(at), "20260116003456");
        assert_eq!(spaced(next_midnight(at)), "2026-01-17 00:00:00");
    }

    #[test]
    fn a_compact_time_reads_back_and_nothing_else_does() {
        let at: Timestamp = "2026-01-15T04:34:56Z".parse().unwrap();
        assert_eq!(parse_compact("20260115123456"), Some(at));
        for wrong in ["", "20260115", "2026-01-15 12:34", "20261315123456", "202601151234567"] {
            assert_eq!(parse_compact(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_spaced_time_reads_back_and_nothing_else_does() {
        let at: Timestamp = "2026-01-15T04:34:56Z".parse().unwrap();
        assert_eq!(parse_spaced("2026-01-15 12:34:56"), Some(at));
        for wrong in
            ["", "2026-01-15", "2026-01-15T12:34:56", "2026-13-15 12:34:56", "2026-1-15 12:34:56"]
        {
            assert_eq!(parse_spaced(wrong), None, "{wrong}");
        }
    }
}
