//! Settlements, for operators: what waits for somebody, who agrees to it, who pays it, and what is
//! corrected.

use axum::Extension;
use axum::extract::{Path, State};
use bytes::Bytes;
use http::StatusCode;
use paymux_core::settlement::Settlement;
use paymux_core::{MerchantId, Money, VoucherNo};
use paymux_engine::flow::settle::{Adjustment, PaidOutside};
use paymux_engine::problem::Problem;
use paymux_engine::{Gateway, render};
use paymux_store::{Act, Store};
use serde_json::{Value, json};

use super::access::Who;
use super::deed::action;
use crate::api::fields::{Fields, Rule, kind};
use crate::api::json::Json;
use crate::api::query::{NoQuery, Query};
use crate::api::{Answer, list_settlements, reply, settlement_entries, values};

/// The operator's own, of an adjustment.
const NUMBER: Rule<VoucherNo> = Rule {
    read: |it| {
        let number = (values::NUMBER.read)(it)?;
        number.as_str().parse().map_err(|_| "must be 1 to 64 of 0-9 A-Z a-z _ -".into())
    },
    shape: values::NUMBER.shape,
};

/// Whether the merchant is given something.
const IS_CREDIT: Rule<bool> = Rule {
    read: |it| {
        let words = [("credit", true), ("debit", false)];
        let Json::Text(text) = &it else { return Err(kind(&it, "a string")) };
        let word = words.into_iter().find(|it| it.0 == text);
        word.map(|it| it.1).ok_or_else(|| "must be credit or debit".into())
    },
    shape: values::SUBJECT.shape,
};

/// `GET /admin/v1/settlements`: of all merchants, newest first.
pub(super) async fn all<S: Store>(State(gateway): State<Gateway<S>>, query: Query) -> Answer {
    list_settlements::listed(&gateway, None, query).await
}

/// `GET /admin/v1/merchants/{merchant}/settlements`
pub(super) async fn list<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(merchant): Path<String>,
    query: Query,
) -> Answer {
    let id = merchant.parse::<MerchantId>().ok().filter(|_| who.sees(&merchant));
    let id = id.ok_or_else(|| reply::unknown("merchant"))?;
    list_settlements::listed(&gateway, Some(&id), query).await
}

/// `GET /admin/v1/settlements/{number}`
pub(super) async fn one<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(number): Path<String>,
    _: NoQuery,
) -> Answer {
    let found = seen(&gateway, &who, &number).await?;
    Ok(reply::json(StatusCode::OK, &render::settlement(&found)))
}

/// `GET /admin/v1/settlements/{number}/entries.csv`
pub(super) async fn csv<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(number): Path<String>,
    mut query: Query,
) -> Answer {
    let after = settlement_entries::after(&mut query);
    query.finish()?;
    let found = seen(&gateway, &who, &number).await?;
    settlement_entries::lines(&gateway, &found, after).await
}

/// Another merchant's looks like none at all.
pub(super) async fn seen<S: Store>(
    gateway: &Gateway<S>,
    who: &Who,
    number: &str,
) -> Result<Settlement, Problem> {
    let number: VoucherNo = named(number)?;
    let found = gateway.store.settlement(&number).await.map_err(reply::unreadable)?;
    let found = found.filter(|it| who.sees(it.merchant.as_str()));
    found.ok_or_else(|| reply::unknown("settlement"))
}

fn named(number: &str) -> Result<VoucherNo, Problem> {
    number.parse().map_err(|_| reply::unknown("settlement"))
}

/// `POST /admin/v1/merchants/{merchant}/settlements`: `{"cutoff"}`, or what was booked until now.
pub(super) async fn draft<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(merchant): Path<String>,
    body: Bytes,
) -> Answer {
    let cutoff = Fields::read(&body, |it| Some(it.optional("cutoff", values::MOMENT)))?;
    let id: MerchantId = merchant.parse().map_err(|_| reply::unknown("merchant"))?;
    let act = did(&who, &gateway, action::SETTLEMENT_DRAFT, &merchant, json!({}));
    let made = gateway.draft_settlement_of(&id, cutoff, Some(act)).await?;
    Ok(reply::json(StatusCode::CREATED, &render::settlement(&made)))
}

