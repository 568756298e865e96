//! What must always be true (INV-1 … INV-15 of the design), looked at where it would first break.
//!
//! INV-13 (secrets) and the ledger half of INV-12 are looked at elsewhere.

pub(crate) mod answer;
pub(crate) mod commit;
pub(crate) mod end;
pub(crate) mod heard;
pub(crate) mod history;
pub(crate) mod notice;
pub(crate) mod send;
pub(crate) mod truth;
