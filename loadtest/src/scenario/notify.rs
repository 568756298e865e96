//! Storms of notifications: the channel's own, kept by the relay, and sent at a rate of ours.

use std::time::Duration;

use anyhow::ensure;

use super::{Terms, create};
use crate::flock;
use crate::pace::{Pace, Run};
use crate::relay::Message;
use crate::report::Report;
use crate::stage::Stage;
use crate::verify::Expected;

/// Payments under way at once while a storm is prepared.
const CREATORS: usize = 32;
const PATIENCE: Duration = Duration::from_secs(120);
/// A message that was answered "again" comes again, as the channel would send it.
const TRIES: usize = 20;

/// What a storm is made of.
#[derive(Clone, Copy, Debug)]
pub struct Mix {
    /// How often each message comes.
    pub copies: u32,
    /// A forged one beside each.
    pub forged: bool,
}

impl Mix {
    pub const NEW: Self = Self { copies: 1, forged: false };
    pub const DUPLICATE: Self = Self { copies: 5, forged: false };
    pub const FORGED: Self = Self { copies: 1, forged: true };

    const fn each(self) -> u32 {
        self.copies * if self.forged { 2 } else { 1 }
    }
}

pub async fn run(
    stage: &Stage,
    terms: &Terms,
    report: &mut Report,
    mix: Mix,
) -> anyhow::Result<Vec<Expected>> {
    let total = terms.pace.total / mix.each();
    let (expected, messages) = prepare(stage, total, "load").await?;
    report.rest(stage)?;
    let storm = storm(stage, terms.pace, mix, &messages).await;
    report.main("notify", &storm, stage)?;
    let believed = storm.answers.iter().filter(|it| it.it == Said::Believed).count();
    if believed > 0 {
        report.findings.push(format!("{believed} forged notifications were acknowledged"));
    }
    let again = storm.answers.iter().filter(|it| it.it == Said::Again).count();
    report.note("answered \"again\"", again);
    insist(stage, &messages).await?;
    Ok(expected)
}

/// Payments of which the channel has told, and what it said.
pub async fn prepare(
    stage: &Stage,
    total: u32,
    name: &str,
) -> anyhow::Result<(Vec<Expected>, Vec<Message>)> {
    let one = |number| create::one(stage, number, format!("{name}-{number}"));
    let created = flock::of(CREATORS, 0..total, one).await;
    let expected = created.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    create::pay(stage, &expected).await?;
    let messages = stage.relay.take(expected.len(), PATIENCE).await?;
    Ok((expected, messages))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Received,
    Again,
    Refused,
    /// A forged one was acknowledged.
    Believed,
}

async fn storm(stage: &Stage, pace: Pace, mix: Mix, messages: &[Message]) -> Run<Said> {
    pace.run(|number| {
        let index = usize::try_from(number / mix.each()).unwrap_or(0) % messages.len().max(1);
        let forged = mix.forged && number % 2 == 1;
        let message = &messages[index];
        let message = if forged { message.forged() } else { message.clone() };
        let (client, gateway) = (stage.client.clone(), stage.gateway_url());
        async move {
            let received = message.send(&client, &gateway).await?;
            Ok(match (forged, received) {
                (false, true) => Said::Received,
                (false, false) => Said::Again,
                (true, false) => Said::Refused,
                (true, true) => Said::Believed,
            })
        }
    })
    .await
}

/// What was not acknowledged is sent again, as the channel does.
async fn insist(stage: &Stage, messages: &[Message]) -> anyhow::Result<()> {
    let told = flock::of(CREATORS, messages.iter().cloned(), |message| {
        let (client, gateway) = (stage.client.clone(), stage.gateway_url());
        async move {
            for _ in 0..TRIES {
                if message.send(&client, &gateway).await? {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            let said = String::from_utf8_lossy(&message.body).into_owned();
            ensure!(false, "never acknowledged: {said}");
            Ok(())
        }
    });
    told.await.into_iter().collect()
}
