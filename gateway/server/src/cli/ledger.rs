//! `paymux ledger`: what a merchant's books hold, what moved in them, and whether they agree.

use serde_json::Value;

use super::out::text;
use super::reach::{Reach, query};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// What a merchant's books hold.
    Show {
        merchant: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// What moved in them, oldest first.
    Journal {
        merchant: String,
        /// Where the page before this one ended.
        #[arg(long)]
        after: Option<u64>,
        /// 1 to 100.
        #[arg(long, default_value_t = 20)]
        limit: usize,
        #[command(flatten)]
        reach: Reach,
    },
    /// Derive every balance from the journal; ends with 1 where one differs. Reads all there is.
    Check {
        #[command(flatten)]
        reach: Reach,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Show { merchant, reach } => show(&reach, &merchant).await,
        Command::Journal { merchant, after, limit, reach } => {
            let after = after.map(|it| it.to_string());
            let asked = query(&[("after", after), ("limit", Some(limit.to_string()))]);
            journal(&reach, &merchant, &asked).await
        }
        Command::Check { reach } => check(&reach).await,
    }
}

/// In minor units, as everything that is added up.
fn rows(answer: &Value, keys: &[&str]) -> Vec<Vec<String>> {
    let rows = answer["data"].as_array().into_iter().flatten();
    rows.map(|it| keys.iter().map(|key| text(it, key)).collect()).collect()
}

async fn show(reach: &Reach, merchant: &str) -> anyhow::Result<()> {
    let answer = reach.open()?.get(&format!("/admin/v1/merchants/{merchant}/ledger")).await?;
    let head = ["BOOK", "MINOR UNITS", "CURRENCY"];
    reach.out().rows(&answer, &head, rows(&answer, &["book", "amount", "currency"]))
}

async fn journal(reach: &Reach, merchant: &str, asked: &str) -> anyhow::Result<()> {
    let path = format!("/admin/v1/merchants/{merchant}/journal{asked}");
    let answer = reach.open()?.get(&path).await?;
    let head = ["BOOKED", "CAUSE", "DEBIT", "CREDIT", "MINOR UNITS", "CURRENCY"];
    let keys = ["booked_at", "cause", "debit", "credit", "amount", "currency"];
    let out = reach.out();
    out.rows(&answer, &head, rows(&answer, &keys))?;
    out.note(&format!("more: --after {}", answer["next_after"]));
    Ok(())
}

async fn check(reach: &Reach) -> anyhow::Result<()> {
    let answer = reach.open()?.get("/admin/v1/ledger/check").await?;
    let head = ["BOOK", "CURRENCY", "KEPT", "DERIVED"];
    reach.out().rows(&answer, &head, rows(&answer, &["book", "currency", "kept", "derived"]))?;
    for it in answer["settlements"].as_array().into_iter().flatten() {
        let settlement = it["settlement"].as_str();
        let whose = settlement.map_or_else(|| text(it, "merchant"), str::to_owned);
        reach.out().note(&format!("{whose}: {}", text(it, "what")));
    }
    anyhow::ensure!(answer["balanced"] == true, "the ledger does not add up");
    Ok(())
}
