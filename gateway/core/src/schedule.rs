//! When a failed delivery is tried again: data, not code.

use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;

/// More tries than any channel makes; a longer list is a typing error.
pub const MAX_ATTEMPTS: usize = 64;
/// A week between two tries serves nobody.
pub const MAX_DELAY: Duration = Duration::from_secs(7 * 24 * HOUR);

/// The pause before each attempt; the first entry stands before the first attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule(Vec<Duration>);

/// Chance as an argument: 0..=1000 thousandths of the largest jitter, which is +10 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Jitter(u16);

impl Jitter {
    pub const NONE: Self = Self(0);

    /// Any number will do; it is folded into range.
    pub const fn new(chance: u16) -> Self {
        Self(chance % 1001)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    #[error("a schedule has 1 to 64 attempts")]
    Length,
    #[error("a pause is at most 7 days")]
    Delay,
}

impl Schedule {
    pub fn new(delays: Vec<Duration>) -> Result<Self, ScheduleError> {
        if !(1..=MAX_ATTEMPTS).contains(&delays.len()) {
            return Err(ScheduleError::Length);
        }
        if delays.iter().any(|it| *it > MAX_DELAY) {
            return Err(ScheduleError::Delay);
        }
        Ok(Self(delays))
    }

    /// Alipay's present rhythm: 8 attempts in 24 h 24 m (`notify_url` retry rule).
    pub fn alipay() -> Self {
        Self::seconds(&[
            0,
            4 * MINUTE,
            10 * MINUTE,
            10 * MINUTE,
            HOUR,
            2 * HOUR,
            6 * HOUR,
            15 * HOUR,
        ])
    }

    /// The rhythm older merchant systems were written for.
    pub fn alipay_classic() -> Self {
        let (m, h) = (MINUTE, HOUR);
        Self::seconds(&[0, 5, 2 * m, 10 * m, 15 * m, h, 2 * h, 6 * h, 15 * h])
    }

    /// WeChat Pay's rhythm: the first attempt and 15 repeats in 24 h 4 m.
    pub fn wechat() -> Self {
        let (m, h) = (MINUTE, HOUR);
        Self::seconds(&[
            0,
            15,
            15,
            30,
            3 * m,
            10 * m,
            20 * m,
            30 * m,
            30 * m,
            30 * m,
            60 * m,
            3 * h,
            3 * h,
            3 * h,
            6 * h,
            6 * h,
        ])
    }

    /// What systems of epay (易支付) know: five attempts in 55 minutes.
    pub fn epay() -> Self {
        Self::seconds(&[0, MINUTE, 2 * MINUTE, 16 * MINUTE, 36 * MINUTE])
    }

    /// What systems of Jeepay know: six attempts in seven and a half minutes.
    pub fn jeepay() -> Self {
        Self::seconds(&[0, 30, 60, 90, 120, 150])
    }

    pub fn preset(name: &str) -> Option<Self> {
        match name {
            "alipay" => Some(Self::alipay()),
            "alipay-classic" => Some(Self::alipay_classic()),
            "wechat" => Some(Self::wechat()),
            "epay" => Some(Self::epay()),
            "jeepay" => Some(Self::jeepay()),
            _ => None,
        }
    }

    /// The pause after `made` attempts, or `None` when the schedule is used up.
    pub fn delay(&self, made: usize, jitter: Jitter) -> Option<Duration> {
        let base = *self.0.get(made)?;
        Some(base + base * u32::from(jitter.0) / 10_000)
    }

    pub fn attempts(&self) -> usize {
        self.0.len()
    }

    fn seconds(seconds: &[u64]) -> Self {
        Self(seconds.iter().map(|it| Duration::from_secs(*it)).collect())
    }
}

impl Default for Schedule {
    fn default() -> Self {
        Self::alipay()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(schedule: &Schedule) -> u64 {
        schedule.0.iter().map(Duration::as_secs).sum()
    }

    #[test]
    fn presets_are_the_published_rhythms() {
        let check = |name, attempts, seconds| {
            let schedule = Schedule::preset(name).unwrap();
            assert_eq!((schedule.attempts(), total(&schedule)), (attempts, seconds), "{name}");
            assert_eq!(schedule.delay(0, Jitter::NONE), Some(Duration::ZERO), "{name}");
            assert_eq!(schedule.delay(attempts, Jitter::NONE), None, "{name}");
        };
        check("alipay", 8, 24 * HOUR + 24 * MINUTE);
        check("alipay-classic", 9, 24 * HOUR + 27 * MINUTE + 5);
        check("wechat", 16, 24 * HOUR + 4 * MINUTE);
        check("epay", 5, 55 * MINUTE);
        check("jeepay", 6, 450);
        assert_eq!(Schedule::preset("hourly"), None);
        assert_eq!(Schedule::default(), Schedule::alipay());
    }

    #[test]
    fn jitter_adds_at_most_a_tenth_and_never_subtracts() {
        let schedule = Schedule::alipay();
        let pause = |chance| schedule.delay(1, Jitter::new(chance)).unwrap();
        assert_eq!(pause(0), Duration::from_secs(240));
        assert_eq!(pause(1000), Duration::from_secs(264));
        assert!((0..5000).map(pause).all(|it| it >= pause(0) && it <= pause(1000)));
    }

    #[test]
    fn own_lists_have_limits() {
        assert_eq!(Schedule::new(vec![]), Err(ScheduleError::Length));
        assert_eq!(Schedule::new(vec![Duration::ZERO; 65]), Err(ScheduleError::Length));
        assert_eq!(Schedule::new(vec![MAX_DELAY * 2]), Err(ScheduleError::Delay));
        assert!(Schedule::new(vec![Duration::ZERO; 64]).is_ok());
    }
}
