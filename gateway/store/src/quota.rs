//! So many calls a second, counted where all who share them can see it.
//!
//! A count is one moment in time, by the generic cell rate algorithm: when the next call would be
//! due if all came evenly. Each call moves it by the interval between two; a call may be early by
//! its slack, and no more. So whoever asks brings rate and burst along, and a rate may change
//! between two calls without the count being lost.

mod local;
mod redis;

use crate::guard::Answer;

pub use local::LocalQuota;
pub use redis::RedisQuota;

/// Asks for one call of one count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    pub count: &'static str,
    /// Between two calls, in microseconds.
    pub interval_us: i64,
    /// How early a call may come; below zero it must leave room for others.
    pub slack_us: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// One call of each count.
    All,
    /// No call of any: this one of the counts is spent.
    Over(usize),
    /// Nobody can be asked.
    Away,
}

pub trait Quota: Send + Sync {
    /// Takes one call of each of an account's counts, or none of any.
    fn take<'a>(&'a self, account: &'a str, asks: &'a [Ask]) -> Answer<'a, Taken>;
}

impl Ask {
    /// When the count will be due after this call; `None` where it comes too early.
    pub(crate) const fn moved(&self, due: Option<i64>, now: i64) -> Option<i64> {
        match due {
            Some(due) if due - now > self.slack_us => None,
            Some(due) if due > now => Some(due + self.interval_us),
            Some(_) | None => Some(now + self.interval_us),
        }
    }
}
