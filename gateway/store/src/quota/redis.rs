//! Counts of several nodes, in Redis: read, compared and moved by one script, by Redis's clock.

use redis::Script;

use super::{Answer, Ask, Quota, Taken};
use crate::redis::Redis;

/// The clock of the one server that has an account's counts is the one clock there is.
const CLOCK: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]";

/// The same as `Ask::moved`, over all counts or none. No count is ever due so far ahead unless the
/// clock was set back: then it begins anew. Numbers are written without an exponent.
const TAKE: &str = "
local due = {}
for i, key in ipairs(KEYS) do
  local interval, slack = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local next = tonumber(redis.call('GET', key) or '')
  if next and next - now > 5000000 + slack + interval then next = nil end
  if next and next - now > slack then return i end
  due[i] = math.max(next or now, now) + interval
end
for i, key in ipairs(KEYS) do
  local keep = due[i] - now + tonumber(ARGV[2 * i - 1])
  redis.call('SET', key, string.format('%.0f', due[i]), 'PX', math.ceil(keep / 1000) + 1000)
end
return 0";

pub struct RedisQuota {
    redis: Redis,
    take: Script,
}

impl RedisQuota {
    pub fn new(redis: Redis) -> Self {
        Self::by(CLOCK, redis)
    }

    fn by(clock: &str, redis: Redis) -> Self {
        Self { redis, take: Script::new(&[clock, TAKE].concat()) }
    }
}

impl Quota for RedisQuota {
    fn take<'a>(&'a self, account: &'a str, asks: &'a [Ask]) -> Answer<'a, Taken> {
        Box::pin(async move {
            let mut script = self.take.prepare_invoke();
            for ask in asks {
                // An account's counts are asked together, so they live in one slot of a cluster.
                script.key(format!("{}:quota:{{{account}}}:{}", self.redis.prefix(), ask.count));
                script.arg(ask.interval_us).arg(ask.slack_us);
            }
            match self.redis.ask::<usize>("quota", &script).await {
                Some(0) => Taken::All,
                Some(place) if place <= asks.len() => Taken::Over(place - 1),
                Some(_) | None => Taken::Away,
            }
        })
    }
}

#[cfg(test)]
mod tests;
