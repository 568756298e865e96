//! Amounts and payment codes that mean something: a merchant forces each documented refusal with
//! nothing but an order, for ever and on every try.

use super::kind::Operation;
use crate::money::Fen;

/// Yuan that select an operation; the fen after them select a code of the channel's list.
const BY_YUAN: [(i64, Operation); 10] = [
    (700, Operation::Pay),
    (710, Operation::Query),
    (720, Operation::Close),
    (730, Operation::Reverse),
    (740, Operation::Refund),
    (750, Operation::RefundQuery),
    (760, Operation::Transfer),
    (770, Operation::TransferQuery),
    (780, Operation::TransferCancel),
    // What the channel's gateway itself says to anything.
    (790, Operation::Any),
];

/// 730.02 yuan is the second code of taking back. Of a refund it is the refund's own amount.
pub(crate) fn by_amount(amount: Fen) -> Option<(Operation, usize)> {
    let (yuan, fen) = (amount.0 / 100, usize::try_from(amount.0 % 100).ok()?);
    let (_, operation) = BY_YUAN.iter().find(|(own, _)| *own == yuan)?;
    (fen > 0).then_some((*operation, fen))
}

/// What a payment code of zeros does; it belongs to the channel's first payer and is never used up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum MagicCode {
    Pays,
    Confirms,
    /// The code of the channel's list for payments, by its place.
    Refuses(usize),
}

/// `28` or `13`, twelve zeros, a digit and its argument: `0000` pays whatever the amount,
/// `0100` waits for the payer, `02NN` is refused with code NN.
pub(crate) fn by_payment_code(code: &str) -> Option<MagicCode> {
    let digits = code.strip_prefix("28").or_else(|| code.strip_prefix("13"))?;
    let rest = digits.strip_prefix("000000000000").filter(|rest| rest.len() == 4)?;
    match rest.split_at_checked(2)? {
        ("00", "00") => Some(MagicCode::Pays),
        ("01", "00") => Some(MagicCode::Confirms),
        ("02", place) => place.parse().ok().map(MagicCode::Refuses),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_selects_an_operation_and_a_place() {
        assert_eq!(by_amount(Fen(70_001)), Some((Operation::Pay, 1)));
        assert_eq!(by_amount(Fen(73_012)), Some((Operation::Reverse, 12)));
        for plain in [0, 1, 70_000, 69_999, 70_100, 60_001, 8_888] {
            assert_eq!(by_amount(Fen(plain)), None, "{plain}");
        }
    }

    #[test]
    fn a_payment_code_of_zeros_means_something() {
        assert_eq!(by_payment_code("280000000000000000"), Some(MagicCode::Pays));
        assert_eq!(by_payment_code("130000000000000100"), Some(MagicCode::Confirms));
        assert_eq!(by_payment_code("280000000000000207"), Some(MagicCode::Refuses(7)));
        for plain in ["280000000000000001", "28000000000000020", "290000000000000000", "28", ""] {
            assert_eq!(by_payment_code(plain), None, "{plain}");
        }
    }
}
