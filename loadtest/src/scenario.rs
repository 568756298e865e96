//! What is done to the gateway, and how it is told: each scenario prepares what it needs, keeps its
//! rate or says that it could not, and ends with everything verified by id.

pub mod console;
pub mod create;
pub mod notify;
pub mod trip;

use std::time::Duration;

use clap::ValueEnum;

use crate::merchants::{Manner, Temper};
use crate::pace::Pace;
use crate::process::Usage;
use crate::report::Report;
use crate::stage::{Plan, Stage};
use crate::verify::{self, Expected};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// Payments are created; then their payers pay.
    Create,
    /// Notifications that tell something new.
    New,
    /// Each notification five times.
    Duplicate,
    /// Every second notification is forged.
    Forged,
    /// Payments, payers and webhooks of many merchants, some dead and some slow.
    Fanout,
    /// Payments, payers and webhooks.
    Trip,
    /// The same, and operators who look at it.
    Console,
}

/// What a run is of.
#[derive(Clone, Debug)]
pub struct Terms {
    pub scenario: Scenario,
    pub pace: Pace,
    pub plan: Plan,
    /// How long the last webhook may take after the last payment.
    pub patience: Duration,
}

impl Terms {
    /// One in a hundred is dead and one in a hundred slow, where there are so many.
    pub fn temper(merchants: u32, dead_percent: u32, slow_percent: u32) -> Temper {
        let share = |percent: u32| (merchants * percent).div_ceil(100);
        let one = merchants > 1;
        Temper {
            merchants,
            dead: if one { share(dead_percent) } else { 0 },
            slow: if one { share(slow_percent) } else { 0 },
        }
    }

    pub async fn run(mut self) -> anyhow::Result<(Stage, Report)> {
        self.plan.caught =
            matches!(self.scenario, Scenario::New | Scenario::Duplicate | Scenario::Forged);
        let mut stage = Stage::set(self.plan.clone()).await?;
        if self.plan.caught {
            stage = stage.without_worker().await?;
        }
        let mut report = Report::new(&self, &stage)?;
        let expected = match self.scenario {
            Scenario::Create => create::run(&stage, &self, &mut report).await?,
            Scenario::New => notify::run(&stage, &self, &mut report, notify::Mix::NEW).await?,
            Scenario::Duplicate => {
                notify::run(&stage, &self, &mut report, notify::Mix::DUPLICATE).await?
            }
            Scenario::Forged => {
                notify::run(&stage, &self, &mut report, notify::Mix::FORGED).await?
            }
            Scenario::Fanout | Scenario::Trip => trip::run(&stage, &self, &mut report).await?,
            Scenario::Console => console::run(&stage, &self, &mut report).await?,
        };
        if self.plan.caught {
            // What was told to it is told on by its worker.
            stage.restart(&[]).await?;
            report.before = Usage::default();
        }
        conclude(&mut stage, &self, &mut report, &expected).await?;
        Ok((stage, report))
    }
}

/// Waits for the merchants to hear of everything, and compares all books.
pub async fn conclude(
    stage: &mut Stage,
    terms: &Terms,
    report: &mut Report,
    expected: &[Expected],
) -> anyhow::Result<()> {
    let dead = |it: &&Expected| stage.plan.temper.of(it.merchant) != Manner::Dead;
    let reachable = expected.iter().filter(dead).count();
    if !stage.inbox.wait_for(reachable, terms.patience).await {
        let heard = stage.inbox.heard().len();
        report.findings.push(format!("{heard} of {reachable} payments were told in time"));
    }
    report.used = stage.gateway.usage()? - report.before;
    report.told(stage, expected);
    report.findings.extend(verify::verify(stage, expected).await?);
    if !report.is_good() {
        report.evidence = Some(stage.keep(&report.findings)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_a_hundred_is_dead() {
        let temper = Terms::temper(100, 1, 1);
        assert_eq!((temper.dead, temper.slow), (1, 1));
        let manners: Vec<_> = [0, 1, 2].map(|it| temper.of(it)).into();
        assert_eq!(manners, [Manner::Dead, Manner::Slow, Manner::Quick]);
        assert_eq!(Terms::temper(1, 1, 1).dead, 0);
        assert_eq!(Terms::temper(1000, 1, 0).dead, 10);
    }
}
