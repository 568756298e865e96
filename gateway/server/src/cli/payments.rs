//! `paymux payments`: found, shown with what happened to them, and asked about at their channel.

use http::Method;
use serde_json::Value;

use super::out::{Out, text};
use super::progress;
use super::reach::{Admin, Reach, query};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// By any number they are known by, or one merchant's, newest first.
    List {
        /// An id, `order_no`, `refund_no`, or the channel's number.
        #[arg(required_unless_present = "merchant")]
        number: Option<String>,
        #[arg(long)]
        merchant: Option<String>,
        /// processing, pending, succeeded, failed or closed.
        #[arg(long)]
        status: Option<String>,
        /// The earliest, such as 2026-01-31T12:00:00Z.
        #[arg(long)]
        from: Option<String>,
        /// The first that is too late.
        #[arg(long)]
        to: Option<String>,
        /// Where the page before this one ended.
        #[arg(long)]
        cursor: Option<String>,
        /// 1 to 100.
        #[arg(long, default_value_t = 20)]
        limit: usize,
        #[command(flatten)]
        reach: Reach,
    },
    /// One of them, what happened to it, and who was told.
    Show {
        id: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Ask the channel now, of each of these.
    Sync {
        #[arg(required = true)]
        ids: Vec<String>,
        #[command(flatten)]
        reach: Reach,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::List { number, merchant, status, from, to, cursor, limit, reach } => {
            let asked = query(&[
                ("number", number),
                ("merchant", merchant),
                ("status", status),
                ("from", from),
                ("to", to),
                ("cursor", cursor),
                ("limit", Some(limit.to_string())),
            ]);
            list(&reach, &asked).await
        }
        Command::Show { id, reach } => show(&reach, &id).await,
        Command::Sync { ids, reach } => sync(&reach, &ids).await,
    }
}

const HEAD: [&str; 7] = ["ID", "MERCHANT", "ORDER NO", "STATUS", "AMOUNT", "METHOD", "CREATED"];

async fn list(reach: &Reach, asked: &str) -> anyhow::Result<()> {
    let answer = reach.open()?.get(&format!("/admin/v1/payments{asked}")).await?;
    let (rows, out) = (answer["data"].as_array().into_iter().flatten().map(row), reach.out());
    out.rows(&answer, &HEAD, rows.collect())?;
    if let Some(cursor) = answer["next_cursor"].as_str() {
        out.note(&format!("more: --cursor {cursor}"));
    }
    Ok(())
}

fn row(it: &Value) -> Vec<String> {
    let of = |key: &str| text(it, key);
    let amount = money(it);
    vec![
        of("id"),
        of("merchant"),
        of("order_no"),
        of("status"),
        amount,
        of("method"),
        of("created_at"),
    ]
}

/// In the currency, as people write it; every currency here has hundredths.
pub(super) fn money(it: &Value) -> String {
    let amount = it["amount"].as_i64().unwrap_or_default();
    format!("{}.{:02} {}", amount / 100, amount % 100, text(it, "currency"))
}

async fn show(reach: &Reach, id: &str) -> anyhow::Result<()> {
    let (admin, out) = (reach.open()?, reach.out());
    let payment = admin.get(&format!("/admin/v1/payments/{id}")).await?;
    let timeline = admin.get(&format!("/admin/v1/payments/{id}/timeline")).await?;
    if out.is_json() {
        return out.value(&serde_json::json!({ "payment": payment, "timeline": timeline }));
    }
    told(&out, &payment)?;
    story(&out, &timeline)
}

/// What happened, and who was told.
pub(super) fn story(out: &Out, timeline: &Value) -> anyhow::Result<()> {
    let entries = timeline["data"].as_array().into_iter().flatten();
    let entries = entries.map(|it| vec![text(it, "at"), text(it, "kind"), text(it, "detail")]);
    out.line("")?;
    out.rows(timeline, &["AT", "WHAT", "DETAIL"], entries.collect())?;
    let deliveries = timeline["deliveries"].as_array().into_iter().flatten();
    let deliveries = deliveries
        .map(|it| ["endpoint", "event_id", "status", "attempts"].map(|key| text(it, key)).to_vec());
    out.line("")?;
    out.rows(timeline, &["ENDPOINT", "EVENT", "STATUS", "ATTEMPTS"], deliveries.collect())
}

fn told(out: &Out, payment: &Value) -> anyhow::Result<()> {
    let of = |key: &'static str| (key, text(payment, key));
    let attempt = |key: &'static str| text(&payment["attempt"], key);
    out.pairs(&[
        of("id"),
        of("merchant"),
        of("order_no"),
        of("status"),
        ("amount", money(payment)),
        of("amount_refunded"),
        of("subject"),
        of("method"),
        ("account", attempt("account")),
        ("channel_trade_no", attempt("channel_trade_no")),
        of("created_at"),
    ])
}

async fn sync(reach: &Reach, ids: &[String]) -> anyhow::Result<()> {
    let (admin, bar) = (reach.open()?, progress::bar(ids.len() as u64, "asked"));
    let mut asked = vec![];
    for id in ids {
        asked.push(synced(&admin, id).await?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let rows = asked.iter().map(row).collect();
    reach.out().rows(&Value::from(asked.clone()), &HEAD, rows)
}

async fn synced(admin: &Admin, id: &str) -> anyhow::Result<Value> {
    admin.send(Method::POST, &format!("/admin/v1/payments/{id}/sync"), &[], None).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_are_read_by_people() {
        let check = |amount: i64, expect| {
            assert_eq!(money(&json!({ "amount": amount, "currency": "CNY" })), expect);
        };
        check(1, "0.01 CNY");
        check(8_888, "88.88 CNY");
        check(100, "1.00 CNY");
    }
}
