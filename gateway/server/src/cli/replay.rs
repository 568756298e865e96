//! `paymux replay`: one event again, or all that was not heard in a time.

use http::Method;
use serde_json::{Map, Value};

use super::out::text;
use super::progress;
use super::reach::{Reach, query};

/// An event, or a merchant and a time.
#[derive(clap::Args)]
pub(super) struct Replay {
    /// The event.
    #[arg(required_unless_present = "merchant", conflicts_with_all = ["merchant", "from"])]
    event: Option<String>,
    /// What this merchant has not heard.
    #[arg(long, requires = "from")]
    merchant: Option<String>,
    /// To this endpoint alone.
    #[arg(long)]
    endpoint: Option<String>,
    /// Of payments that were made from then, such as 2026-01-31T12:00:00Z.
    #[arg(long)]
    from: Option<String>,
    /// Of payments that were made before then; by default now.
    #[arg(long, requires = "from")]
    to: Option<String>,
    /// What was delivered, too.
    #[arg(long, requires = "from")]
    delivered: bool,
    #[command(flatten)]
    reach: Reach,
}

pub(super) async fn run(replay: Replay) -> anyhow::Result<()> {
    match &replay.event {
        Some(event) => one(&replay, event).await,
        None => range(&replay).await,
    }
}

async fn one(replay: &Replay, event: &str) -> anyhow::Result<()> {
    let asked = query(&[("endpoint", replay.endpoint.clone())]);
    let path = format!("/admin/v1/events/{event}/replay{asked}");
    let answer = replay.reach.open()?.send(Method::POST, &path, &[], None).await?;
    told(replay, &answer, answer["deliveries"].as_u64().unwrap_or_default())
}

/// Page by page, as far back as it was asked for.
async fn range(replay: &Replay) -> anyhow::Result<()> {
    let (admin, bar) = (replay.reach.open()?, progress::spinner("deliveries begun again"));
    let (mut cursor, mut total) = (None, 0);
    loop {
        let body = replay.body(cursor.as_ref());
        let answer = admin.send(Method::POST, "/admin/v1/replays", &[], Some(&body)).await?;
        total += answer["deliveries"].as_u64().unwrap_or_default();
        bar.set_position(total);
        cursor = Some(text(&answer, "next_cursor")).filter(|it| !it.is_empty());
        if cursor.is_none() {
            bar.finish_and_clear();
            return told(replay, &serde_json::json!({ "deliveries": total }), total);
        }
    }
}

fn told(replay: &Replay, answer: &Value, deliveries: u64) -> anyhow::Result<()> {
    let out = replay.reach.out();
    if out.is_json() {
        return out.value(answer);
    }
    out.line(&format!("deliveries begun again: {deliveries}"))
}

impl Replay {
    fn body(&self, cursor: Option<&String>) -> Value {
        let texts = [
            ("merchant", self.merchant.as_ref()),
            ("endpoint", self.endpoint.as_ref()),
            ("from", self.from.as_ref()),
            ("to", self.to.as_ref()),
            ("cursor", cursor),
        ];
        let given =
            texts.into_iter().filter_map(|(key, it)| Some((key.to_owned(), it?.as_str().into())));
        let mut body: Map<String, Value> = given.collect();
        if self.delivered {
            body.insert("deliveries".into(), "all".into());
        }
        body.into()
    }
}
