//! Chance: a seed is a whole history.

use std::ops::RangeInclusive;

/// SplitMix64.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        it ^ (it >> 31)
    }

    pub(crate) fn wide(&mut self) -> u128 {
        (u128::from(self.next()) << 64) | u128::from(self.next())
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("less than a usize")
    }

    pub(crate) fn within(&mut self, range: RangeInclusive<i64>) -> i64 {
        let span = u64::try_from(range.end() - range.start() + 1).expect("an ordered range");
        range.start() + i64::try_from(self.next() % span).expect("inside the range")
    }

    /// How long it takes to find out that nothing can be sent: mostly no time, or nearly for ever.
    pub(crate) fn patience(&mut self, muddled: bool) -> i64 {
        if muddled || self.permille(200) {
            self.within(6_000..=9_500)
        } else {
            self.within(0..=900)
        }
    }

    pub(crate) fn permille(&mut self, chance: u64) -> bool {
        self.next() % 1000 < chance
    }

    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}
