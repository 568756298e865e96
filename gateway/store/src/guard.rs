//! A lease around processing: saves work when the same thing arrives twice at once.
//!
//! A guard is a hint. It may forget, and it may lie; the database decides. So `Done` must be
//! confirmed there, and an unavailable guard means "go on without".

mod local;
mod redis;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use paymux_core::Timestamp;

pub use local::{CAPACITY, DONE_FOR, LONGEST_KEY, LocalGuard};
pub use redis::RedisGuard;

pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Go on; settle or release with this token.
    Taken(Token),
    /// Somebody is at it now.
    Busy,
    /// Somebody says it is done. Confirm before believing.
    Done,
    /// The guard cannot be asked: go on without it.
    Away,
}

/// Proof of a claim: release and settle touch nobody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token(pub u64);

pub trait Guard: Send + Sync {
    /// Whether other nodes see what is claimed here.
    fn is_shared(&self) -> bool;
    fn claim<'a>(&'a self, key: &'a str, lease: Duration) -> Answer<'a, Claim>;
    /// Marks the work as done, for those who come later.
    fn settle<'a>(&'a self, key: &'a str, token: Token) -> Answer<'a, ()>;
    /// Gives the claim back undone.
    fn release<'a>(&'a self, key: &'a str, token: Token) -> Answer<'a, ()>;
    /// What time it is there. None where it has no clock of its own, or does not answer.
    fn clock(&self) -> Answer<'_, Option<Timestamp>> {
        Box::pin(async { None })
    }
}
