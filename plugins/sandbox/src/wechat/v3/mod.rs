//! Version 3: JSON, signed with RSA on both sides.

mod answer;
mod authorization;
mod bill;
mod certificates;
mod close;
mod codepay;
mod combine;
mod dispatch;
mod fields;
pub(super) mod notify;
mod prepay;
mod query;
mod refund;
mod refund_query;
mod reverse;
mod route;
mod sensitive;
mod side;
pub(super) mod transfer;

pub(super) use combine::paid as combined_paid;
pub(super) use dispatch::answer;

/// What the vectors pin.
#[cfg(test)]
pub(crate) mod vectors {
    pub(crate) use super::answer::message as answer_message;
    pub(crate) use super::authorization::{message, parse};
}
