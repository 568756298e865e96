//! Redis, for hints alone: asked within a bound or not at all, and never an error to anyone.
//!
//! What is kept there saves work and shares quotas. Flushed, stopped, frozen or lying, it costs
//! load and no money.

mod circuit;
mod pools;

use std::sync::Arc;
use std::time::Duration;

use redis::{FromRedisValue, ScriptInvocation};
use tokio::time::Instant;

pub use pools::{Access, InvalidTopology, Server, Topology};

use circuit::{Circuit, Entry};
use pools::Pools;

/// For a whole answer, a connection that has to be made included: a fraction of what a channel
/// waits for an acknowledgement, and of a payer's patience.
pub const BOUND: Duration = Duration::from_millis(50);
/// For a connection that no request waits for: a TLS handshake with a far server has its time.
const CONNECT: Duration = Duration::from_secs(2);

/// How asking went, for metrics. A closed set of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Went {
    Answered,
    /// Not within the bound.
    Late,
    /// Redis, or the way to it, refused.
    Failed,
    /// Not asked: it did not answer a moment ago.
    Spared,
}

impl Went {
    pub const ALL: [Self; 4] = [Self::Answered, Self::Late, Self::Failed, Self::Spared];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Late => "late",
            Self::Failed => "failed",
            Self::Spared => "spared",
        }
    }
}

/// Told of each question: what for, how it went, and how long it took.
pub type Watch = Box<dyn Fn(&'static str, Went, Duration) + Send + Sync>;

#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    pools: Pools,
    circuit: Circuit,
    bound: Duration,
    /// In front of every key, so that several gateways may share one Redis.
    prefix: String,
    watch: Watch,
}

impl Redis {
    /// Connects when it is first asked.
    pub fn new(
        topology: &Topology,
        access: &Access,
        prefix: &str,
        watch: Watch,
    ) -> Result<Self, InvalidTopology> {
        let pools = Pools::new(topology, access)?;
        let (circuit, bound, prefix) = (Circuit::default(), BOUND, prefix.into());
        Ok(Self(Arc::new(Inner { pools, circuit, bound, prefix, watch })))
    }

    /// For checks of what is answered and not of how soon: the machine may be busy.
    #[cfg(any(test, feature = "conformance"))]
    #[must_use]
    pub fn patient(mut self) -> Self {
        let inner = Arc::get_mut(&mut self.0).expect("it was not shared yet");
        inner.bound = Duration::from_secs(60);
        self
    }

    /// Whether it answers now, whatever it did before.
    pub async fn answers(&self) -> bool {
        self.0.pools.probe(self.0.bound).await
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// `None` where Redis gives no answer within the bound.
    pub(crate) async fn ask<T: FromRedisValue>(
        &self,
        purpose: &'static str,
        script: &ScriptInvocation<'_>,
    ) -> Option<T> {
        let begun = Instant::now();
        match self.0.circuit.enter(begun) {
            Entry::Pass => {}
            Entry::Refuse => return self.spared(purpose),
            Entry::RefuseAndProbe => {
                tokio::spawn(self.clone().probe());
                return self.spared(purpose);
            }
        }
        let answer = tokio::time::timeout(self.0.bound, self.0.pools.run(script)).await;
        let (went, answer) = match answer {
            Ok(Ok(answer)) => (Went::Answered, Some(answer)),
            Ok(Err(error)) => {
                tracing::debug!(%error, "redis.failed");
                (Went::Failed, None)
            }
            Err(_) => (Went::Late, None),
        };
        self.0.circuit.leave(answer.is_some(), Instant::now());
        (self.0.watch)(purpose, went, begun.elapsed());
        answer
    }

    fn spared<T>(&self, purpose: &'static str) -> Option<T> {
        (self.0.watch)(purpose, Went::Spared, Duration::ZERO);
        None
    }

    /// Finds out beside the requests whether asking is worth it again.
    async fn probe(self) {
        let answers = self.0.pools.probe(self.0.bound).await;
        if self.0.circuit.probed(answers, Instant::now()) {
            tracing::info!("redis.back");
        }
    }
}
