//! `paymux`: arguments in, exit code out.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A self-hosted gateway for Alipay and WeChat Pay.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve; without a configuration, against simulated channels.
    Serve {
        /// The configuration; by default `paymux.toml` in this folder, if there is one.
        #[arg(long, short)]
        config: Option<PathBuf>,
    },
    /// Show the whole trip of a payment through each channel, everything embedded.
    Demo {
        /// End afterwards, with status 0 or 1, instead of serving on.
        #[arg(long)]
        exit: bool,
    },
    /// Run the simulated channels alone.
    Sandbox {
        #[command(subcommand)]
        command: Option<SandboxCommand>,
        /// What `sandbox init` wrote; by default the demo's keys on 127.0.0.1:9100.
        #[arg(long, short)]
        config: Option<PathBuf>,
    },
    /// Look at a configuration.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
}

#[derive(Subcommand)]
enum SandboxCommand {
    /// Write fresh keys and the matching configuration of both sides.
    Init {
        /// A new or empty folder.
        dir: PathBuf,
    },
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Read it, open every account, and tell everything that is wrong.
    Check {
        #[arg(default_value = "paymux.toml")]
        file: PathBuf,
    },
}

fn main() -> ExitCode {
    paymux::install_crypto();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(run(Arguments::parse().command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

async fn run(command: Option<Command>) -> anyhow::Result<()> {
    match command.unwrap_or(Command::Serve { config: None }) {
        Command::Serve { config } => paymux::serve::run(config).await,
        Command::Demo { exit } => paymux::demo::run(exit).await,
        Command::Sandbox { command: Some(SandboxCommand::Init { dir }), .. } => {
            paymux::sandbox::init(&dir)
        }
        Command::Sandbox { command: None, config } => paymux::sandbox::run(config).await,
        Command::Config { command: ConfigCommand::Check { file } } => paymux::serve::check(&file),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("paymux: {error:#}");
    ExitCode::FAILURE
}
