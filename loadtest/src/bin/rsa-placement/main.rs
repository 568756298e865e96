//! Where should an RSA signature be made? Drives a runtime below and beyond what it can sign, and
//! measures what else runs on it; `docs/decisions/0006-where-rsa-runs.md` reads the result.

mod arrivals;

mod cell;
mod placement;
mod report;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use cell::Cell;
use loadtest::bare::Bare;
use placement::Placement;
use report::{Report, Row};

/// Compares placements of RSA-2048 signatures on a tokio runtime. Every figure is a ratio to one
/// bare signature on the same cores in the same minute.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// Workers of the runtime; by default as many as there are cores.
    #[arg(long)]
    workers: Option<usize>,
    /// How often everything is measured; the median is shown.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long one placement is driven at one load.
    #[arg(long, default_value_t = 1500)]
    cell_ms: u64,
    /// Signatures asked for, in percent of what the cores can make.
    #[arg(long, value_delimiter = ',', default_values_t = [50, 90, 120])]
    load: Vec<u64>,
    /// Light tasks each second: a read, a yield and one verification.
    #[arg(long, default_value_t = 1000)]
    light: u64,
    /// Requests under way at once, as `limits.requests`; more are shed.
    #[arg(long, default_value_t = 512)]
    requests: u32,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rsa-placement: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let cores = std::thread::available_parallelism()?.get();
    let workers = arguments.workers.unwrap_or(cores).max(1);
    let placements = Placement::candidates(workers);
    let mut report = Report::default();
    for round in 0..arguments.rounds {
        for load in &arguments.load {
            let bare = Bare::measure(workers.min(cores))?;
            report.bare(&bare);
            let alone = cell(arguments, workers, 0).run(&Placement::Inline)?;
            report.add(0, Placement::Inline, Row::new(&bare, &alone, &alone));
            let asked = bare.per_second * load / 100;
            for index in 0..placements.len() {
                // Each round begins with another one, so that none always meets the same noise.
                let placement = placements[(index + round) % placements.len()];
                let found = cell(arguments, workers, asked).run(&placement)?;
                report.add(*load, placement, Row::new(&bare, &alone, &found));
            }
        }
    }
    write!(std::io::stdout(), "{}", report.text(workers, cores))?;
    Ok(())
}

fn cell(arguments: &Arguments, workers: usize, signs_per_second: u64) -> Cell {
    Cell {
        workers,
        places: arguments.requests,
        light_per_second: arguments.light,
        signs_per_second,
        time: Duration::from_millis(arguments.cell_ms),
    }
}
