//! `/q/{link}`: a store's fixed code (码牌). Its payer types the amount, and is led to the page of a
//! payment that is made for it.

use askama::Template;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::{Html, IntoResponse, Response};
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, StatusCode};
use paymux_core::{Currency, Money};
use paymux_engine::cashier::{Cashier, Plate};
use paymux_engine::flow::plate::AtPlate;
use paymux_engine::problem::{self, Problem};
use paymux_engine::snapshot::Merchant;
use paymux_store::Store;
use serde::Deserialize;
use std::sync::Arc;

use super::assets::Assets;
use super::browser::Browser;
use super::words::Words;
use super::{Answer, Desk, nothing, page};

/// What the form was given, and gives back: sent twice, it makes one payment.
const TOKEN_DIGITS: usize = 32;

#[derive(Template)]
#[template(path = "plate.html")]
struct Page<'a> {
    words: &'a Words,
    assets: &'a Assets,
    root: &'a str,
    path: &'a str,
    query: &'a str,
    merchant: &'a str,
    name: &'a str,
    token: &'a str,
    typed: &'a str,
    least: String,
    most: String,
    wrong: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Typed {
    token: String,
    amount: String,
}

/// A plate whose link is ours.
struct Found {
    merchant: Arc<Merchant>,
    plate: Arc<Plate>,
    cashier: Arc<Cashier>,
    path: String,
}

impl<S: Store> Desk<S> {
    fn plate(&self, link: &str) -> Result<Found, Problem> {
        let snapshot = self.gateway.snapshot.load_full();
        let cashier = snapshot.cashier.clone().ok_or_else(nothing)?;
        let (merchant, plate) = snapshot.plate(link).ok_or_else(nothing)?;
        let path = format!("{}/q/{link}", cashier.root());
        let (merchant, plate) = (Arc::clone(merchant), Arc::clone(plate));
        Ok(Found { merchant, plate, cashier, path })
    }
}

pub(crate) async fn show<S: Store>(
    State(desk): State<Desk<S>>,
    Path(link): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let found = desk.plate(&link)?;
    let browser = Browser::of(&headers, query.as_deref().unwrap_or_default());
    let token = format!("{:0TOKEN_DIGITS$x}", desk.gateway.world.entropy());
    Ok(form(&found, &browser, (&token, ""), false))
}

pub(crate) async fn order<S: Store>(
    State(desk): State<Desk<S>>,
    Path(link): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    typed: Result<Form<Typed>, FormRejection>,
) -> Answer {
    let found = desk.plate(&link)?;
    let browser = Browser::of(&headers, query.as_deref().unwrap_or_default());
    let unreadable = |_| Problem::new(problem::INVALID_FIELD, "the form cannot be read");
    let Form(Typed { token, amount }) = typed.map_err(unreadable)?;
    let digits = token.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
    if token.len() != TOKEN_DIGITS || !digits {
        return Err(Problem::new(problem::INVALID_FIELD, "the form is not the page's own").into());
    }
    let Some(sum) = sum(&amount, &found.plate) else {
        return Ok(form(&found, &browser, (&token, &amount), true));
    };
    let Found { merchant, plate, cashier, .. } = &found;
    desk.rates.admit(merchant, &desk.gateway.snapshot.load())?;
    let at_plate =
        AtPlate { plate, amount: sum, token: &token, expires_in: desk.limits.expires_in };
    let payment = desk.gateway.order_at_plate(merchant, cashier, at_plate).await?;
    let place =
        format!("{}/c/{}{}", cashier.root(), cashier.payment_link(payment), browser.query());
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(place) = HeaderValue::try_from(place) {
        response.headers_mut().insert(LOCATION, place);
    }
    Ok(response)
}

/// `12`, `12.3` or `12.34`, with the digits and marks that a Chinese keyboard may type.
fn sum(typed: &str, plate: &Plate) -> Option<Money> {
    let plain = |it: char| match it {
        '０'..='９' => char::from_digit(u32::from(it) - u32::from('０'), 10).unwrap_or(it),
        '。' | '．' => '.',
        other => other,
    };
    let text: String = typed.trim().chars().map(plain).collect();
    let (yuan, fen) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    let fits = (1..=9).contains(&yuan.len()) && fen.len() <= 2 && digits(yuan) && digits(fen);
    let minor = fits.then(|| format!("{yuan}{fen:0<2}").parse::<i64>().ok()).flatten()?;
    let (least, most) = (plate.min_amount.minor(), plate.max_amount.minor());
    let within = (least..=most).contains(&minor);
    within.then(|| Money::new(minor, Currency::Cny).ok()).flatten()
}

fn form(found: &Found, browser: &Browser, (token, typed): (&str, &str), wrong: bool) -> Response {
    let Found { merchant, plate, cashier, path } = found;
    let form = Page {
        words: browser.words,
        assets: Assets::get(),
        root: cashier.root(),
        path,
        query: browser.query(),
        merchant: merchant.shown_name(),
        name: &plate.name,
        token,
        typed,
        least: page::price(plate.min_amount),
        most: page::price(plate.max_amount),
        wrong,
    };
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    match form.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "cashier.unrendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_digit_by_digit() {
        let money = |minor| Money::new(minor, Currency::Cny).unwrap();
        let plate = Plate {
            id: "front".parse().unwrap(),
            name: "Front".into(),
            min_amount: money(10),
            max_amount: money(100_000),
        };
        let check = |typed: &str, expect: Option<i64>| {
            assert_eq!(sum(typed, &plate).map(Money::minor), expect, "{typed:?}");
        };
        check("12", Some(1_200));
        check("12.3", Some(1_230));
        check(" 12.34 ", Some(1_234));
        check("0.1", Some(10));
        check("007.50", Some(750));
        check("１２。５", Some(1_250));
        check("1000", Some(100_000));
        check("12.", Some(1_200));
        let wrong = [
            "",
            " ",
            ".",
            ".5",
            "0",
            "0.09",
            "1000.01",
            "12.345",
            "1,000",
            "1e3",
            "-5",
            "+5",
            "0x10",
            "¥5",
            "五",
            "9999999999",
            "1.2.3",
            "1 2",
            "NaN",
            "<b>1</b>",
        ];
        wrong.into_iter().for_each(|it| check(it, None));
    }
}
