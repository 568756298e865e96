//! `GET /c/{link}/identified/{account}`: back from the wallet, which says who pays. Its code is
//! good once, so an order is opened here although nobody sent a form.

use axum::Extension;
use axum::extract::{Path, Query, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, StatusCode};
use paymux_channel::{Identify, Secret};
use paymux_core::AccountId;
use paymux_core::payment::{Method, Payer, Payment, Way};
use paymux_engine::cashier::STATE_LIFE;
use paymux_engine::flow::identify::Place;
use paymux_engine::problem::{self, Problem};
use paymux_store::Store;
use paymux_store::guard::Claim;
use tracing::Instrument as _;

use super::bound::Bound;
use super::browser::Browser;
use super::choose::{is_over, payer};
use super::{Answer, Desk, Shown};
use crate::inbound::client::Client;

/// Each channel has its own name for the code.
const CODES: [&str; 2] = ["code", "auth_code"];

pub(crate) async fn handle<S: Store>(
    State(desk): State<Desk<S>>,
    Path((link, account)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    Query(brought): Query<Vec<(String, String)>>,
    headers: HeaderMap,
    Extension(client): Extension<Client>,
) -> Answer {
    let shown = desk.shown(&link).await?;
    let browser = Browser::of(&headers, query.as_deref().unwrap_or_default());
    let account = account.parse::<AccountId>().map_err(|_| stale())?;
    let brought = |names: &[&str]| {
        let found =
            brought.iter().find(|(name, text)| names.contains(&&**name) && !text.is_empty());
        found.map(|it| it.1.clone())
    };
    let state = brought(&["state"]).unwrap_or_default();
    let bound = Bound::of(&headers, &shown.cashier).ok_or_else(stale)?;
    let (id, now) = (shown.payment.id, desk.gateway.now());
    if !shown.cashier.is_state(&state, id, &account, bound.text(), now) {
        return Err(stale().into());
    }
    // The code is good once at its wallet too; a guard that is away is gone without. A browser that
    // asks twice is shown what its first question made.
    let claim = desk.gateway.guard.claim(&format!("state {state}"), STATE_LIFE).await;
    if matches!(claim, Claim::Busy | Claim::Done) {
        return Ok(to_page(&shown, &browser, ""));
    }
    // Without a code the payer has declined.
    let (Some(code), false) = (brought(&CODES), is_over(&shown.payment)) else {
        return Ok(to_page(&shown, &browser, ""));
    };
    let payer = payer(client, &browser);
    begin(desk, shown, browser, (account, Secret::new(code), payer)).await
}

/// A payer who hangs up now does not undo half of it.
async fn begin<S: Store>(
    desk: Desk<S>,
    shown: Shown,
    browser: Browser,
    (account, code, payer): (AccountId, Secret, Payer),
) -> Answer {
    let begun = desk.begun.clone();
    let work = async move {
        open(&desk, &shown, account, code, payer).await?;
        Ok(to_page(&shown, &browser, "#pay"))
    };
    let answer = begun.spawn(work.instrument(tracing::Span::current())).await;
    answer.unwrap_or_else(|_| Err(Problem::new(problem::INTERNAL, "it ended in a defect").into()))
}

async fn open<S: Store>(
    desk: &Desk<S>,
    shown: &Shown,
    account: AccountId,
    code: Secret,
    payer: Payer,
) -> Result<Payment, Problem> {
    let Shown { payment, merchant, .. } = shown;
    let offered = desk.gateway.offered(merchant, payment, &payer);
    // Whoever is known to one account is nobody to another: ask anew where the route has changed.
    let own = offered.into_iter().find(|it| it.method == Method::Jsapi && it.account == account);
    let channel = own.ok_or_else(stale)?.channel;
    let place = Place::Account(account);
    let known = desk.gateway.identify(merchant, &place, &Identify::OAuth(code)).await?;
    let payer = Payer { openid: Some(known.openid), ..payer };
    let way = Way { method: Method::Jsapi, channel: Some(channel), payer };
    desk.gateway.take_way(merchant, payment.id, way).await
}

/// The code does not stay in the address, and the page shows what was opened, however often.
fn to_page(shown: &Shown, browser: &Browser, fragment: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let place = format!("{}{}{fragment}", shown.path(), browser.query());
    if let Ok(place) = HeaderValue::try_from(place) {
        response.headers_mut().insert(LOCATION, place);
    }
    response
}

fn stale() -> Problem {
    Problem::new(problem::CHANNEL_UNFIT, "the way back is not the one that was begun")
}
