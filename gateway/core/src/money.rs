//! Money: an integer of minor units and a currency. No floats, no silent overflow.

use std::fmt;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Currency {
    Cny,
    Hkd,
    Jpy,
    Usd,
}

impl Currency {
    pub const ALL: [Self; 4] = [Self::Cny, Self::Hkd, Self::Jpy, Self::Usd];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Cny => "CNY",
            Self::Hkd => "HKD",
            Self::Jpy => "JPY",
            Self::Usd => "USD",
        }
    }

    /// Digits behind the decimal point (ISO 4217).
    pub const fn exponent(self) -> u32 {
        match self {
            Self::Cny | Self::Hkd | Self::Usd => 2,
            Self::Jpy => 0,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, MoneyError> {
        Self::ALL.into_iter().find(|it| it.code() == code).ok_or(MoneyError::UnknownCurrency)
    }
}

/// A non-negative amount in the currency's minor unit (fen, cent, yen).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("amounts of different currencies do not mix")]
    CurrencyMismatch,
    #[error("an amount is never negative")]
    Negative,
    #[error("the amount is too large")]
    Overflow,
    #[error("the currency is not known")]
    UnknownCurrency,
    #[error("the amount is not a plain decimal number of the currency's digits")]
    NotDecimal,
}

impl Money {
    pub fn new(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        if minor < 0 { Err(MoneyError::Negative) } else { Ok(Self { minor, currency }) }
    }

    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    pub const fn minor(self) -> i64 {
        self.minor
    }

    pub const fn currency(self) -> Currency {
        self.currency
    }

    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// Refuses to go below zero.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Self::new(self.minor - other.minor, self.currency)
    }

    /// The decimal text channels use: `12.30` for 1230 fen, `7` for 7 yen.
    pub fn to_decimal(self) -> String {
        let scale = 10_i64.pow(self.currency.exponent());
        match usize::try_from(self.currency.exponent()) {
            Ok(0) | Err(_) => self.minor.to_string(),
            Ok(width) => format!("{}.{:0width$}", self.minor / scale, self.minor % scale),
        }
    }

    /// Reads `12`, `12.3` or `12.30`; never a sign, an exponent or a third digit.
    pub fn from_decimal(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let exponent = currency.exponent() as usize;
        let plain = |it: &str| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit());
        let too_fine = text.contains('.') && (exponent == 0 || fraction.len() > exponent);
        if !plain(whole) || !plain(fraction) || too_fine {
            return Err(MoneyError::NotDecimal);
        }
        let digits = format!("{whole}{fraction:0<exponent$}");
        let digits = &digits[..whole.len() + exponent];
        let minor = digits.parse().map_err(|_| MoneyError::Overflow)?;
        Ok(Self { minor, currency })
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency { Ok(()) } else { Err(MoneyError::CurrencyMismatch) }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cny(minor: i64) -> Money {
        Money::new(minor, Currency::Cny).unwrap()
    }

    #[test]
    fn arithmetic_is_checked() {
        assert_eq!(cny(1).checked_add(cny(2)), Ok(cny(3)));
        assert_eq!(cny(i64::MAX).checked_add(cny(1)), Err(MoneyError::Overflow));
        assert_eq!(cny(1).checked_sub(cny(2)), Err(MoneyError::Negative));
        assert_eq!(Money::new(-1, Currency::Cny), Err(MoneyError::Negative));
        let yen = Money::new(1, Currency::Jpy).unwrap();
        assert_eq!(cny(1).checked_add(yen), Err(MoneyError::CurrencyMismatch));
        assert_eq!(cny(1).checked_sub(yen), Err(MoneyError::CurrencyMismatch));
    }

    #[test]
    fn decimal_text() {
        let reads =
            |text, minor| assert_eq!(Money::from_decimal(text, Currency::Cny), Ok(cny(minor)));
        reads("0.01", 1);
        reads("88.88", 8888);
        reads("12", 1200);
        reads("12.3", 1230);
        reads("0", 0);
        reads("92233720368547758.07", i64::MAX);
        let refuses = |text| assert!(Money::from_decimal(text, Currency::Cny).is_err(), "{text}");
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e2", "1.234", " 1", "1,0", "٣", "1.2.3"] {
            refuses(text);
        }
        refuses("92233720368547758.08");
        let yen = Money::from_decimal("7", Currency::Jpy).unwrap();
        assert_eq!((yen.minor(), yen.to_decimal().as_str()), (7, "7"));
        assert!(Money::from_decimal("7.0", Currency::Jpy).is_err());
    }

    #[test]
    fn currency_codes_are_exact() {
        assert_eq!("CNY".parse(), Ok(Currency::Cny));
        for code in ["cny", "XXX", "", "CNY "] {
            assert_eq!(code.parse::<Currency>(), Err(MoneyError::UnknownCurrency));
        }
    }

    proptest! {
        #[test]
        fn decimal_round_trip(minor in 0..=i64::MAX) {
            let money = cny(minor);
            prop_assert_eq!(Money::from_decimal(&money.to_decimal(), Currency::Cny), Ok(money));
        }
    }
}
