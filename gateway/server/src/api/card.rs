//! Card numbers, which must never be stored here: they would bring the rules of the card industry
//! (PCI DSS) over every log and backup.

use std::ops::RangeInclusive;

/// The lengths card numbers have.
const DIGITS: RangeInclusive<usize> = 13..=19;

/// The first four digits that issuers use. A tenth of all long numbers satisfies the check digit
/// by chance, so without these every tenth time stamp or phone number would be refused.
const ISSUERS: &[RangeInclusive<u32>] = &[
    2221..=2720, // Mastercard
    3000..=3059, // Diners Club
    3400..=3499, // American Express
    3528..=3589, // JCB
    3600..=3699, // Diners Club
    3700..=3799, // American Express
    3800..=3999, // Diners Club
    4000..=4999, // Visa
    5000..=5099, // Maestro
    5100..=5599, // Mastercard
    5600..=5899, // Maestro
    6000..=6999, // UnionPay, Discover, Maestro
    8140..=8171, // UnionPay
];

/// Whether some run of digits is a card number by its length, its issuer and its check digit.
pub(crate) fn holds_card_number(text: &str) -> bool {
    text.split(|it: char| !it.is_ascii_digit()).any(is_card_number)
}

fn is_card_number(run: &str) -> bool {
    DIGITS.contains(&run.len()) && has_issuer(run) && satisfies_luhn(run)
}

fn has_issuer(run: &str) -> bool {
    let head = run.get(..4).and_then(|it| it.parse().ok());
    head.is_some_and(|head| ISSUERS.iter().any(|it| it.contains(&head)))
}

/// ISO/IEC 7812-1: every second digit from the right is doubled, and its digits are added.
fn satisfies_luhn(run: &str) -> bool {
    let digits = run.bytes().rev().map(|it| u32::from(it - b'0'));
    let weighed = digits.enumerate().map(|(place, digit)| match place % 2 {
        0 => digit,
        _ => digit * 2 / 10 + digit * 2 % 10,
    });
    weighed.sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: bool) {
        assert_eq!(holds_card_number(text), expect, "{text}");
    }

    #[test]
    fn the_issuers_own_test_numbers_are_found() {
        check("4111111111111111", true);
        check("card 5555555555554444!", true);
        check("378282246310005", true);
        check("3530111333300000", true);
        check("6011111111111117", true);
        check("卡号6200000000000005", true);
        check("4222222222222", true);
    }

    #[test]
    fn other_numbers_pass() {
        check("4111111111111112", false); // check digit
        check("41111111111111110", false); // check digit of a longer number
        check("411111111111", false); // too short
        check("00004111111111111111", false); // twenty digits
        check("8613800138000", false); // a phone number
        check("2026011512345678", false);
        check("1768451696000", false);
        check("", false);
    }

    #[test]
    fn the_check_digit_is_the_standards() {
        let check = |run: &str, expect| assert_eq!(satisfies_luhn(run), expect, "{run}");
        check("79927398713", true);
        for digit in "012456789".chars() {
            check(&format!("7992739871{digit}"), false);
        }
    }
}
