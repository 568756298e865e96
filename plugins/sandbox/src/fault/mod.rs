//! Faults: what can go wrong, on which call, how often; by control API or by a magic subject.

mod kind;
mod list;
mod magic;
mod number;
mod rule;

pub use kind::{FaultKind, Operation};
pub(crate) use list::{Class, Fault, Faults};
pub use list::{FaultView, MAX_FAULTS};
pub(crate) use number::{MagicCode, by_amount, by_payment_code};
pub use rule::{FaultError, FaultRule};
