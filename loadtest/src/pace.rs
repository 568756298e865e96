//! The arrivals: one after another at their moments, whether or not the last was answered. What is
//! measured begins when an arrival was due, so time that it spent waiting for its turn counts.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::latency::{Latency, now};

/// Beyond it the load generator, and not the gateway, was too slow.
const LATE: Duration = Duration::from_millis(100);
/// The last answer may come so much later than the last arrival.
const TAIL: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub rate: u32,
    pub total: u32,
}

/// What came of the arrivals.
pub struct Run<T> {
    pub pace: Pace,
    pub answers: Vec<Answer<T>>,
    pub failed: Vec<String>,
    pub latency: Latency,
    /// How late arrivals left us.
    pub lateness: Latency,
    pub begun: Instant,
    pub elapsed: Duration,
}

pub struct Answer<T> {
    pub due: Instant,
    pub latency: Duration,
    pub it: T,
}

impl Pace {
    pub const fn of(rate: u32, seconds: u32) -> Self {
        Self { rate, total: rate * seconds }
    }

    pub async fn run<T, F>(self, send: impl Fn(u32) -> F) -> Run<T>
    where
        F: Future<Output = anyhow::Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        let (begun, mut answers) = (now(), JoinSet::new());
        let mut lateness = Latency::default();
        for number in 0..self.total {
            let due = begun + self.moment(number);
            // A timer is good to a millisecond; what is due within it goes now.
            if due > now() {
                tokio::time::sleep_until(due.into()).await;
            }
            lateness.note(now().duration_since(due));
            let sent = send(number);
            answers.spawn(async move {
                let it = sent.await;
                (due, now().duration_since(due), it)
            });
        }
        let mut run = Run::new(self, begun, lateness);
        while let Some(answer) = answers.join_next().await {
            match answer {
                Ok((due, latency, it)) => run.take(due, latency, it),
                Err(panic) => run.failed.push(panic.to_string()),
            }
        }
        run.elapsed = begun.elapsed();
        run
    }

    /// When an arrival is due, from the beginning.
    fn moment(self, number: u32) -> Duration {
        Duration::from_nanos(u64::from(number) * 1_000_000_000 / u64::from(self.rate.max(1)))
    }
}

impl<T> Run<T> {
    fn new(pace: Pace, begun: Instant, lateness: Latency) -> Self {
        let (answers, failed, latency) = (vec![], vec![], Latency::default());
        Self { pace, answers, failed, latency, lateness, begun, elapsed: Duration::ZERO }
    }

    fn take(&mut self, due: Instant, latency: Duration, it: anyhow::Result<T>) {
        match it {
            Ok(it) => {
                self.latency.note(latency);
                self.answers.push(Answer { due, latency, it });
            }
            Err(error) => self.failed.push(format!("{error:#}")),
        }
    }

    /// Why this was not the rate that was asked for.
    pub fn shortfall(&self) -> Option<String> {
        let Pace { rate, total } = self.pace;
        let planned = self.pace.moment(total);
        if !self.failed.is_empty() {
            return Some(format!("{} of {total} were refused or lost", self.failed.len()));
        }
        if self.lateness.at(990) > LATE {
            let late = self.lateness.at(990).as_millis();
            return Some(format!("the load generator was {late} ms behind {rate} a second"));
        }
        if self.elapsed > planned + planned / 10 + TAIL {
            let (took, planned) = (self.elapsed.as_millis(), planned.as_millis());
            return Some(format!("{total} took {took} ms and not {planned} ms"));
        }
        None
    }

    pub fn json(&self) -> Value {
        json!({
            "rate": self.pace.rate,
            "sent": self.pace.total,
            "answered": self.answers.len(),
            "failed": self.failed.len(),
            "elapsed_ms": u64::try_from(self.elapsed.as_millis()).unwrap_or(0),
            "held": self.shortfall().is_none(),
            "latency": self.latency.json(),
            "lateness": self.lateness.json(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn paced(rate: u32, total: u32, answer: Duration) -> Run<u32> {
        let send = |number| async move {
            let wait = tokio::time::timeout(answer, std::future::pending::<()>());
            let _ = wait.await;
            Ok(number)
        };
        Pace { rate, total }.run(send).await
    }

    #[tokio::test]
    async fn arrivals_do_not_wait_for_answers() {
        let run = paced(200, 40, Duration::from_millis(150)).await;
        assert_eq!(run.answers.len(), 40);
        assert_eq!(run.shortfall(), None);
        assert!(run.elapsed < Duration::from_secs(2), "{:?}", run.elapsed);
        assert!(run.latency.at(500) >= Duration::from_millis(149));
    }

    #[tokio::test]
    async fn what_waits_for_its_turn_counts_from_when_it_was_due() {
        let turn = std::sync::Arc::new(tokio::sync::Mutex::new(()));
        let run = Pace { rate: 1000, total: 20 }.run(|number| {
            let turn = turn.clone();
            async move {
                let _turn = turn.lock().await;
                let wait = tokio::time::timeout(Duration::from_millis(20), std::future::pending());
                let _: Result<(), _> = wait.await;
                Ok(number)
            }
        });
        let run = run.await;
        // The last one waited for all the others: the mean of the answers alone would be 20 ms.
        assert!(run.latency.max() >= Duration::from_millis(350), "{:?}", run.latency.max());
    }

    #[tokio::test]
    async fn a_rate_that_is_not_held_is_said() {
        let slow = paced(1000, 10, Duration::from_millis(1500)).await;
        assert!(slow.shortfall().is_some_and(|it| it.contains("took")), "{:?}", slow.shortfall());
        let lost = Pace { rate: 100, total: 2 };
        let lost = lost.run(|_| async { Err::<(), _>(anyhow::anyhow!("503")) }).await;
        assert!(lost.shortfall().is_some_and(|it| it.contains("2 of 2")));
    }
}
