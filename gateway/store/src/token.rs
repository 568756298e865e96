//! Tokens of applications that nodes show each other: short-lived, and gone when they end.
//!
//! Whoever reads one may act as the application until then, so what keeps them is as secret as the
//! nodes are.

mod local;
mod redis;

use std::fmt;
use std::time::Duration;

use crate::guard::Answer;

pub use local::LocalTokens;
pub use redis::RedisTokens;

#[derive(Clone, PartialEq, Eq)]
pub enum Kept {
    Token {
        text: String,
        left: Duration,
    },
    Nothing,
    /// Nobody can be asked.
    Away,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token { left, .. } => write!(f, "Token(***, {left:?})"),
            Self::Nothing => f.write_str("Nothing"),
            Self::Away => f.write_str("Away"),
        }
    }
}

pub trait Tokens: Send + Sync {
    fn read<'a>(&'a self, app: &'a str) -> Answer<'a, Kept>;
    /// In place of what was there; false where nobody took it.
    fn keep<'a>(&'a self, app: &'a str, text: &'a str, life: Duration) -> Answer<'a, bool>;
}
