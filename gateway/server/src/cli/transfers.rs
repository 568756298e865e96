//! `paymux transfers`: found, shown with what happened to them, and allowed or not.

use http::Method;
use serde_json::Value;

use super::out::text;
use super::payments::{money, story};
use super::reach::{Reach, query};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// By a number they are known by, or one merchant's, newest first.
    List {
        /// An id or `out_bill_no`; with `--merchant`, its `transfer_no` too.
        #[arg(required_unless_present = "merchant")]
        number: Option<String>,
        #[arg(long)]
        merchant: Option<String>,
        /// Where the page before this one ended.
        #[arg(long)]
        cursor: Option<String>,
        /// 1 to 100.
        #[arg(long, default_value_t = 20)]
        limit: usize,
        #[command(flatten)]
        reach: Reach,
    },
    /// Those that wait for somebody to allow them, the oldest first.
    Held {
        #[command(flatten)]
        reach: Reach,
    },
    /// One of them, what happened to it, and who was told.
    Show {
        id: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Allow what is held: it is sent at once.
    Approve {
        id: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Do not allow what is held: it has failed.
    Decline {
        id: String,
        #[command(flatten)]
        reach: Reach,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::List { number, merchant, cursor, limit, reach } => {
            let limit = Some(limit.to_string());
            let asked =
                [("number", number), ("merchant", merchant), ("cursor", cursor), ("limit", limit)];
            list(&reach, &format!("/admin/v1/transfers{}", query(&asked))).await
        }
        Command::Held { reach } => list(&reach, "/admin/v1/transfers/held").await,
        Command::Show { id, reach } => show(&reach, &id).await,
        Command::Approve { id, reach } => judge(&reach, &id, "approve").await,
        Command::Decline { id, reach } => judge(&reach, &id, "decline").await,
    }
}

const HEAD: [&str; 7] = ["ID", "MERCHANT", "TRANSFER NO", "STATUS", "AMOUNT", "PAYEE", "CREATED"];

async fn list(reach: &Reach, path: &str) -> anyhow::Result<()> {
    let answer = reach.open()?.get(path).await?;
    let (rows, out) = (answer["data"].as_array().into_iter().flatten().map(row), reach.out());
    out.rows(&answer, &HEAD, rows.collect())?;
    if let Some(cursor) = answer["next_cursor"].as_str() {
        out.note(&format!("more: --cursor {cursor}"));
    }
    Ok(())
}

fn row(it: &Value) -> Vec<String> {
    let of = |key: &str| text(it, key);
    let payee = text(&it["payee"], "account");
    let (amount, created) = (money(it), of("created_at"));
    vec![of("id"), of("merchant"), of("transfer_no"), of("status"), amount, payee, created]
}

async fn show(reach: &Reach, id: &str) -> anyhow::Result<()> {
    let (admin, out) = (reach.open()?, reach.out());
    let transfer = admin.get(&format!("/admin/v1/transfers/{id}")).await?;
    let timeline = admin.get(&format!("/admin/v1/transfers/{id}/timeline")).await?;
    if out.is_json() {
        return out.value(&serde_json::json!({ "transfer": transfer, "timeline": timeline }));
    }
    let of = |key: &'static str| (key, text(&transfer, key));
    out.pairs(&[
        of("id"),
        of("merchant"),
        of("transfer_no"),
        of("status"),
        ("amount", money(&transfer)),
        ("payee", text(&transfer["payee"], "account")),
        of("title"),
        of("account"),
        of("out_bill_no"),
        of("channel_transfer_no"),
        ("failure", text(&transfer["failure"], "code")),
        of("created_at"),
    ])?;
    story(&out, &timeline)
}

async fn judge(reach: &Reach, id: &str, verb: &str) -> anyhow::Result<()> {
    let path = format!("/admin/v1/transfers/{id}/{verb}");
    let transfer = reach.open()?.send(Method::POST, &path, &[], None).await?;
    reach.out().rows(&transfer, &HEAD, vec![row(&transfer)])
}
