//! The sums of one channel since the start, evicted orders included.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Totals {
    pub orders: u64,
    pub paid_orders: u64,
    pub paid_fen: i64,
    /// Refunds that succeeded.
    pub refunds: u64,
    pub refunded_fen: i64,
}
