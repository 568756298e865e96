//! `paymux account`: accounts at the channels, in the store of a running gateway.

use std::path::PathBuf;

use serde_json::Value;

use super::merchant::{Keep, put, remove, show};
use super::out::text;
use super::reach::Reach;
use super::section;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// All of them, those of the file too.
    List {
        #[command(flatten)]
        reach: Reach,
    },
    /// One, without its secrets.
    Show {
        name: String,
        #[command(flatten)]
        reach: Reach,
    },
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
    /// Remove one that is retired.
    Remove {
        name: String,
        #[command(flatten)]
        reach: Reach,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::List { reach } => list(&reach).await,
        Command::Show { name, reach } => show(&reach, "accounts", &name).await,
        Command::Add { name, file, keep, reach } => {
            let body = section::read(&file, "accounts", &name)?;
            put(&reach, "accounts", &name, keep, &body).await
        }
        Command::Remove { name, reach } => remove(&reach, "accounts", &name).await,
    }
}

async fn list(reach: &Reach) -> anyhow::Result<()> {
    let answer = reach.open()?.get("/admin/v1/accounts").await?;
    let rows = answer["data"].as_array().into_iter().flatten().map(row).collect();
    let head = ["NAME", "SOURCE", "VERSION", "CHANNEL", "STATE", "CHANGED", "BY"];
    reach.out().rows(&answer, &head, rows)
}

fn row(it: &Value) -> Vec<String> {
    let settings = &it["settings"];
    let retired = if settings["retired"] == true { "retired" } else { "" };
    let of = |key: &str| text(it, key);
    vec![
        of("id"),
        of("source"),
        of("version"),
        text(settings, "channel"),
        retired.into(),
        of("changed_at"),
        of("changed_by"),
    ]
}
