//! `paymux bills`: the days' bills of accounts, at a running gateway.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::out::text;
use super::progress;
use super::reach::{Admin, Reach, query};

/// Between two looks at a bill that is being fetched.
const PACE: Duration = Duration::from_millis(500);

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Fetch a bill now, and tell each line of it to its payment; what was told before is not told
    /// again.
    Fetch {
        account: String,
        /// A date in China, such as 2026-01-15.
        #[arg(long)]
        day: String,
        /// Payments and refunds (`trade`), or what moved in the account (`funds`).
        #[arg(long, default_value = "trade")]
        kind: String,
        /// So many seconds; then it goes on by itself.
        #[arg(long, default_value_t = 60)]
        wait: u64,
        #[command(flatten)]
        reach: Reach,
    },
    /// What became of bills, the newest days first.
    Show {
        #[arg(long)]
        account: Option<String>,
        /// Of days before this one.
        #[arg(long)]
        before: Option<String>,
        #[arg(long, default_value_t = 20)]
        limit: u32,
        #[command(flatten)]
        reach: Reach,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Fetch { account, day, kind, wait, reach } => {
            let wish = json!({ "account": account, "day": day, "kind": kind });
            fetch(&reach, &wish, Duration::from_secs(wait)).await
        }
        Command::Show { account, before, limit, reach } => {
            let asked =
                [("account", account), ("before", before), ("limit", Some(limit.to_string()))];
            let path = format!("/admin/v1/bills{}", query(&asked));
            let answer = reach.open()?.get(&path).await?;
            let rows = answer["data"].as_array().into_iter().flatten().map(row).collect();
            reach.out().rows(&answer, &HEAD, rows)
        }
    }
}

const HEAD: [&str; 7] = ["ACCOUNT", "KIND", "DAY", "STATE", "LINES", "AT LINE", "REASON"];

fn row(it: &Value) -> Vec<String> {
    ["account", "kind", "day", "state", "lines", "line", "reason"].map(|key| text(it, key)).to_vec()
}

async fn fetch(reach: &Reach, wish: &Value, wait: Duration) -> anyhow::Result<()> {
    let admin = reach.open()?;
    let asked = admin.send(Method::POST, "/admin/v1/bills", &[], Some(wish)).await?;
    let walked = tokio::time::timeout(wait, walked(&admin, &asked)).await;
    let bill = walked.unwrap_or(Ok(asked))?;
    reach.out().rows(&bill, &HEAD, vec![row(&bill)])
}

/// Until somebody has worked on it, and is done for now.
async fn walked(admin: &Admin, asked: &Value) -> anyhow::Result<Value> {
    let bar = progress::spinner("lines told");
    let path = format!(
        "/admin/v1/bills{}",
        query(&[("account", Some(text(asked, "account"))), ("limit", Some("100".to_owned())),])
    );
    loop {
        tokio::time::sleep(PACE).await;
        let answer = admin.get(&path).await?;
        let same = |it: &&Value| ["kind", "day"].iter().all(|key| it[key] == asked[key]);
        let Some(bill) = answer["data"].as_array().into_iter().flatten().find(same) else {
            continue;
        };
        bar.set_position(bill["lines"].as_u64().unwrap_or_default());
        let under_way = ["fetched", "comparing", "comparing_none"];
        let under_way = under_way.iter().any(|it| bill["state"] == *it);
        if bill["changed_at"] != asked["changed_at"] && !under_way {
            bar.finish_and_clear();
            return Ok(bill.clone());
        }
    }
}
