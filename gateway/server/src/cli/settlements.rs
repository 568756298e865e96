//! `paymux settlements`: what merchants are owed by period, who agrees to it, and who pays it.

use std::io::Write as _;

use http::Method;
use serde_json::{Value, json};

use super::out::text;
use super::reach::{Reach, query};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Settlements, newest first.
    List {
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
    /// One of them, with its statement.
    Show {
        number: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Draft one now, of what was booked until now or until `--cutoff`.
    Draft {
        merchant: String,
        /// A moment, such as 2026-01-15T00:00:00+08:00.
        #[arg(long)]
        cutoff: Option<String>,
        #[command(flatten)]
        reach: Reach,
    },
    /// Agree to a draft: its money is set aside.
    Confirm {
        number: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Throw a draft away.
    Discard {
        number: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Pay it by a transfer, for the first time or again.
    Pay {
        number: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Say that it was paid outside.
    Paid {
        number: String,
        /// By which the bank knows the payment.
        #[arg(long)]
        reference: String,
        /// Why it was paid outside, for the audit log.
        #[arg(long)]
        reason: String,
        /// When it was paid; now, where nothing is said.
        #[arg(long)]
        paid_at: Option<String>,
        #[command(flatten)]
        reach: Reach,
    },
    /// Give one up before it is paid: its money is owed again.
    Cancel {
        number: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// All its entries as comma-separated values.
    Csv {
        number: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Correct what a merchant is owed, with a reason; its number moves money once.
    Adjust(Adjust),
}

#[derive(clap::Args)]
pub(super) struct Adjust {
    merchant: String,
    /// Of your own.
    #[arg(long)]
    number: String,
    /// In the currency's minor unit.
    #[arg(long)]
    amount: i64,
    #[arg(long, default_value = "CNY")]
    currency: String,
    /// Take it from the merchant; without this, it is given.
    #[arg(long)]
    take: bool,
    #[arg(long)]
    reason: String,
    /// When what is corrected happened; now, where nothing is said.
    #[arg(long)]
    at: Option<String>,
    #[command(flatten)]
    reach: Reach,
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::List { merchant, cursor, limit, reach } => {
            let asked = query(&[("cursor", cursor), ("limit", Some(limit.to_string()))]);
            let of = merchant.map_or_else(String::new, |it| format!("merchants/{it}/"));
            list(&reach, &format!("/admin/v1/{of}settlements{asked}")).await
        }
        Command::Show { number, reach } => {
            let answer = reach.open()?.get(&format!("/admin/v1/settlements/{number}")).await?;
            show(&reach, &answer)
        }
        Command::Draft { merchant, cutoff, reach } => {
            let path = format!("/admin/v1/merchants/{merchant}/settlements");
            send(&reach, &path, &with(json!({}), "cutoff", cutoff)).await
        }
        Command::Confirm { number, reach } => act(&reach, &number, "confirm").await,
        Command::Discard { number, reach } => act(&reach, &number, "discard").await,
        Command::Pay { number, reach } => act(&reach, &number, "pay").await,
        Command::Cancel { number, reach } => act(&reach, &number, "cancel").await,
        Command::Paid { number, reference, reason, paid_at, reach } => {
            let wish = json!({ "reference": reference, "reason": reason });
            let wish = with(wish, "paid_at", paid_at);
            send(&reach, &format!("/admin/v1/settlements/{number}/paid"), &wish).await
        }
        Command::Csv { number, reach } => csv(&reach, &number).await,
        Command::Adjust(it) => adjust(it).await,
    }
}

fn with(mut wish: Value, key: &str, value: Option<String>) -> Value {
    if let Some(value) = value {
        wish[key] = value.into();
    }
    wish
}

const KEYS: [&str; 6] = ["id", "status", "amount", "currency", "cutoff", "failure"];
const HEAD: [&str; 6] = ["NUMBER", "STATUS", "MINOR UNITS", "CURRENCY", "CUT-OFF", "FAILURE"];

fn row(it: &Value) -> Vec<String> {
    KEYS.map(|key| text(it, key)).to_vec()
}

async fn list(reach: &Reach, path: &str) -> anyhow::Result<()> {
    let answer = reach.open()?.get(path).await?;
    let rows = answer["data"].as_array().into_iter().flatten().map(row).collect();
    let out = reach.out();
    out.rows(&answer, &HEAD, rows)?;
    if !answer["next_cursor"].is_null() {
        out.note(&format!("more: --cursor {}", text(&answer, "next_cursor")));
    }
    Ok(())
}

async fn act(reach: &Reach, number: &str, verb: &str) -> anyhow::Result<()> {
    send(reach, &format!("/admin/v1/settlements/{number}/{verb}"), &json!({})).await
}

async fn send(reach: &Reach, path: &str, wish: &Value) -> anyhow::Result<()> {
    let answer = reach.open()?.send(Method::POST, path, &[], Some(wish)).await?;
    reach.out().rows(&answer, &HEAD, vec![row(&answer)])
}

async fn adjust(it: Adjust) -> anyhow::Result<()> {
    let direction = if it.take { "debit" } else { "credit" };
    let wish = json!({
        "number": it.number,
        "amount": it.amount,
        "currency": it.currency,
        "direction": direction,
        "reason": it.reason,
    });
    let (wish, path) =
        (with(wish, "at", it.at), format!("/admin/v1/merchants/{}/adjustments", it.merchant));
    let made = it.reach.open()?.send(Method::POST, &path, &[], Some(&wish)).await?;
    let row = ["number", "amount", "currency"].map(|key| text(&made, key)).to_vec();
    it.reach.out().rows(&made, &["NUMBER", "MINOR UNITS", "CURRENCY"], vec![row])
}

fn show(reach: &Reach, answer: &Value) -> anyhow::Result<()> {
    let keys = ["kind", "count", "credited", "debited"];
    let items = answer["statement"]["items"].as_array().into_iter().flatten();
    let rows = items.map(|it| keys.iter().map(|key| text(it, key)).collect()).collect();
    let out = reach.out();
    out.rows(answer, &["KIND", "COUNT", "CREDITED", "DEBITED"], rows)?;
    let (carried, net) = (&answer["statement"]["carried"], &answer["statement"]["net"]);
    out.note(&format!("{}: carried {carried}, together {net}", text(answer, "status")));
    Ok(())
}

/// Answer by answer, until one has no line.
async fn csv(reach: &Reach, number: &str) -> anyhow::Result<()> {
    let (admin, mut after) = (reach.open()?, None::<String>);
    loop {
        let path = format!("/admin/v1/settlements/{number}/entries.csv");
        let page = admin.text(&format!("{path}{}", query(&[("after", after.clone())]))).await?;
        let (head, lines) = page.split_once("\r\n").unwrap_or_default();
        let mut out = std::io::stdout().lock();
        if after.is_none() {
            write!(out, "{head}\r\n")?;
        }
        write!(out, "{lines}")?;
        match lines.lines().last().and_then(|it| it.split(',').next()) {
            Some(cursor) => after = Some(cursor.to_owned()),
            None => return Ok(()),
        }
    }
}
