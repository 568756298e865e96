//! `POST /c/{link}`: the payer has chosen. Now, and not before, an order is opened at a channel.

use axum::extract::rejection::FormRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::{Extension, Form};
use http::HeaderMap;
use http::header::SET_COOKIE;
use paymux_core::Timestamp;
use paymux_core::payment::{Action, Attempt, Method, Payer, Payment, Standing, Verdict, Way};
use paymux_engine::flow::identify::Place;
use paymux_engine::problem::{self, Problem};
use paymux_engine::snapshot::Snapshot;
use paymux_store::Store;
use serde::Deserialize;

use super::bound::Bound;
use super::browser::Browser;
use super::{Answer, Desk, Shown, page};
use crate::inbound::client::Client;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Choice {
    channel: String,
    method: String,
}

pub(crate) async fn handle<S: Store>(
    State(desk): State<Desk<S>>,
    Path(link): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    Extension(client): Extension<Client>,
    choice: Result<Form<Choice>, FormRejection>,
) -> Answer {
    let mut shown = desk.shown(&link).await?;
    let browser = Browser::of(&headers, query.as_deref().unwrap_or_default());
    let Form(choice) = choice.map_err(|_| nothing_such())?;
    let method = Method::from_name(&choice.method).ok_or_else(nothing_such)?;
    let way = Way { method, channel: Some(choice.channel), payer: payer(client, &browser) };
    if is_over(&shown.payment) {
        return Ok(page::page(&desk, &shown, &browser));
    }
    if way.method == Method::Jsapi {
        let bound = Bound::of(&headers, &shown.cashier);
        let bound = bound.unwrap_or_else(|| Bound::new(desk.gateway.world.entropy()));
        return Ok(ask_who(&desk, &shown, (&browser, &bound), &way)?);
    }
    shown.payment = desk.gateway.take_way(&shown.merchant, shown.payment.id, way).await?;
    let (snapshot, now) = (desk.gateway.snapshot.load_full(), desk.gateway.now());
    Ok(match leaving(&shown.payment, &snapshot, now) {
        Some(action) => page::leave(&shown, &browser, action),
        None => page::page(&desk, &shown, &browser),
    })
}

pub(crate) fn payer(client: Client, browser: &Browser) -> Payer {
    Payer {
        client_ip: client.address.or(client.peer).map(|it| it.to_string()),
        user_agent: browser.user_agent.clone(),
        openid: None,
        auth_code: None,
    }
}

pub(crate) fn is_over(payment: &Payment) -> bool {
    payment.verdict != Verdict::Open || payment.closing.is_some()
}

/// The order that waits for its payer, if it is one that may still be shown.
pub(crate) fn open<'a>(
    payment: &'a Payment,
    snapshot: &Snapshot,
    now: Timestamp,
) -> Option<&'a Attempt> {
    let attempt = payment.current().filter(|_| !is_over(payment))?;
    let waits = attempt.standing == Standing::Pending && !attempt.superseded;
    (waits && snapshot.leads_on(attempt, now)).then_some(attempt)
}

/// What sends the browser away.
fn leaving<'a>(payment: &'a Payment, snapshot: &Snapshot, now: Timestamp) -> Option<&'a Action> {
    let action = open(payment, snapshot, now)?.action.as_ref()?;
    matches!(action, Action::Redirect(_) | Action::Form { .. }).then_some(action)
}

/// The wallet says who pays, and sends the browser back with a code for it.
fn ask_who<S: Store>(
    desk: &Desk<S>,
    shown: &Shown,
    (browser, bound): (&Browser, &Bound),
    way: &Way,
) -> Result<Response, Problem> {
    let Shown { payment, merchant, cashier } = shown;
    let offered = desk.gateway.offered(merchant, payment, &way.payer);
    let fits = |it: &&paymux_engine::flow::cashier::Offered| {
        it.method == way.method && Some(&it.channel) == way.channel.as_ref()
    };
    let account = &offered.iter().find(fits).ok_or_else(nothing_such)?.account;
    let state = cashier.state(payment.id, account, bound.text(), desk.gateway.now());
    let url = cashier.payment_url(payment.id);
    let back = format!("{url}/identified/{account}{}", browser.query());
    let place = Place::Account(account.clone());
    let (_, url) = desk.gateway.identify_url(merchant, &place, &back, &state)?;
    let mut response = page::leave(shown, browser, &Action::Redirect(url));
    if let Some(cookie) = bound.cookie(cashier) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    Ok(response)
}

fn nothing_such() -> Problem {
    Problem::new(problem::NO_ROUTE, "the payment is not offered in this way")
}
