//! The WeChat Pay APIv3 simulator: Native orders, queries, closing, refunds, certificates.

mod answer;
mod authorization;
mod certificates;
mod close;
mod dispatch;
mod fields;
mod native;
mod notify;
mod query;
mod refund;
mod refund_query;

pub(crate) use dispatch::dispatch;
pub(crate) use notify::{Event, paid, posting, refunded};

/// What the vectors pin.
#[cfg(test)]
pub(crate) mod vectors {
    pub(crate) use super::answer::message as answer_message;
    pub(crate) use super::authorization::{message, parse};
}
