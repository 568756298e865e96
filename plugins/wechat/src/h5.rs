//! `POST /v3/pay/transactions/h5`: an order as a page that opens the wallet from a phone's browser.

use http::Uri;
use paymux_channel::{BuildError, Call, Outcome, ParseError, Pay, Response, Step};
use paymux_core::AttemptId;
use paymux_core::payment::Action;
use serde::Deserialize;

use crate::answer::{Answer, UNEXPECTED};
use crate::order::{Order, Scene, client_ip};
use crate::percent::encode;
use crate::returned;
use crate::settings::Account;

/// Longest `h5_url`; those seen have 150.
const MAX_URL: usize = 512;

#[derive(Deserialize)]
struct Placed {
    h5_url: String,
}

pub(crate) fn build(account: &Account, pay: &Pay, call: &Call) -> Result<Step, BuildError> {
    // The wallet compares it with the phone that opens the page.
    let payer_client_ip = client_ip(pay.payer.client_ip.as_deref().unwrap_or_default())?;
    let mut order = Order::new(account, pay, call)?;
    order.scene_info = Some(Scene { payer_client_ip, h5_info: Some(&account.h5) });
    account.post(&format!("{}/h5", account.orders()), call, &order)
}

pub(crate) fn parse(
    account: &Account,
    attempt: AttemptId,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let back = returned::url(&account.private_key, attempt, call)?;
    parse_page(account, call, response, Some(&back))
}

pub(crate) fn parse_page(
    account: &Account,
    call: &Call,
    response: &Response,
    back: Option<&str>,
) -> Result<Outcome, ParseError> {
    let said = match Answer::verify(account, call, response)? {
        Answer::Said(said) => said,
        Answer::Done => return Err(UNEXPECTED),
        Answer::Failed(failure) => return Ok(failure.of_pay()),
    };
    let Placed { h5_url } = said.read()?;
    page(&h5_url, back)
}

/// The page that opens the wallet, and where the browser goes when it is back from there.
pub(crate) fn page(url: &str, back: Option<&str>) -> Result<Outcome, ParseError> {
    let absolute = url.parse::<Uri>().is_ok_and(|it| it.scheme().is_some());
    if url.len() > MAX_URL || !absolute || url.contains('#') {
        return Err(ParseError::Malformed("its page cannot be opened"));
    }
    let joint = if url.contains('?') { '&' } else { '?' };
    let back = back.map(|it| format!("{joint}redirect_url={}", encode(it)));
    Ok(Outcome::Accepted(Action::Redirect(url.to_owned() + &back.unwrap_or_default())))
}

#[cfg(test)]
mod tests;
