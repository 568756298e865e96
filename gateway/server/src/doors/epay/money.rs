//! Amounts as epay writes them: in yuan.

use paymux_core::{Currency, Money};
use paymux_engine::problem::Problem;

use crate::doors::field::in_fen;
use crate::doors::params::{Params, wrong};

/// `1`, `1.0` and `1.00` are one amount; a third digit, a sign or an exponent is none.
pub(crate) fn read(params: &Params) -> Result<Money, Problem> {
    let text = params.required("money")?;
    let money = Money::from_decimal(text, Currency::Cny);
    let money = money.map_err(|_| wrong("money", "must be yuan, such as 1 or 1.00"))?;
    in_fen("money", money.minor())
}

/// `1.00`, or what PHP makes of a float: `1`, `0.1`.
pub(super) fn write(money: Money, fixed: bool) -> String {
    let text = money.to_decimal();
    if fixed || !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_digit_by_digit() {
        let fen = |text: &str| read(&[("money", text)].into()).map(Money::minor).ok();
        let good =
            [("1", 100), ("1.0", 100), ("1.00", 100), ("0.01", 1), ("0.1", 10), ("19.9", 1990)];
        for (text, expect) in good {
            assert_eq!(fen(text), Some(expect), "{text}");
        }
        let bad = [
            "",
            "0",
            "0.00",
            "0.001",
            "1.",
            ".5",
            "-1",
            "+1",
            "1e2",
            "1,00",
            " 1",
            "1 ",
            "1.2.3",
            "NaN",
            "100000000.01",
            "99999999999999999999",
        ];
        for text in bad {
            assert_eq!(fen(text), None, "{text}");
        }
    }

    #[test]
    fn amounts_are_written_as_php_does_or_with_two_digits() {
        let money = |fen| Money::new(fen, Currency::Cny).unwrap();
        let both = |fen| [write(money(fen), false), write(money(fen), true)];
        assert_eq!(both(100), ["1", "1.00"]);
        assert_eq!(both(10), ["0.1", "0.10"]);
        assert_eq!(both(1), ["0.01", "0.01"]);
        assert_eq!(both(1_000_000), ["10000", "10000.00"]);
        assert_eq!(both(10_010), ["100.1", "100.10"]);
    }
}
