//! `/submit.php`: the payer's browser brings the order, and is led to where it can be paid.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY};
use http::{HeaderValue, StatusCode};
use paymux_core::PaymentId;
use paymux_engine::problem::{self, Problem};
use paymux_store::Store;

use super::open::{self, Device};
use super::signed;
use crate::api::Answer;
use crate::cashier::{self, Browser};
use crate::doors::caller::{Came, From};
use crate::doors::{EPAY, Hall};

pub(super) async fn handle<S: Store>(State(hall): State<Hall<S>>, came: Came) -> Answer {
    let (merchant, params) = signed(&hall, &came, From::Browser)?;
    let channel = open::channel(&params)?;
    let new = open::wanted(&hall, &params)?;
    let payment = hall.place(&merchant, EPAY, new).await?;
    hall.payable(&payment)?;
    let browser = Browser::of(&came.headers, "");
    let device = match browser.device {
        _ if channel.is_none() => Device::Elsewhere,
        cashier::Device::Computer => Device::Computer,
        cashier::Device::Phone => Device::Phone,
        cashier::Device::Wallet(_) => Device::Elsewhere,
    };
    let payer = cashier::payer(came.client, &browser);
    let payment = match channel {
        Some(channel) => hall.open_way(&merchant, payment, channel, (device, payer)).await?,
        None => payment,
    };
    let page = page_of(&hall, payment.id)?;
    Ok(see_other(open::leads_to(&payment, device).unwrap_or(&page))?)
}

/// Whoever asks for nothing but the head looks at a link, and pays nothing.
pub(super) async fn look() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// The cashier's page, which shows what was opened and follows it.
pub(super) fn page_of<S: Store>(hall: &Hall<S>, payment: PaymentId) -> Result<String, Problem> {
    let cashier = hall.gateway.snapshot.load().cashier.clone();
    let missing = || Problem::new(problem::CASHIER_NOT_CONFIGURED, "there are no pages");
    Ok(cashier.ok_or_else(missing)?.payment_url(payment))
}

fn see_other(url: &str) -> Result<Response, Problem> {
    let damaged = |_| Problem::new(problem::INTERNAL, "the page's URL is damaged");
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(LOCATION, HeaderValue::try_from(url).map_err(damaged)?);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The query is signed; it is nobody else's business.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}
