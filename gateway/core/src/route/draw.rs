//! The draw between weighted targets: by the order's own number, so that a repeat draws alike, an
//! explanation beforehand draws what the payment will, and a test needs no chance.

use crate::id::{MerchantId, OrderNo};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw(u64);

impl Draw {
    pub fn of(merchant: &MerchantId, order_no: Option<&OrderNo>) -> Self {
        let order_no = order_no.map_or("", OrderNo::as_str);
        let bytes = merchant.as_str().bytes().chain([0]).chain(order_no.bytes());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(mix(hash))
    }

    /// A number below `total`. Another `turn` is another draw, independent of the one before: who
    /// lost the first turn shall not be drawn by what is left of it.
    pub(super) fn below(self, total: u64, turn: u64) -> u64 {
        let number = mix(self.0 ^ mix(turn.wrapping_add(1)));
        // The upper half of a product: as even as a remainder, and free of its low bits.
        let scaled = (u128::from(number) * u128::from(total)) >> 64;
        u64::try_from(scaled).unwrap_or(u64::MAX)
    }
}

/// The finalizer of SplitMix64: every bit of the input sways every bit of the output.
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
