//! Tokens of several nodes, in Redis, which forgets each when it ends.

use std::time::Duration;

use redis::Script;

use super::{Answer, Kept, Tokens};
use crate::redis::Redis;

/// The text and what is left of its life, of one moment.
const READ: &str = "
local text = redis.call('GET', KEYS[1])
if not text then return {'', 0} end
return {text, redis.call('PTTL', KEYS[1])}";

const KEEP: &str = "
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1";

pub struct RedisTokens {
    redis: Redis,
    read: Script,
    keep: Script,
}

impl RedisTokens {
    pub fn new(redis: Redis) -> Self {
        Self { redis, read: Script::new(READ), keep: Script::new(KEEP) }
    }

    fn key(&self, app: &str) -> String {
        format!("{}:app_token:{app}", self.redis.prefix())
    }
}

impl Tokens for RedisTokens {
    fn read<'a>(&'a self, app: &'a str) -> Answer<'a, Kept> {
        Box::pin(async move {
            let script = self.read.key(self.key(app));
            match self.redis.ask::<(String, i64)>("read_token", &script).await {
                None => Kept::Away,
                Some((text, left)) if !text.is_empty() && left > 0 => {
                    Kept::Token { text, left: Duration::from_millis(left.unsigned_abs()) }
                }
                // What would never end was not put there by us.
                Some(_) => Kept::Nothing,
            }
        })
    }

    fn keep<'a>(&'a self, app: &'a str, text: &'a str, life: Duration) -> Answer<'a, bool> {
        Box::pin(async move {
            let mut script = self.keep.key(self.key(app));
            script.arg(text).arg(u64::try_from(life.as_millis()).unwrap_or(u64::MAX).max(1));
            self.redis.ask::<i64>("keep_token", &script).await.is_some()
        })
    }
}

#[cfg(test)]
mod tests;
