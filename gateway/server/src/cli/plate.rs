//! `paymux merchant plate`: fixed codes (码牌), and what a printer needs of them.

use std::path::PathBuf;

use anyhow::Context as _;
use http::Method;
use serde_json::{Map, Value};

use super::merchant::act;
use super::out::text;
use super::reach::Reach;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// A merchant's, those of the file too.
    List {
        merchant: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// One, with the address that its code says.
    Show {
        merchant: String,
        id: String,
        /// Write the code as an image, for a printer.
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
        #[command(flatten)]
        reach: Reach,
    },
    /// Add one, or change its name or its amounts; its code stays the same.
    Add {
        merchant: String,
        /// As its address has it: a-z, 0-9, - and _.
        id: String,
        /// What payers read, and the subject of their payments.
        #[arg(long)]
        name: String,
        /// The least to be paid, in fen.
        #[arg(long)]
        min_amount: Option<i64>,
        /// The most, in fen.
        #[arg(long)]
        max_amount: Option<i64>,
        #[command(flatten)]
        reach: Reach,
    },
    /// Take one away: its code leads nowhere.
    Remove {
        merchant: String,
        id: String,
        #[command(flatten)]
        reach: Reach,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::List { merchant, reach } => list(&reach, &merchant).await,
        Command::Show { merchant, id, svg, reach } => show(&reach, &merchant, &id, svg).await,
        Command::Add { merchant, id, name, min_amount, max_amount, reach } => {
            let mut body = Map::from_iter([("name".to_owned(), name.into())]);
            body.extend(min_amount.map(|it| ("min_amount".to_owned(), it.into())));
            body.extend(max_amount.map(|it| ("max_amount".to_owned(), it.into())));
            let path = format!("{merchant}/plates/{id}");
            act(&reach, Method::PUT, &path, Some(&body.into())).await
        }
        Command::Remove { merchant, id, reach } => {
            act(&reach, Method::DELETE, &format!("{merchant}/plates/{id}"), None).await
        }
    }
}

async fn list(reach: &Reach, merchant: &str) -> anyhow::Result<()> {
    let answer = reach.open()?.get(&format!("/admin/v1/merchants/{merchant}/plates")).await?;
    let rows = answer["data"].as_array().into_iter().flatten().map(row).collect();
    reach.out().rows(&answer, &["ID", "NAME", "FROM", "TO", "URL"], rows)
}

fn row(it: &Value) -> Vec<String> {
    ["id", "name", "min_amount", "max_amount", "url"].map(|key| text(it, key)).to_vec()
}

async fn show(reach: &Reach, merchant: &str, id: &str, svg: Option<PathBuf>) -> anyhow::Result<()> {
    let path = format!("/admin/v1/merchants/{merchant}/plates/{id}");
    let (answer, out) = (reach.open()?.get(&path).await?, reach.out());
    if let Some(file) = svg {
        let written = std::fs::write(&file, text(&answer, "svg"));
        written.with_context(|| format!("{} cannot be written", file.display()))?;
        out.note(&format!("the code is in {}", file.display()));
    }
    if out.is_json() {
        return out.value(&answer);
    }
    let of = |key: &'static str| (key, text(&answer, key));
    out.pairs(&[of("id"), of("name"), of("min_amount"), of("max_amount"), of("url")])
}
