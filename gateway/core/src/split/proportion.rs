//! Shares by proportion: exact sums, and it is stated where the remainder goes.

use crate::fee::WHOLE_BP;
use crate::money::Money;

/// The shares together are their proportion of the amount, rounded down; each is rounded down, and
/// what then is left goes fen by fen to those who lost most by it, and of equals to the first.
/// Nothing, where the proportions are more than the whole.
pub fn by_proportion(amount: Money, parts_bp: &[u16]) -> Option<Vec<Money>> {
    let whole = i128::from(WHOLE_BP);
    let sum: i128 = parts_bp.iter().map(|it| i128::from(*it)).sum();
    if sum > whole {
        return None;
    }
    let of = |bp: i128| {
        (i128::from(amount.minor()) * bp / whole, i128::from(amount.minor()) * bp % whole)
    };
    let mut shares: Vec<_> = parts_bp.iter().map(|it| of(i128::from(*it)).0).collect();
    let left = of(sum).0 - shares.iter().sum::<i128>();
    let mut order: Vec<_> = (0..parts_bp.len()).collect();
    // Stable: of equals, the first.
    order.sort_by_key(|it| std::cmp::Reverse(of(i128::from(parts_bp[*it])).1));
    for index in order.into_iter().take(usize::try_from(left).ok()?) {
        shares[index] += 1;
    }
    let money = |it| Money::new(i64::try_from(it).ok()?, amount.currency()).ok();
    shares.into_iter().map(money).collect()
}
