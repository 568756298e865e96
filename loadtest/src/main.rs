//! Open-loop load on a real gateway, then verification by id: after the run every payment must
//! have exactly one success and at least one delivery, and the channels' books must agree.

mod client;
mod inbox;
mod load;
mod process;
mod report;
mod stage;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use load::Load;
use stage::Stage;

/// Creates payments at a fixed rate, whatever the answers take, and follows each to its webhook.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// Payments begun each second.
    #[arg(long, default_value_t = 100)]
    rate: u32,
    /// For how long payments are begun.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// The channel to pay through: alipay or wechat.
    #[arg(long, default_value = "alipay")]
    channel: String,
    /// How long the last webhook may take after the last payment.
    #[arg(long, default_value_t = 60)]
    patience: u64,
    /// The gateway's program; by default the one built beside this.
    #[arg(long)]
    paymux: Option<PathBuf>,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be built");
    match runtime.block_on(run(&Arguments::parse())) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("loadtest: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every payment was found as it must be.
async fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let stage = Stage::set(arguments.paymux.as_deref()).await?;
    let idle = stage.gateway.usage()?;
    let load = Load {
        rate: arguments.rate,
        seconds: arguments.seconds,
        channel: arguments.channel.clone(),
    };
    let run = load.run(&stage).await;
    let patience = Duration::from_secs(arguments.patience);
    let complete = stage.inbox.wait_for(run.created.len(), patience).await;
    let busy = stage.gateway.usage()?;
    let findings = verify::verify(&stage, &run).await?;
    let report = report::Report { run: &run, idle, busy, findings: &findings, stage: &stage };
    report.print(arguments.json)?;
    Ok(complete && findings.is_empty() && run.failed.is_empty())
}
