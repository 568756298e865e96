//! Where a payment would go, and why not elsewhere.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use paymux_core::payment::{Method, Payer};
use paymux_core::{Currency, MerchantId, Money};
use paymux_engine::Gateway;
use paymux_store::Store;
use serde::Deserialize;

use super::{Frame, page};
use crate::admin::access::Desk;
use crate::admin::access::sessions::Open;
use crate::explain::{FullExplanation, Question};

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    merchant: String,
    #[serde(default)]
    method: String,
    #[serde(default)]
    amount: String,
}

#[derive(Template)]
#[template(path = "console/routing.html")]
struct Routing {
    f: Frame,
    asked: Asked,
    merchants: Vec<String>,
    methods: Vec<&'static str>,
    /// As the admin API answers it.
    answer: String,
    chosen: String,
}

pub(crate) async fn routing<S: Store>(
    State(desk): State<Desk<S>>,
    Extension(open): Extension<Open>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    let f = Frame::of(&open, &headers, "routing");
    let (chosen, answer) = explained(&desk.gateway, &asked).unwrap_or_default();
    let snapshot = desk.gateway.snapshot.load();
    let merchants = snapshot.merchants.keys().map(ToString::to_string).collect();
    let methods = Method::ALL.iter().map(|it| it.name()).collect();
    page(StatusCode::OK, &Routing { f, asked, merchants, methods, answer, chosen })
}

fn explained<S: Store>(gateway: &Gateway<S>, asked: &Asked) -> Option<(String, String)> {
    let id: MerchantId = asked.merchant.parse().ok()?;
    let method = Method::ALL.into_iter().find(|it| it.name() == asked.method)?;
    let amount = Money::new(minor(&asked.amount)?, Currency::Cny).ok()?;
    let question = Question {
        order_no: None,
        method,
        channel: None,
        amount,
        payer: Payer::default(),
        code_prefix: None,
        metadata: std::collections::BTreeMap::new(),
        at: gateway.now(),
    };
    let snapshot = gateway.snapshot.load_full();
    let merchant = snapshot.merchant(&id)?;
    let explained = gateway.explain(&snapshot, merchant, question.asked(&id));
    let view = FullExplanation::of(&explained, &id, question.at);
    let chosen = explained.decision.chosen.as_ref().map(ToString::to_string);
    Some((chosen.unwrap_or_else(|| "-".into()), serde_json::to_string_pretty(&view).ok()?))
}

/// Read digit by digit: `88`, `88.8`, `88.80`.
fn minor(text: &str) -> Option<i64> {
    let (whole, cents) = text.split_once('.').unwrap_or((text, ""));
    let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || cents.len() > 2 || !digits(whole) || !digits(cents) {
        return None;
    }
    format!("{whole}{cents:0<2}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_digit_by_digit() {
        let check = |text: &str, expect| assert_eq!(minor(text), expect, "{text}");
        check("88", Some(8800));
        check("88.8", Some(8880));
        check("0.01", Some(1));
        for wrong in ["", ".5", "1.001", "-1", "1e3", "1,00", "1234567890123"] {
            check(wrong, None);
        }
    }
}
