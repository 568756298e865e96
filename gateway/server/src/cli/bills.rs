//! `paymux bills`: the days' bills of accounts, at a running gateway.

use std::time::Duration;

use http::Method;
use paymux_channel::china;
use paymux_core::route::Day;
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
    /// Fetch the bills of days anew, one after the other, and compare each with our books; what was
    /// known is not found again.
    Reconcile {
        account: String,
        /// A date in China, such as 2026-01-15.
        #[arg(long)]
        from: String,
        /// The last one; the first, where it is not given.
        #[arg(long)]
        to: Option<String>,
        /// So many seconds for each day; then it goes on by itself.
        #[arg(long, default_value_t = 600)]
        wait: u64,
        #[command(flatten)]
        reach: Reach,
    },
    /// What bills and books differ in, the newest days first.
    Differences {
        #[arg(long)]
        account: Option<String>,
        /// A date in China, such as 2026-01-15.
        #[arg(long)]
        day: Option<String>,
        /// Those that are over, too.
        #[arg(long)]
        all: bool,
        /// A file for a spreadsheet, of all of them.
        #[arg(long)]
        csv: bool,
        /// Where the list before this one ended.
        #[arg(long)]
        after: Option<String>,
        #[arg(long, default_value_t = 20)]
        limit: u32,
        #[command(flatten)]
        reach: Reach,
    },
    /// Decide about a difference.
    Repair {
        account: String,
        /// As `differences` shows it: `order/…`, `refund/…` or `other/…`.
        key: String,
        /// Ask the channel again, take its word, give the money back, propose to leave it; or be
        /// the second person, who says yes or no to that.
        repair: Repair,
        /// Needed to accept, to refund and to write off.
        #[arg(long)]
        reason: Option<String>,
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

#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum Repair {
    Query,
    Accept,
    Refund,
    WriteOff,
    Confirm,
    Reject,
}

impl Repair {
    const fn path(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Accept => "accept",
            Self::Refund => "refund",
            Self::WriteOff => "write_off",
            Self::Confirm => "confirm",
            Self::Reject => "reject",
        }
    }
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Fetch { account, day, kind, wait, reach } => {
            let wish = json!({ "account": account, "day": day, "kind": kind });
            fetch(&reach, &wish, Duration::from_secs(wait)).await
        }
        Command::Reconcile { account, from, to, wait, reach } => {
            let days = days(&from, to.as_deref().unwrap_or(&from))?;
            reconcile(&reach, &account, &days, Duration::from_secs(wait)).await
        }
        Command::Differences { account, day, all, csv, after, limit, reach } => {
            let state = if all { "all" } else { "open" };
            let asked = [
                ("account", account),
                ("day", day),
                ("state", Some(state.to_owned())),
                ("after", after),
                ("format", csv.then(|| "csv".to_owned())),
                ("limit", Some(limit.to_string())),
            ];
            let path = format!("/admin/v1/differences{}", query(&asked));
            if csv {
                let file = reach.open()?.text(&path).await?;
                return reach.out().line(&file);
            }
            differences(&reach, &path).await
        }
        Command::Repair { account, key, repair, reason, reach } => {
            let path = format!("/admin/v1/differences/{account}/{key}/{}", repair.path());
            let wish = reason.map_or_else(|| json!({}), |it| json!({ "reason": it }));
            let row = reach.open()?.send(Method::POST, &path, &[], Some(&wish)).await?;
            reach.out().rows(&row, &DIFFERENCES, vec![difference(&row)])
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

const DIFFERENCES: [&str; 8] =
    ["ACCOUNT", "DAY", "KIND", "STATE", "KEY", "BILL", "BOOKS", "REPAIRS"];

fn difference(it: &Value) -> Vec<String> {
    let amount = |side: &str| {
        let side = &it[side];
        let told = || format!("{} {}", side["amount"], text(side, "currency"));
        if side.is_null() { "-".to_owned() } else { told() }
    };
    let repairs = it["repairs"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let cells = ["account", "day", "kind", "state", "key"].map(|key| text(it, key));
    let rest = [amount("bill"), amount("books"), repairs.collect::<Vec<_>>().join(" ")];
    cells.into_iter().chain(rest).collect()
}

async fn differences(reach: &Reach, path: &str) -> anyhow::Result<()> {
    let admin = reach.open()?;
    let answer = admin.get(path).await?;
    let rows = answer["data"].as_array().into_iter().flatten().map(difference).collect();
    reach.out().rows(&answer, &DIFFERENCES, rows)?;
    if let Some(next) = answer["next_after"].as_str().filter(|_| !reach.out().is_json()) {
        reach.out().note(&format!("there are more: --after {next}"));
    }
    Ok(())
}

/// More of them are several runs.
const MAX_DAYS: usize = 100;

fn days(from: &str, to: &str) -> anyhow::Result<Vec<String>> {
    let read = |it: &str| {
        china::read_date(it).ok_or_else(|| anyhow::anyhow!("{it} is no date such as 2026-01-15"))
    };
    let days = (read(from)?.0..=read(to)?.0).map(Day).filter_map(china::date);
    let days: Vec<_> = days.take(MAX_DAYS + 1).collect();
    anyhow::ensure!(!days.is_empty(), "the last day is before the first");
    anyhow::ensure!(days.len() <= MAX_DAYS, "at most {MAX_DAYS} days at a time");
    Ok(days)
}

async fn reconcile(
    reach: &Reach,
    account: &str,
    days: &[String],
    wait: Duration,
) -> anyhow::Result<()> {
    let (admin, bar) = (reach.open()?, progress::bar(days.len() as u64, "days"));
    let mut bills = vec![];
    for day in days {
        let wish = json!({ "account": account, "day": day, "kind": "trade" });
        let asked = admin.send(Method::POST, "/admin/v1/bills", &[], Some(&wish)).await?;
        let walked = tokio::time::timeout(wait, walked(&admin, &asked, Some(day))).await;
        bills.push(walked.unwrap_or(Ok(asked))?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let rows = bills.iter().map(row).collect();
    reach.out().rows(&json!({ "data": bills }), &HEAD, rows)
}

async fn fetch(reach: &Reach, wish: &Value, wait: Duration) -> anyhow::Result<()> {
    let admin = reach.open()?;
    let asked = admin.send(Method::POST, "/admin/v1/bills", &[], Some(wish)).await?;
    let walked = tokio::time::timeout(wait, walked(&admin, &asked, None)).await;
    let bill = walked.unwrap_or(Ok(asked))?;
    reach.out().rows(&bill, &HEAD, vec![row(&bill)])
}

/// Until somebody has worked on it, and is done for now.
async fn walked(admin: &Admin, asked: &Value, of: Option<&str>) -> anyhow::Result<Value> {
    let bar = if of.is_none() { progress::spinner("lines told") } else { progress::none() };
    let next = china::read_date(&text(asked, "day")).and_then(|it| china::date(Day(it.0 + 1)));
    let newest = [
        ("account", Some(text(asked, "account"))),
        ("before", next),
        ("limit", Some("10".to_owned())),
    ];
    let path = format!("/admin/v1/bills{}", query(&newest));
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
