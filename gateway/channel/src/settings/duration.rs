//! Durations as people write them: a number and a unit.

use std::time::Duration;

const UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

pub fn parse(text: &str) -> Option<Duration> {
    let digits = text.find(|it: char| !it.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let millis = UNITS.iter().find(|it| it.0 == unit)?.1;
    number.parse::<u64>().ok()?.checked_mul(millis).map(Duration::from_millis)
}

/// In the largest unit that leaves no fraction.
pub fn text(duration: Duration) -> String {
    let millis = duration.as_millis();
    let fits = |it: &&(&str, u64)| millis > 0 && millis.is_multiple_of(u128::from(it.1));
    let (unit, size) = UNITS.iter().find(fits).unwrap_or(&("s", 1000));
    format!("{}{unit}", millis / u128::from(*size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_and_one_unit() {
        let check = |text, millis: Option<u64>| {
            assert_eq!(parse(text), millis.map(Duration::from_millis), "{text}");
        };
        check("0s", Some(0));
        check("500ms", Some(500));
        check("10s", Some(10_000));
        check("30m", Some(1_800_000));
        check("2h", Some(7_200_000));
        check("7d", Some(604_800_000));
        let bad = ["", "10", "s", "-1s", "+1s", "1.5s", "1 s", " 1s", "1s ", "1m30s", "1S", "1w"];
        bad.into_iter().for_each(|it| check(it, None));
        check("18446744073709551615d", None);
        check("99999999999999999999s", None);
    }

    #[test]
    fn the_text_is_short_and_reads_back() {
        for text in ["0s", "1ms", "1500ms", "1s", "90s", "2m", "36h", "7d"] {
            assert_eq!(super::text(parse(text).unwrap()), text);
        }
    }
}
