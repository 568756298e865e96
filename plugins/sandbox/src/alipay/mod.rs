//! The Alipay simulator: one gateway URL, the `method` parameter says what is asked.

mod answer;
mod biz;
mod close;
#[allow(dead_code, reason = "amounts will select these")]
mod codes;
mod create;
mod gateway;
mod notify;
mod page;
mod query;
mod refund;
mod request;
mod return_url;
mod terms;

pub(crate) use gateway::gateway;
pub(crate) use notify::{paid, posting, refunded};
pub(crate) use return_url::return_url;

/// What the vectors pin.
#[cfg(test)]
pub(crate) mod vectors {
    pub(crate) use super::notify::canonical as notify_canonical;
    pub(crate) use super::request::canonical as request_canonical;
}
