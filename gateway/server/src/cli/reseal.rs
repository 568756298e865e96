//! `paymux config reseal`: everything in the store sealed anew, with the first of the gateway's
//! `managed.seal_keys`.

use http::Method;
use http::header::IF_MATCH;
use serde_json::{Value, json};

use super::error::CliError;
use super::out::text;
use super::progress;
use super::reach::{Admin, Reach};

/// Somebody else may change an item meanwhile, which seals it anew as well.
const TRIES: usize = 3;

pub(super) async fn run(reach: &Reach) -> anyhow::Result<()> {
    let admin = reach.open()?;
    let mut names = vec![];
    for kind in ["accounts", "merchants"] {
        let list = admin.get(&format!("/admin/v1/{kind}")).await?;
        let all = list["data"].as_array().into_iter().flatten();
        let kept = all.filter(|it| it["source"] == "store");
        names.extend(kept.map(|it| format!("/admin/v1/{kind}/{}", text(it, "id"))));
    }
    let bar = progress::bar(names.len() as u64, "items sealed anew");
    for path in &names {
        one(&admin, path).await?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    let (out, count) = (reach.out(), names.len());
    if out.is_json() {
        return out.value(&json!({ "resealed": count }));
    }
    out.line(&format!("sealed anew: {count}"))
}

/// As it is: its masks keep its secrets.
async fn one(admin: &Admin, path: &str) -> anyhow::Result<()> {
    let mut last = None;
    for _ in 0..TRIES {
        let item = admin.get(path).await?;
        let Some(version) = item["version"].as_u64() else { return Ok(()) };
        let (head, body): (_, &Value) = ([(IF_MATCH, format!("\"{version}\""))], &item["settings"]);
        match admin.send(Method::PUT, path, &head, Some(body)).await {
            Ok(_) => return Ok(()),
            Err(error) if matches!(error.downcast_ref(), Some(CliError::Changed(_))) => {
                last = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    last.map_or(Ok(()), Err)
}
