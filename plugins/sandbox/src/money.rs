//! Amounts: minor units inside, Alipay's decimal yuan at its border.

use std::fmt;

use serde::Serialize;

/// Alipay's upper bound for one payment: 100 000 000 yuan.
const MAX_FEN: i64 = 10_000_000_000;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Fen(pub(crate) i64);

impl Fen {
    /// Digits, and at most two decimals; between 0.01 and the upper bound.
    pub(crate) fn from_yuan(text: &str) -> Option<Self> {
        let (whole, cents) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(cents) || cents.len() > 2 || whole.len() > 9 {
            return None;
        }
        let scale = if cents.len() == 1 { 10 } else { 1 };
        let fen = whole.parse::<i64>().ok()? * 100 + cents.parse::<i64>().ok()? * scale;
        (1..=MAX_FEN).contains(&fen).then_some(Self(fen))
    }

    pub(crate) fn plus(self, other: i64) -> Self {
        Self(self.0.saturating_add(other))
    }
}

/// `88.88`: yuan with two decimals, as Alipay writes amounts.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yuan_becomes_fen() {
        let check = |text: &str, fen: Option<i64>| {
            assert_eq!(Fen::from_yuan(text).map(|f| f.0), fen, "{text}")
        };
        check("88.88", Some(8888));
        check("0.01", Some(1));
        check("1.5", Some(150));
        check("7", Some(700));
        check("100000000", Some(MAX_FEN));
        check("100000000.01", None);
        check("0.00", None);
        check("1.234", None);
        check("-1", None);
        check("+1", None);
        check("1.", None);
        check(".5", None);
        check("1e3", None);
        check("", None);
    }

    #[test]
    fn fen_prints_as_yuan() {
        assert_eq!([Fen(1), Fen(10), Fen(8888)].map(|f| f.to_string()), ["0.01", "0.10", "88.88"]);
    }
}
