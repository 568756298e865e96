//! What an account says of its tills, where it differs from the channel's guidance.

use std::time::Duration;

use super::Reader;
use crate::Till;

const QUERY_EVERY: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(60);
/// A payer does not stand at a till for longer.
const LONGEST: Duration = Duration::from_secs(600);

impl Till {
    /// `till_query_every` and `till_decide_after`, within what the channel allows.
    #[must_use]
    pub fn read(self, reader: &mut Reader<'_>) -> Self {
        // A charge is reversed when it is decided, and no channel does that sooner.
        let decide = self.reverse_after.max(Duration::from_secs(1))..=LONGEST;
        let query_every = reader.duration("till_query_every", &QUERY_EVERY);
        let decide_after = reader.duration("till_decide_after", &decide);
        Self {
            query_every: query_every.unwrap_or(self.query_every),
            decide_after: decide_after.unwrap_or(self.decide_after),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    fn read(pairs: &[(&str, &str)]) -> Result<Till, Vec<crate::SettingsError>> {
        let settings: Settings = pairs.iter().copied().collect();
        let mut reader = settings.reader();
        let till = Till { reverse_after: Duration::from_secs(15), ..Till::default() };
        let till = till.read(&mut reader);
        reader.finish().map(|()| till)
    }

    #[test]
    fn five_and_forty_five_seconds_unless_the_account_says_otherwise() {
        let till = read(&[]).unwrap();
        assert_eq!((till.query_every.as_secs(), till.decide_after.as_secs()), (5, 45));
        let till = read(&[("till_query_every", "10s"), ("till_decide_after", "1m")]).unwrap();
        assert_eq!((till.query_every.as_secs(), till.decide_after.as_secs()), (10, 60));
    }

    #[test]
    fn nothing_is_decided_before_it_can_be_reversed() {
        assert!(read(&[("till_decide_after", "15s")]).is_ok());
        for (key, value, limit) in [
            ("till_decide_after", "14s", "15s to 10m"),
            ("till_decide_after", "11m", "15s to 10m"),
            ("till_query_every", "0s", "1s to 1m"),
            ("till_query_every", "61s", "1s to 1m"),
            ("till_query_every", "5", "1s to 1m"),
        ] {
            let errors = read(&[(key, value)]).unwrap_err();
            assert_eq!(errors[0].key, key);
            assert!(errors[0].problem.ends_with(limit), "{}", errors[0]);
        }
    }
}
