//! The full trip: created, paid a moment later, notified, told.

use super::{Terms, create};
use crate::pace::Run;
use crate::report::Report;
use crate::stage::Stage;
use crate::verify::Expected;

/// How long a simulated payer thinks.
pub const THINKING_MS: u64 = 20;

pub async fn run(
    stage: &Stage,
    terms: &Terms,
    report: &mut Report,
) -> anyhow::Result<Vec<Expected>> {
    let run = arrivals(stage, terms).await?;
    report.main("create", &run, stage)?;
    Ok(create::expected(run))
}

/// Payments whose payers pay by themselves.
pub async fn begin(stage: &Stage, terms: &Terms) -> anyhow::Result<Vec<Expected>> {
    Ok(create::expected(arrivals(stage, terms).await?))
}

async fn arrivals(stage: &Stage, terms: &Terms) -> anyhow::Result<Run<Expected>> {
    stage.let_payers_pay(THINKING_MS).await?;
    Ok(create::create(stage, terms.pace, "load").await)
}
