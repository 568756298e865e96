//! `paymux events`: what a merchant was told, byte for byte.

use serde_json::Value;

use super::out::text;
use super::reach::{Reach, query};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// A merchant's, in the order in which they came true.
    List {
        merchant: String,
        /// Where the page before this one ended.
        #[arg(long)]
        after: Option<String>,
        /// 1 to 100.
        #[arg(long, default_value_t = 20)]
        limit: usize,
        #[command(flatten)]
        reach: Reach,
    },
    /// One of them, as its webhook has it.
    Show {
        id: String,
        #[command(flatten)]
        reach: Reach,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::List { merchant, after, limit, reach } => {
            let asked = query(&[("after", after), ("limit", Some(limit.to_string()))]);
            list(&reach, &format!("/admin/v1/merchants/{merchant}/events{asked}")).await
        }
        Command::Show { id, reach } => {
            let event = reach.open()?.get(&format!("/admin/v1/events/{id}")).await?;
            reach.out().value(&event)
        }
    }
}

async fn list(reach: &Reach, path: &str) -> anyhow::Result<()> {
    let (answer, out) = (reach.open()?.get(path).await?, reach.out());
    let rows: Vec<_> = answer["data"].as_array().into_iter().flatten().map(row).collect();
    let some = !rows.is_empty();
    out.rows(&answer, &["ID", "TYPE", "AT", "ABOUT"], rows)?;
    if let Some(after) = answer["next_after"].as_str().filter(|_| some) {
        out.note(&format!("go on: --after {after}"));
    }
    Ok(())
}

fn row(it: &Value) -> Vec<String> {
    let (of, data) = (|key: &str| text(it, key), &it["data"]);
    let order = text(&data["payment"], "order_no");
    let about = if order.is_empty() { text(&data["endpoint"], "id") } else { order };
    vec![of("id"), of("type"), of("timestamp"), about]
}
