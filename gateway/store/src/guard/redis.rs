//! The guard of several nodes: one key in Redis for what one of them is at, or has done.

use std::time::Duration;

use paymux_core::Timestamp;
use redis::Script;

use super::{Answer, Claim, DONE_FOR, Guard, LONGEST_KEY, Token};
use crate::redis::Redis;

/// `SET NX PX` and, where somebody was first, what stands there. An answer that was lost is found
/// again by its token.
const CLAIM: &str = "
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return ARGV[1] end
return redis.call('GET', KEYS[1])";

/// Compare and set.
const SETTLE: &str = "
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], 'done', 'PX', ARGV[2])
return 1";

/// Compare and delete.
const RELEASE: &str = "
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])";

/// Seconds and microseconds, as texts.
const CLOCK: &str = "return redis.call('TIME')";

const DONE: &str = "done";

pub struct RedisGuard {
    redis: Redis,
    /// Nobody may guess another's token, and no two nodes may draw the same.
    draw: Box<dyn Fn() -> u64 + Send + Sync>,
    claim: Script,
    settle: Script,
    release: Script,
    clock: Script,
}

impl RedisGuard {
    pub fn new(redis: Redis, draw: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self {
            redis,
            draw: Box::new(draw),
            claim: Script::new(CLAIM),
            settle: Script::new(SETTLE),
            release: Script::new(RELEASE),
            clock: Script::new(CLOCK),
        }
    }

    fn key(&self, key: &str) -> String {
        format!("{}:guard:{key}", self.redis.prefix())
    }
}

impl Guard for RedisGuard {
    fn is_shared(&self) -> bool {
        true
    }

    fn claim<'a>(&'a self, key: &'a str, lease: Duration) -> Answer<'a, Claim> {
        Box::pin(async move {
            if key.len() > LONGEST_KEY {
                return Claim::Away;
            }
            let token = Token((self.draw)());
            let mut script = self.claim.key(self.key(key));
            script.arg(mark(token)).arg(millis(lease.min(DONE_FOR)));
            match self.redis.ask::<Option<String>>("claim", &script).await {
                Some(Some(it)) if it == mark(token) => Claim::Taken(token),
                Some(Some(it)) if it == DONE => Claim::Done,
                Some(Some(_)) => Claim::Busy,
                // Whatever stood there is gone: the database decides.
                Some(None) | None => Claim::Away,
            }
        })
    }

    fn settle<'a>(&'a self, key: &'a str, token: Token) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut script = self.settle.key(self.key(key));
            script.arg(mark(token)).arg(millis(DONE_FOR));
            self.redis.ask::<i64>("settle", &script).await;
        })
    }

    fn release<'a>(&'a self, key: &'a str, token: Token) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut script = self.release.key(self.key(key));
            script.arg(mark(token));
            self.redis.ask::<i64>("release", &script).await;
        })
    }

    fn clock(&self) -> Answer<'_, Option<Timestamp>> {
        Box::pin(async move {
            let script = self.clock.prepare_invoke();
            self.redis.ask::<(u64, u64)>("clock", &script).await.map(moment)
        })
    }
}

fn moment((seconds, micros): (u64, u64)) -> Timestamp {
    Timestamp::default().after(Duration::from_secs(seconds) + Duration::from_micros(micros))
}

/// What stands at a key while it is claimed.
fn mark(token: Token) -> String {
    format!("claim {:016x}", token.0)
}

/// Redis refuses a time of zero.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1)
}

#[cfg(test)]
mod tests;
