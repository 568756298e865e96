//! Faults: what can go wrong, on which call, how often; by control API or by a magic subject.

mod kind;
mod list;
mod magic;

pub use kind::{FaultKind, Operation};
pub(crate) use list::{Class, Fault, Faults};
pub use list::{FaultError, FaultRule, FaultView, MAX_FAULTS};
