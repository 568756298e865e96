//! The command line: arguments in, exit code out.
//!
//! What serves, checks or migrates works on a configuration; what looks into payments and changes
//! merchants asks a running gateway at its admin listener.

mod account;
mod bills;
mod complete;
mod error;
mod events;
mod ledger;
mod man;
mod managed;
mod merchant;
mod out;
mod payments;
mod plate;
mod progress;
mod reach;
mod replay;
mod reseal;
mod section;
mod settlements;
mod transfers;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::admin::hash_password;
use crate::settings::{Role, Roles};
use crate::{demo, diff, doctor, migrate, route, sandbox, serve};

use error::CliError;

/// A self-hosted gateway for Alipay and WeChat Pay.
#[derive(Parser)]
#[command(name = "paymux", version, about, after_help = error::EXIT_CODES)]
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
        /// What this process does: `api` listens for merchants and channels, `worker` works on
        /// tasks. By default both.
        #[arg(long, value_delimiter = ',', value_name = "ROLES")]
        role: Vec<RoleName>,
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
    /// Look at the rules of routing.
    Route {
        #[command(subcommand)]
        command: RouteCommand,
    },
    /// Bring the database of a configuration to this program's schema.
    Migrate {
        #[arg(long, short, default_value = "paymux.toml")]
        config: PathBuf,
        /// Only tell what is missing, with status 1 if anything is.
        #[arg(long)]
        check: bool,
    },
    /// Look at everything a configuration names, and say what is wrong and what to do.
    ///
    /// Asks each account's channel after an order that never was; moves no money. Ends with 1 when
    /// something is broken.
    Doctor {
        #[arg(long, short, default_value = "paymux.toml")]
        config: PathBuf,
        /// For machines.
        #[arg(long)]
        json: bool,
    },
    /// What the admin listener's users need.
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Find payments, see what happened to them, and ask their channels, at a running gateway.
    Payments {
        #[command(subcommand)]
        command: payments::Command,
    },
    /// Find what was paid out, see its story, and allow what is held, at a running gateway.
    Transfers {
        #[command(subcommand)]
        command: transfers::Command,
    },
    /// See what merchants' books hold, and check the ledger, at a running gateway.
    Ledger {
        #[command(subcommand)]
        command: ledger::Command,
    },
    /// See what merchants are owed by period, agree to it and pay it, at a running gateway.
    Settlements {
        #[command(subcommand)]
        command: settlements::Command,
    },
    /// See what merchants were told, at a running gateway.
    Events {
        #[command(subcommand)]
        command: events::Command,
    },
    /// Send an event again, or all that a merchant has not heard in a time.
    Replay(replay::Replay),
    /// See and change merchants, their keys and their endpoints, at a running gateway.
    Merchant {
        #[command(subcommand)]
        command: merchant::Command,
    },
    /// See and change accounts at the channels, at a running gateway.
    Account {
        #[command(subcommand)]
        command: account::Command,
    },
    /// Fetch the days' bills of accounts, and see what became of them, at a running gateway.
    Bills {
        #[command(subcommand)]
        command: bills::Command,
    },
    /// Write a shell's completions: `source <(paymux completions bash)`.
    Completions { shell: clap_complete::Shell },
    /// Write the man page, or with `--dir` one of each command.
    Man {
        #[arg(long)]
        dir: Option<PathBuf>,
    },
    /// Look at a configuration.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum RoleName {
    Api,
    Worker,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Api => Self::Api,
            RoleName::Worker => Self::Worker,
        }
    }
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
enum AdminCommand {
    /// Read a password from standard input, and write the hash that `admin.users.NAME.password`
    /// refers to.
    HashPassword,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Read it, open every account, and tell everything that is wrong.
    Check {
        #[arg(default_value = "paymux.toml")]
        file: PathBuf,
    },
    /// Tell what a reload would change.
    ///
    /// Ends with 0 when nothing would, with 1 when something would, and with 2 when a
    /// configuration is bad or would be refused. Of secrets it says that they differ, and no more.
    Diff {
        /// What runs; or, with `--against`, nothing.
        #[arg(required_unless_present = "against")]
        old: Option<PathBuf>,
        /// What is to run.
        #[arg(required_unless_present = "against")]
        new: Option<PathBuf>,
        /// Ask a running gateway at its admin listener (http://127.0.0.1:8081) what reading its
        /// own file again would change. It is asked with the token in PAYMUX_ADMIN_TOKEN or, when
        /// it has no users, in the file of its run in this folder.
        #[arg(long, conflicts_with_all = ["old", "new"], value_name = "URL")]
        against: Option<String>,
    },
    /// Seal everything in the store of a running gateway anew, with the first of its seal keys;
    /// then the others can be taken away.
    Reseal {
        #[command(flatten)]
        reach: reach::Reach,
    },
}

#[derive(Subcommand)]
enum RouteCommand {
    /// Say which account would take a payment, and why not the others.
    Explain(Box<route::Explain>),
}

pub fn main() -> ExitCode {
    crate::install_crypto();
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(run(arguments.command)) {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

async fn run(command: Option<Command>) -> anyhow::Result<ExitCode> {
    match command.unwrap_or(Command::Serve { config: None, role: vec![] }) {
        Command::Serve { config, role } => {
            let roles: Vec<_> = role.into_iter().map(Role::from).collect();
            serve::run(config, Roles::of(&roles)).await
        }
        Command::Demo { exit } => demo::run(exit).await,
        Command::Sandbox { command: Some(SandboxCommand::Init { dir }), .. } => sandbox::init(&dir),
        Command::Sandbox { command: None, config } => sandbox::run(config).await,
        Command::Route { command: RouteCommand::Explain(it) } => route::explain(*it),
        Command::Migrate { config, check } => migrate::run(&config, check).await,
        Command::Doctor { config, json } => return doctor::run(&config, json).await,
        Command::Config { command } => return configuration(command).await,
        Command::Admin { command: AdminCommand::HashPassword } => hash_password::run(),
        Command::Payments { command } => payments::run(command).await,
        Command::Transfers { command } => transfers::run(command).await,
        Command::Ledger { command } => ledger::run(command).await,
        Command::Settlements { command } => settlements::run(command).await,
        Command::Events { command } => events::run(command).await,
        Command::Replay(replay) => replay::run(replay).await,
        Command::Merchant { command } => merchant::run(command).await,
        Command::Account { command } => account::run(command).await,
        Command::Bills { command } => bills::run(command).await,
        Command::Completions { shell } => complete::run(shell),
        Command::Man { dir } => man::run(dir.as_deref()),
    }
    .map(|()| ExitCode::SUCCESS)
}

async fn configuration(command: ConfigCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Check { file } => serve::check(&file).map(|()| ExitCode::SUCCESS),
        ConfigCommand::Diff { old: Some(old), new: Some(new), .. } => diff::files(&old, &new),
        ConfigCommand::Diff { against: Some(admin), .. } => diff::running(&admin).await,
        ConfigCommand::Reseal { reach } => reseal::run(&reach).await.map(|()| ExitCode::SUCCESS),
        ConfigCommand::Diff { .. } => unreachable!("the arguments require one or the other"),
    }
}

/// With a code that a script can tell apart.
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("paymux: {error:#}");
    error.downcast_ref::<CliError>().map_or(ExitCode::FAILURE, CliError::code)
}

/// As the shells and the man page need it.
fn definition() -> clap::Command {
    <Arguments as clap::CommandFactory>::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_definition_is_consistent() {
        super::definition().debug_assert();
    }
}
