//! What happens to the nodes and their services while they work.

use std::time::Duration;

use paymux_tests::nodes::Nodes;
use tokio::time::{Instant, sleep_until};

/// Every key is gone, says that its work is done, or belongs to somebody who does not exist.
const LIE: &str = "\
local lies = { 'done', 'ffffffffffffffff' } \
for index, key in ipairs(redis.call('SCAN', '0', 'COUNT', '1000')[2]) do \
  if redis.call('TYPE', key).ok == 'string' then \
    local lie = lies[(index + tonumber(redis.call('TIME')[2])) % 3 + 1] \
    if lie then redis.call('SET', key, lie, 'PX', '3000') else redis.call('DEL', key) end \
  end \
end \
return 'lied'";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    None,
    /// All keys are gone, again and again.
    RedisForgets,
    /// It is down, and up again.
    RedisAway,
    /// It answers two seconds late.
    RedisSlow,
    /// Its keys say what nobody wrote.
    RedisLies,
    /// A fast shutdown and a start.
    PostgresRestarted,
    /// An immediate shutdown and a start.
    PostgresCrashes,
    /// `kill -9`, and a start.
    NodeKilled,
    /// Stands still for longer than its leases last, and goes on.
    NodeFrozen,
}

impl Trouble {
    /// Whether a delivery may be interrupted between the merchant's answer and our record of it.
    pub(crate) fn interrupts(self) -> bool {
        match self {
            Self::PostgresRestarted
            | Self::PostgresCrashes
            | Self::NodeKilled
            | Self::NodeFrozen => true,
            Self::None
            | Self::RedisForgets
            | Self::RedisAway
            | Self::RedisSlow
            | Self::RedisLies => false,
        }
    }

    /// From one turn to the next; there are two kinds of turn where something goes and comes back.
    const fn period(self) -> Duration {
        match self {
            Self::None => Duration::from_secs(3600),
            Self::RedisForgets | Self::RedisLies => Duration::from_millis(100),
            Self::RedisAway | Self::RedisSlow | Self::NodeKilled => Duration::from_secs(2),
            Self::PostgresRestarted | Self::PostgresCrashes => Duration::from_secs(3),
            // Longer than a lease.
            Self::NodeFrozen => Duration::from_secs(15),
        }
    }
}

pub(crate) struct Troublemaker {
    trouble: Trouble,
    next: Instant,
    turn: usize,
}

impl Troublemaker {
    pub(crate) fn new(trouble: Trouble) -> Self {
        // Not before there is something to disturb.
        Self { trouble, next: Instant::now() + Duration::from_millis(500), turn: 0 }
    }

    /// Waits until something is to happen.
    pub(crate) async fn moment(&self) {
        sleep_until(self.next).await;
    }

    /// Does the next thing, wholly.
    pub(crate) async fn make(&mut self, nodes: &mut Nodes) {
        self.act(nodes).await;
        self.turn += 1;
        self.next = Instant::now() + self.trouble.period();
    }

    /// Whatever is away comes back.
    pub(crate) async fn make_good(&mut self, nodes: &mut Nodes) {
        let comes_and_goes = match self.trouble {
            Trouble::RedisAway | Trouble::RedisSlow | Trouble::NodeKilled => true,
            Trouble::NodeFrozen => true,
            Trouble::None
            | Trouble::RedisForgets
            | Trouble::RedisLies
            | Trouble::PostgresRestarted
            | Trouble::PostgresCrashes => false,
        };
        if comes_and_goes && !self.turn.is_multiple_of(2) {
            self.act(nodes).await;
        }
    }

    async fn act(&self, nodes: &mut Nodes) {
        let away = self.turn.is_multiple_of(2);
        let victim = self.turn / 2 % nodes.nodes.len();
        match self.trouble {
            Trouble::None => {}
            Trouble::RedisForgets => nodes.redis.flush(),
            Trouble::RedisLies => {
                let said = nodes.redis.say(&format!("EVAL \"{LIE}\" 0"));
                assert!(said.contains("lied"), "redis refuses: {said}");
            }
            Trouble::RedisAway if away => nodes.redis.stop(),
            Trouble::RedisAway => nodes.redis.restart(),
            Trouble::RedisSlow if away => nodes.redis.freeze(),
            Trouble::RedisSlow => nodes.redis.thaw(),
            Trouble::PostgresRestarted => nodes.postgres.restart_fast(),
            Trouble::PostgresCrashes => nodes.postgres.restart_immediate(),
            Trouble::NodeKilled if away => nodes.nodes[victim].kill().await,
            Trouble::NodeKilled => {
                nodes.nodes[victim].start(&[]).await.expect("it starts again");
            }
            Trouble::NodeFrozen if away => nodes.nodes[victim].freeze().await,
            Trouble::NodeFrozen => nodes.nodes[victim].thaw().await,
        }
    }
}
