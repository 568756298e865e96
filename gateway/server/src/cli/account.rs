//! `paymux account`: accounts at the channels, in the store of a running gateway.

use std::path::PathBuf;

use serde_json::Value;

use super::managed::{self, Keep, Kind};
use super::out::text;
use super::reach::Reach;
use super::section;

const ACCOUNTS: Kind = Kind { name: "accounts", head: ["CHANNEL", "STATE"], own };

#[derive(clap::Subcommand)]
pub(super) enum Command {
    #[command(flatten)]
    Item(managed::Command),
    /// Add one, or with `--replace` write over one.
    Add {
        name: String,
        /// A configuration that has `[accounts.NAME]`, or that section alone; `-` reads standard
        /// input. Keys it refers to (`file:`, `env:`) are read here.
        #[arg(long, short)]
        file: PathBuf,
        #[command(flatten)]
        keep: Keep,
        #[command(flatten)]
        reach: Reach,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Item(command) => ACCOUNTS.run(command).await,
        Command::Add { name, file, keep, reach } => {
            let body = section::read(&file, "accounts", &name)?;
            ACCOUNTS.put(&reach, &name, keep, &body).await
        }
    }
}

fn own(settings: &Value) -> [String; 2] {
    let retired = if settings["retired"] == true { "retired" } else { "" };
    [text(settings, "channel"), retired.into()]
}
