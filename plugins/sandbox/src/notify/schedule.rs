//! How long each channel waits between its tries.

use std::time::Duration;

use crate::books::Channel;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// 4m, 10m, 10m, 1h, 2h, 6h, 15h after the first.
const ALIPAY: [u64; 7] =
    [4 * MINUTE, 10 * MINUTE, 10 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 15 * HOUR];

/// 15s, 15s, 30s, 3m, 10m, 20m, 30m three times, 60m, 3h three times, 6h twice after the first.
const WECHAT: [u64; 15] = [
    15,
    15,
    30,
    3 * MINUTE,
    10 * MINUTE,
    20 * MINUTE,
    30 * MINUTE,
    30 * MINUTE,
    30 * MINUTE,
    HOUR,
    3 * HOUR,
    3 * HOUR,
    3 * HOUR,
    6 * HOUR,
    6 * HOUR,
];

/// The waits before the second try and all later ones, divided by `time_scale`.
pub(super) fn waits(channel: Channel, time_scale: u32) -> impl Iterator<Item = Duration> + Send {
    let seconds: &'static [u64] = match channel {
        Channel::Alipay => &ALIPAY,
        Channel::Wechat => &WECHAT,
    };
    seconds.iter().map(move |wait| Duration::from_secs(*wait) / time_scale.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedules_are_the_channels_own() {
        let total = |channel| waits(channel, 1).map(|wait| wait.as_secs()).sum::<u64>();
        assert_eq!((waits(Channel::Alipay, 1).count(), total(Channel::Alipay)), (7, 87_840));
        assert_eq!((waits(Channel::Wechat, 1).count(), total(Channel::Wechat)), (15, 86_640));
    }

    #[test]
    fn time_scale_divides_and_zero_is_one() {
        assert_eq!(waits(Channel::Alipay, 60).next(), Some(Duration::from_secs(4)));
        assert_eq!(waits(Channel::Wechat, 0).next(), Some(Duration::from_secs(15)));
    }
}
