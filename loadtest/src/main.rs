//! `loadtest run SCENARIO`, `loadtest compare`, `loadtest soak`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use loadtest::compare::{self, Peer};
use loadtest::pace::Pace;
use loadtest::scenario::{Scenario, Terms};
use loadtest::soak;
use loadtest::stage::{Plan, Signing};
use loadtest::store::Kind;

/// Load on a real gateway at a fixed rate, then verification by id.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Print the figures as JSON.
    #[arg(long, global = true)]
    json: bool,
    /// The gateway's program; by default the one built beside this.
    #[arg(long, global = true)]
    paymux: Option<PathBuf>,
    /// That it runs on two cores already.
    #[arg(long, global = true, hide = true)]
    pinned: bool,
}

#[derive(Subcommand)]
enum Command {
    /// One scenario, whatever its answers take; fails where the rate was not held, or where
    /// anything was lost or doubled.
    Run(Run),
    /// What the gateway does, beside what the same machine does without one: every ratio in one
    /// run, on two cores, the load included.
    Compare(compare::Terms),
    /// The full trip for a while, and memory that stays as it is.
    Soak(soak::Terms),
    /// One of those that the gateway is compared with.
    #[command(hide = true)]
    Peer {
        peer: Peer,
        #[arg(long)]
        port: u16,
    },
}

#[derive(Args)]
struct Run {
    scenario: Scenario,
    /// Arrivals a second.
    #[arg(long, default_value_t = 100)]
    rate: u32,
    /// For how long they arrive.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// How the channel's requests are signed.
    #[arg(long, value_enum, default_value_t)]
    signing: Signing,
    #[arg(long, value_enum, default_value_t)]
    store: Kind,
    #[arg(long, default_value_t = 1)]
    merchants: u32,
    /// Of a hundred merchants, so many take connections and answer nobody.
    #[arg(long, default_value_t = 0)]
    dead: u32,
    /// Of a hundred merchants, so many answer after a second.
    #[arg(long, default_value_t = 0)]
    slow: u32,
    /// Seconds that the last webhook may take after the last payment.
    #[arg(long, default_value_t = 60)]
    patience: u64,
    /// A page with charts of the figures.
    #[arg(long)]
    chart: Option<PathBuf>,
}

fn main() -> ExitCode {
    match begin(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("loadtest: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything was as it must be.
fn begin(Arguments { command, json, paymux, pinned: _ }: Arguments) -> anyhow::Result<bool> {
    if let Command::Compare(_) = &command {
        compare::to_two_cores()?;
    }
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        match command {
            Command::Run(run) => run.run(json, paymux).await,
            Command::Compare(terms) => {
                let figures = compare::run(&compare::Terms { paymux, ..terms }, json).await?;
                if json {
                    print(&compare::json(&figures).to_string())?;
                }
                Ok(figures.iter().all(compare::Figure::passes))
            }
            Command::Soak(terms) => {
                let soaked = soak::run(&soak::Terms { paymux, ..terms }).await?;
                print(&if json { soaked.json().to_string() } else { soaked.table() })?;
                Ok(soaked.is_good())
            }
            Command::Peer { peer, port } => compare::serve_peer(peer, port).await.map(|()| true),
        }
    })
}

impl Run {
    async fn run(self, json: bool, paymux: Option<PathBuf>) -> anyhow::Result<bool> {
        let plan = Plan {
            store: self.store,
            signing: self.signing,
            temper: Terms::temper(self.merchants, self.dead, self.slow),
            paymux,
            ..Plan::default()
        };
        let terms = Terms {
            scenario: self.scenario,
            pace: Pace::of(self.rate, self.seconds),
            plan,
            patience: Duration::from_secs(self.patience),
        };
        let (_stage, report) = terms.run().await?;
        print(&if json { report.json().to_string() } else { report.table() })?;
        if let Some(path) = self.chart {
            std::fs::write(path, loadtest::chart::page(&[report.json()]))?;
        }
        Ok(report.is_good())
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}
