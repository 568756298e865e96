//! `/admin/v1/bills`: what became of each account's bills, and a bill that somebody wants now.

use axum::Extension;
use axum::extract::State;
use bytes::Bytes;
use http::StatusCode;
use paymux_channel::china;
use paymux_core::AccountId;
use paymux_core::bill::{Bill, BillKind, BillRecord};
use paymux_core::route::Day;
use paymux_engine::Gateway;
use paymux_store::Store;
use serde::Serialize;
use serde_json::json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use super::access::Who;
use super::deed::action;
use crate::api::fields::{Fields, Parsed, Rule, kind};
use crate::api::json::Json;
use crate::api::query::Query;
use crate::api::{Answer, reply};

pub(super) const ACCOUNT: Rule<AccountId> = Rule {
    read: |it| text(it)?.parse().map_err(|_| "must be 1 to 40 of a-z 0-9 _ -".into()),
    shape: plain,
};
const DAY: Rule<Day> = Rule { read: |it| Ok(day(&text(it)?)?), shape: plain };
const KIND: Rule<BillKind> = Rule {
    read: |it| BillKind::from_name(&text(it)?).ok_or_else(|| "must be trade or funds".into()),
    shape: plain,
};

pub(super) fn text(value: Json) -> Parsed<String> {
    let Json::Text(text) = value else { return Err(kind(&value, "a string")) };
    Ok(text)
}

pub(super) fn plain() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).into()
}

pub(super) fn day(text: &str) -> Result<Day, String> {
    china::read_date(text).ok_or_else(|| "must be a date in China, such as 2026-01-15".into())
}

#[derive(Serialize)]
struct Shown {
    account: String,
    kind: &'static str,
    day: Option<String>,
    state: &'static str,
    /// Of a refusal.
    line: Option<u64>,
    reason: Option<String>,
    lines: u64,
    changed_at: Option<String>,
}

impl Shown {
    fn of(it: &BillRecord) -> Self {
        let (line, reason) = it.state.refusal();
        let refused = !reason.is_empty();
        Self {
            account: it.account.to_string(),
            kind: it.bill.kind.name(),
            day: china::date(it.bill.day),
            state: it.state.name(),
            line: refused.then_some(line),
            reason: refused.then(|| reason.to_owned()),
            lines: it.lines,
            changed_at: jiff::Timestamp::from_millisecond(it.changed_at.0)
                .ok()
                .map(|it| it.to_string()),
        }
    }
}

/// `GET /admin/v1/bills?account=…&before=…&limit=…`: the newest days first.
pub(super) async fn list<S: Store>(State(gateway): State<Gateway<S>>, mut query: Query) -> Answer {
    let account = query.optional("account", |it| {
        it.parse::<AccountId>().map_err(|_| "is not the id of an account".to_owned())
    });
    let before = query.optional("before", day);
    let limit = query.limit();
    query.finish()?;
    let rows = gateway.store.bills(account.as_ref(), before, limit).await;
    let rows: Vec<_> = rows.map_err(reply::unreadable)?.iter().map(Shown::of).collect();
    Ok(reply::json(StatusCode::OK, &json!({ "data": rows })))
}

/// `POST /admin/v1/bills`: `{"account", "day", "kind": "trade" | "funds"}`.
pub(super) async fn fetch<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    body: Bytes,
) -> Answer {
    let (account, bill) = Fields::read(&body, |it| {
        let account = it.required("account", ACCOUNT);
        let day = it.required("day", DAY);
        let kind = it.optional("kind", KIND).unwrap_or(BillKind::Trade);
        Some((account?, Bill { kind, day: day? }))
    })?;
    let act = who.did(action::BILL_FETCH, &format!("{account}/{bill}"), gateway.now());
    let wanted = gateway.want_bill(&account, bill, Some(act)).await?;
    Ok(reply::json(StatusCode::ACCEPTED, &Shown::of(&wanted)))
}
