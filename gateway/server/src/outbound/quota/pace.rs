//! The rate in use of one operation: what the settings allow, less where the channel says "too
//! often". Halved then, and grown back a step each second.

const SECOND_US: i64 = 1_000_000;
/// Of the limit, each second: all the way back from a half in ten seconds.
const STEP: u32 = 20;
/// Of the limit: however often it is halved, what is left finds out when the channel has mended.
const FLOOR: u32 = 16;
/// What was under way when the channel first said so is told so as well.
const ONCE_IN_US: i64 = SECOND_US;

#[derive(Debug)]
pub(super) struct Pace {
    limit: u32,
    /// The rate that was in use when it was last halved, and when.
    halved: Option<(u32, i64)>,
}

impl Pace {
    pub(super) const fn new(limit: u32) -> Self {
        Self { limit, halved: None }
    }

    pub(super) const fn rule(&mut self, limit: u32) {
        self.limit = limit;
    }

    pub(super) fn rate(&self, now: i64) -> u32 {
        let Some((rate, at)) = self.halved else { return self.limit };
        let seconds = u32::try_from((now - at) / SECOND_US).unwrap_or(u32::MAX);
        let step = (self.limit / STEP).max(1);
        rate.saturating_add(step.saturating_mul(seconds)).min(self.limit)
    }

    /// Whether it was halved, and not just before.
    pub(super) fn limited(&mut self, now: i64) -> bool {
        if self.halved.is_some_and(|(_, at)| now - at < ONCE_IN_US) {
            return false;
        }
        let floor = (self.limit / FLOOR).max(1);
        self.halved = Some(((self.rate(now) / 2).max(floor), now));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `!` is a complaint, a digit waits so many seconds, a dot a tenth of one.
    fn check(limit: u32, story: &str, expect: &[u32]) {
        let (mut pace, mut now, mut rates) = (Pace::new(limit), 0, vec![]);
        for step in story.chars() {
            match step {
                '!' => drop(pace.limited(now)),
                '.' => now += SECOND_US / 10,
                _ => now += i64::from(step.to_digit(10).unwrap()) * SECOND_US,
            }
            rates.push(pace.rate(now));
        }
        assert_eq!(rates, expect, "{limit} {story}");
    }

    #[test]
    fn it_is_halved_at_once_and_grows_back_in_steps() {
        check(100, "9", &[100]);
        check(100, "!", &[50]);
        check(100, "!199", &[50, 55, 100, 100]);
        check(100, "!1!", &[50, 55, 27]);
        check(100, "!!!.!", &[50, 50, 50, 50, 50]);
        check(100, "!1!1!1!1!1!", &[50, 55, 27, 32, 16, 21, 10, 15, 7, 12, 6]);
        check(1, "!9", &[1, 1]);
        check(3, "!1", &[1, 2]);
    }

    #[test]
    fn another_limit_is_one_at_once() {
        let mut pace = Pace::new(100);
        pace.limited(0);
        pace.rule(20);
        assert_eq!(pace.rate(0), 20);
        pace.rule(1000);
        assert_eq!((pace.rate(0), pace.rate(SECOND_US)), (50, 100));
    }
}
