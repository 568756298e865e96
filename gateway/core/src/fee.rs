//! What a merchant pays for a payment: computed once, when the money comes, and kept with it.

use crate::id::AccountId;
use crate::money::{Currency, Money};
use crate::payment::{Method, Order};

/// One whole, in basis points.
pub const WHOLE_BP: u16 = 10_000;

/// As agreed when the request was made; what is configured later changes nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Of the amount, in ten-thousandths of it.
    pub rate_bp: u16,
    /// In minor units of the payment's currency, as all amounts here are.
    pub min: i64,
    pub max: Option<i64>,
    pub on_refund: OnRefund,
}

/// What becomes of the fee of money that goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRefund {
    /// The refunded share of it goes back, too.
    Returned,
    Kept,
}

/// Of one attempt, or of one of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fee {
    pub terms: Terms,
    /// What was taken; nothing before the money came, and nothing of money that is to go back.
    pub taken: Option<Money>,
}

/// Which terms hold for which payments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Of any account, of any method, where none is named.
    pub account: Option<AccountId>,
    pub method: Option<Method>,
    /// Of payments in this one alone.
    pub currency: Currency,
    pub terms: Terms,
}

impl Rule {
    fn fits(&self, order: &Order, account: &AccountId, method: Method) -> bool {
        self.account.as_ref().is_none_or(|it| it == account)
            && self.method.is_none_or(|it| it == method)
            && self.currency == order.amount.currency()
    }
}

/// The first rule that fits has it: of the whole order, or of each of its parts. Nothing, where
/// nothing is to be paid.
pub fn agreed(rules: &[Rule], order: &Order, account: &AccountId, method: Method) -> Vec<Terms> {
    let of = |account: &AccountId| {
        let rule = rules.iter().find(|it| it.fits(order, account, method));
        rule.map_or(Terms::NONE, |it| it.terms)
    };
    let list: Vec<_> = match order.parts.as_slice() {
        [] => vec![of(account)],
        parts => parts.iter().map(|it| of(&it.account)).collect(),
    };
    if list.iter().all(Terms::is_none) { vec![] } else { list }
}

impl Terms {
    pub const NONE: Self = Self { rate_bp: 0, min: 0, max: None, on_refund: OnRefund::Returned };

    pub const fn is_none(&self) -> bool {
        self.rate_bp == 0 && self.min == 0
    }

    /// The rate's share, rounded half up to the minor unit; no less than the minimum, no more than
    /// the maximum, and never more than there is.
    pub fn of(&self, amount: Money) -> Money {
        let whole = i128::from(WHOLE_BP);
        let share = i128::from(amount.minor()) * i128::from(self.rate_bp);
        let rounded = i64::try_from((share * 2 + whole) / (whole * 2)).unwrap_or(i64::MAX);
        let most = self.max.map_or(amount.minor(), |it| it.min(amount.minor())).max(0);
        let fee = rounded.max(self.min).clamp(0, most);
        Money::new(fee, amount.currency()).unwrap_or(Money::zero(amount.currency()))
    }
}

impl Fee {
    pub const fn under(terms: Terms) -> Self {
        Self { terms, taken: None }
    }

    /// What of it has gone back when so much of what was paid has: rounded down, so that the last
    /// refund returns the rest, and all of them together return all of it.
    pub fn returned(&self, paid: Money, refunded: Money) -> Money {
        let none = Money::zero(paid.currency());
        let Some(taken) = self.taken.filter(|_| self.terms.on_refund == OnRefund::Returned) else {
            return none;
        };
        if paid.minor() == 0 {
            return none;
        }
        let share = i128::from(taken.minor()) * i128::from(refunded.minor().min(paid.minor()));
        let minor = i64::try_from(share / i128::from(paid.minor())).unwrap_or(0);
        Money::new(minor, paid.currency()).unwrap_or(none)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::payment::tests::order;

    fn fen(minor: i64) -> Money {
        Money::new(minor, Currency::Cny).unwrap()
    }

    fn terms(rate_bp: u16, min: i64, max: Option<i64>) -> Terms {
        Terms { rate_bp, min, max, on_refund: OnRefund::Returned }
    }

    #[test]
    fn a_fee_is_rounded_half_up_and_kept_between_its_bounds() {
        let check = |terms: Terms, amount, fee| assert_eq!(terms.of(fen(amount)), fen(fee));
        check(terms(60, 0, None), 10_000, 60);
        // 0.498, 0.504, 1.5 and 1.494 fen.
        check(terms(60, 0, None), 83, 0);
        check(terms(60, 0, None), 84, 1);
        check(terms(60, 0, None), 250, 2);
        check(terms(60, 0, None), 249, 1);
        check(terms(60, 10, None), 100, 10);
        check(terms(60, 0, Some(50)), 1_000_000, 50);
        // Never more than the payment, whatever the minimum.
        check(terms(0, 10, None), 7, 7);
        check(terms(WHOLE_BP, 0, None), i64::MAX, i64::MAX);
        check(Terms::NONE, 100, 0);
    }

    #[test]
    fn the_first_rule_that_fits_has_the_terms() {
        let rule = |account: Option<&str>, method, rate| Rule {
            account: account.map(|it| it.parse().unwrap()),
            method,
            currency: Currency::Cny,
            terms: terms(rate, 0, None),
        };
        let rules = [
            rule(Some("ali-1"), Some(Method::Barcode), 55),
            rule(Some("ali-1"), None, 60),
            rule(None, None, 100),
        ];
        let of = |account: &str, method| {
            let agreed = agreed(&rules, &order(fen(100)), &account.parse().unwrap(), method);
            agreed.iter().map(|it| it.rate_bp).collect::<Vec<_>>()
        };
        assert_eq!(of("ali-1", Method::Barcode), [55]);
        assert_eq!(of("ali-1", Method::Qr), [60]);
        assert_eq!(of("wx-1", Method::Qr), [100]);
        let yen = Money::new(100, Currency::Jpy).unwrap();
        assert_eq!(agreed(&rules, &order(yen), &"wx-1".parse().unwrap(), Method::Qr), []);
    }

    #[test]
    fn a_fee_that_is_kept_is_not_returned() {
        let kept = Terms { on_refund: OnRefund::Kept, ..terms(60, 0, None) };
        let fee = |terms| Fee { terms, taken: Some(fen(60)) };
        assert_eq!(fee(kept).returned(fen(10_000), fen(10_000)), fen(0));
        assert_eq!(fee(terms(60, 0, None)).returned(fen(10_000), fen(5_000)), fen(30));
        assert_eq!(Fee::under(kept).returned(fen(10_000), fen(10_000)), fen(0));
    }

    proptest! {
        /// However a payment is refunded: never more than was taken, and in the end all of it.
        #[test]
        fn partial_refunds_return_the_fee_exactly(
            amount in 1_i64..1_000_000,
            rate in 0_u16..=WHOLE_BP,
            cuts in proptest::collection::vec(0_i64..1_000_000, 0..40),
        ) {
            let terms = terms(rate, 0, None);
            let fee = Fee { terms, taken: Some(terms.of(fen(amount))) };
            let mut sums: Vec<_> = cuts.iter().map(|it| it % (amount + 1)).collect();
            sums.sort_unstable();
            sums.push(amount);
            let mut last = 0;
            for sum in sums {
                let returned = fee.returned(fen(amount), fen(sum)).minor();
                prop_assert!(returned >= last);
                last = returned;
            }
            prop_assert_eq!(Some(last), fee.taken.map(Money::minor));
        }
    }
}
