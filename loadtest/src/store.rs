//! Where the gateway keeps its payments: a file, or private services on free ports.

use clap::ValueEnum;
use paymux_services::{Postgres, Redis};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    #[default]
    Sqlite,
    Postgres,
    /// PostgreSQL with Redis beside it.
    PostgresRedis,
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::PostgresRedis => "PostgreSQL + Redis",
        }
    }
}

/// Alive as long as the handle.
#[derive(Default)]
pub struct Services {
    pub postgres: Option<Postgres>,
    pub redis: Option<Redis>,
    pub url: Option<String>,
}

impl Services {
    /// What is committed is on the disk: nothing is faster here than in production.
    pub fn start(kind: Kind) -> Self {
        let postgres = (kind != Kind::Sqlite).then(Postgres::start_durable);
        let url = postgres.as_ref().map(Postgres::database);
        let redis = (kind == Kind::PostgresRedis).then(Redis::start);
        Self { postgres, redis, url }
    }

    /// Their part of the gateway's settings.
    pub fn settings(&self) -> String {
        let mut text = String::new();
        if self.url.is_some() {
            text += "[store]\ndriver = \"postgres\"\nurl = \"file:keys/store-url.txt\"\n";
        }
        if let Some(redis) = &self.redis {
            text += &format!("[redis]\ntopology = \"single\"\nservers = [\"{}\"]\n", redis.url());
        }
        text
    }
}
