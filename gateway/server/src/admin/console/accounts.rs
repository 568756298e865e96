//! Accounts at the channels: whether calls get through, how many may, and what they took today.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use paymux_core::Currency;
use paymux_core::route::Health;
use paymux_engine::snapshot::Account;
use paymux_store::Store;

use super::{Frame, money, page, refused};
use crate::admin::access::Desk;
use crate::admin::access::sessions::Open;
use crate::api::reply;

const DAY_SECS: i64 = 24 * 60 * 60;

#[derive(Template)]
#[template(path = "console/accounts.html")]
struct Accounts {
    f: Frame,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    channel: String,
    health: &'static str,
    quota: String,
    today: String,
    days: String,
}

pub(crate) async fn accounts<S: Store>(
    State(desk): State<Desk<S>>,
    Extension(open): Extension<Open>,
    headers: HeaderMap,
) -> Response {
    let f = Frame::of(&open, &headers, "accounts");
    let snapshot = desk.gateway.snapshot.load_full();
    let (metrics, mut rows) = (desk.gateway.metrics.text(), vec![]);
    let day = snapshot.routing.live.day(desk.gateway.now());
    for account in snapshot.accounts.values() {
        let taken = desk.gateway.store.taken(&account.id, day, Currency::Cny).await;
        match taken {
            Ok(taken) => {
                let sum = money(taken.amount, Currency::Cny.code());
                let today = format!("{} × {sum}", taken.count);
                rows.push(row(account, &metrics, today, desk.gateway.now().as_secs()));
            }
            Err(error) => return refused(f, &reply::unreadable(error), "/console"),
        }
    }
    page(StatusCode::OK, &Accounts { f, rows })
}

fn row(account: &Account, metrics: &str, today: String, now_secs: i64) -> Row {
    let id = account.id.as_str();
    let health = match account.health() {
        Health::Fit => "fit",
        Health::Probation => "probation",
        Health::Shut => "shut",
    };
    let quota = gauges(metrics, "paymux_quota_rate", id);
    let quota: Vec<_> = quota.map(|(labels, it)| format!("{labels} {it}/s")).collect();
    let ends = gauges(metrics, "paymux_certificate_not_after_seconds", id).map(|it| it.1).min();
    let days = ends.map(|it| ((it - now_secs) / DAY_SECS).to_string());
    Row {
        id: id.to_owned(),
        channel: account.kind.clone(),
        health,
        quota: quota.join(", "),
        today,
        days: days.unwrap_or_default(),
    }
}

/// A gauge of an account, with the value of its other label: what is exported is what is shown.
fn gauges<'a>(
    metrics: &'a str,
    name: &'a str,
    account: &'a str,
) -> impl Iterator<Item = (&'a str, i64)> + 'a {
    metrics.lines().filter_map(move |line| {
        let (labels, value) = line.strip_prefix(name)?.strip_prefix('{')?.split_once("} ")?;
        let own = format!("account=\"{account}\"");
        let mut pairs = labels.split(',');
        pairs.clone().find(|it| *it == own)?;
        let other = pairs.find(|it| !it.starts_with("account="))?;
        let other = other.split_once('=')?.1.trim_matches('"');
        Some((other, value.split('.').next()?.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gauges_are_read_by_account() {
        let text = "# HELP paymux_quota_rate x\n\
            paymux_quota_rate{account=\"ali\",operation=\"pay\"} 200\n\
            paymux_quota_rate{account=\"ali-2\",operation=\"pay\"} 7\n\
            paymux_quota_rates{account=\"ali\",operation=\"pay\"} 9\n";
        let found: Vec<_> = gauges(text, "paymux_quota_rate", "ali").collect();
        assert_eq!(found, [("pay", 200)]);
    }
}
