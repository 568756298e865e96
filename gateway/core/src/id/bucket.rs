//! Ten bits of a name, by which rows are spread.

use super::{AccountId, MerchantId};

impl MerchantId {
    /// Stable for ever, since it is part of every id.
    pub fn bucket(&self) -> u16 {
        bucket(&self.0)
    }
}

impl AccountId {
    /// Where what is known of the account itself is kept.
    pub fn bucket(&self) -> u16 {
        bucket(&self.0)
    }
}

/// FNV-1a, folded to ten bits.
fn bucket(name: &str) -> u16 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    u16::try_from((hash ^ (hash >> 32)) & 1023).unwrap_or(0)
}