/// `POST /admin/v1/settlements/{number}/{verb}`: the step and who took it go into one commit.
pub(super) async fn act<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path((number, verb)): Path<(String, String)>,
) -> Answer {
    let next = done(&gateway, &who, &number, &verb).await?;
    Ok(reply::json(StatusCode::OK, &render::settlement(&next)))
}

pub(super) async fn done<S: Store>(
    gateway: &Gateway<S>,
    who: &Who,
    number: &str,
    verb: &str,
) -> Result<Settlement, Problem> {
    let number = named(number)?;
    let act = |action| Some(did(who, gateway, action, number.as_str(), json!({})));
    match verb {
        "confirm" => {
            let act = act(action::SETTLEMENT_CONFIRM);
            gateway.confirm_settlement(&number, &who.name, act).await
        }
        "discard" => gateway.discard_settlement(&number, act(action::SETTLEMENT_DISCARD)).await,
        "pay" => {
            let act = act(action::SETTLEMENT_PAY);
            gateway.pay_settlement(&number, &who.name, act).await
        }
        "cancel" => gateway.cancel_settlement(&number, act(action::SETTLEMENT_CANCEL)).await,
        _ => Err(reply::unknown("action")),
    }
}

/// `POST /admin/v1/settlements/{number}/paid`: `{"reference", "reason", "paid_at"}`.
pub(super) async fn paid<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(number): Path<String>,
    body: Bytes,
) -> Answer {
    let (paid, reason) = Fields::read(&body, |it| {
        let reference = it.required("reference", values::REASON);
        let reason = it.required("reason", values::REASON);
        let at = it.optional("paid_at", values::MOMENT);
        Some((PaidOutside { reference: reference?, at }, reason?))
    })?;
    let number = named(&number)?;
    let detail = json!({ "reference": paid.reference, "reason": reason });
    let act = did(&who, &gateway, action::SETTLEMENT_PAID, number.as_str(), detail);
    let next = gateway.paid_outside(&number, paid, &who.name, Some(act)).await?;
    Ok(reply::json(StatusCode::OK, &render::settlement(&next)))
}

/// `POST /admin/v1/merchants/{merchant}/adjustments`: `{"number", "amount", "currency",
/// "direction": "credit" | "debit", "reason", "at"}`.
pub(super) async fn adjust<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(merchant): Path<String>,
    body: Bytes,
) -> Answer {
    let id: MerchantId = merchant.parse().map_err(|_| reply::unknown("merchant"))?;
    let (adjustment, reason) = Fields::read(&body, |it| adjustment(it, id.clone()))?;
    let (amount, number) = (adjustment.amount, adjustment.number.to_string());
    let signed = if adjustment.favour { amount.minor() } else { -amount.minor() };
    let detail = json!({ "merchant": merchant, "amount": signed, "reason": reason });
    let act = did(&who, &gateway, action::ADJUST, &number, detail);
    gateway.adjust(&adjustment, Some(act)).await?;
    let currency = amount.currency().code();
    let made = json!({ "number": number, "amount": signed, "currency": currency });
    Ok(reply::json(StatusCode::CREATED, &made))
}

fn adjustment(it: &mut Fields, merchant: MerchantId) -> Option<(Adjustment, String)> {
    let (number, amount) = (it.required("number", NUMBER), it.required("amount", values::AMOUNT));
    let currency = it.required("currency", values::CURRENCY);
    let favour = it.required("direction", IS_CREDIT);
    let (reason, at) = (it.required("reason", values::REASON), it.optional("at", values::MOMENT));
    let amount = Money::new(amount?, currency?).ok()?;
    Some((Adjustment { number: number?, merchant, favour: favour?, amount, at }, reason?))
}

fn did<S: Store>(
    who: &Who,
    gateway: &Gateway<S>,
    action: &'static str,
    object: &str,
    detail: Value,
) -> Act {
    who.tried(action, object, "done", detail, gateway.now())
}
