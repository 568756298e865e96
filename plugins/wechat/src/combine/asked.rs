//! What the gateway asks of an order of several parts, as the combined order that it is.

use paymux_channel::Combined as Asked;
use paymux_channel::{
    Ask, BuildError, Call, CombinedPart, Outcome, ParseError, Pay, Response, Step,
};
use paymux_core::payment::Method;

use super::{Combined, CombinedOrder, Product, SubOrder, SubState, whole};
use crate::settings::Account;
use crate::{close, h5};

/// `mchid`, or a service provider's and its sub-merchant's.
pub(crate) fn party(account: &Account) -> String {
    let own = &account.mch_id;
    account.sub.as_ref().map_or_else(|| own.clone(), |it| format!("{own}/{}", it.mch_id))
}

pub(crate) fn build(account: &Account, it: &Asked, call: &Call) -> Result<Step, BuildError> {
    let number = it.attempt.to_string();
    match &it.ask {
        Ask::Pay(pay) => account.build_order(&order(it, pay)?, call),
        Ask::Query => account.build_combined_query(&number, call),
        Ask::Close => account.build_close(&number, it.method, &subs(&it.parts), call),
    }
}

pub(crate) fn parse(
    account: &Account,
    it: &Asked,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    match &it.ask {
        Ask::Pay(_) if it.method == Method::H5 => h5::parse(account, it.attempt, call, response),
        Ask::Pay(pay) => {
            let order = order(it, pay).map_err(|_| crate::NOT_ASKED)?;
            account.parse_order(&order, call, response)
        }
        Ask::Query => {
            match account.parse_combined_query(&it.attempt.to_string(), call, response)? {
                Ok(combined) => queried(it, combined),
                Err(failure) => Ok(failure.of_query()),
            }
        }
        Ask::Close => close::parse(account, call, response),
    }
}

/// In the order in which they were placed, each with its own amount.
fn queried(it: &Asked, combined: Combined) -> Result<Outcome, ParseError> {
    let mut subs = combined.subs;
    subs.sort_by_key(|sub| it.parts.iter().position(|part| part.out_trade_no == sub.out_trade_no));
    let combined = Combined { subs, ..combined };
    let mut pairs = combined.subs.iter().zip(&it.parts);
    let same = pairs.all(|(sub, part)| {
        let amount = match &sub.state {
            SubState::Paid(receipt) => receipt.amount == part.amount,
            SubState::Unpaid | SubState::Closed | SubState::Unknown { .. } => true,
        };
        amount && sub.out_trade_no == part.out_trade_no
    });
    let all = same && combined.subs.len() == it.parts.len();
    if all { Ok(whole::outcome(&combined)) } else { Err(ParseError::Malformed("sub_orders")) }
}

fn order(it: &Asked, pay: &Pay) -> Result<CombinedOrder, BuildError> {
    let openid = || pay.payer.openid.clone().unwrap_or_default();
    let product = match it.method {
        Method::Qr => Product::Native,
        Method::App => Product::App,
        Method::H5 => Product::H5,
        Method::Jsapi => Product::Jsapi(openid()),
        Method::MiniProgram => Product::MiniProgram(openid()),
        Method::Page | Method::Barcode => return Err(BuildError::Unsupported),
    };
    Ok(CombinedOrder {
        out_trade_no: it.attempt.to_string(),
        product,
        client_ip: pay.payer.client_ip.clone(),
        expires_at: pay.expires_at,
        identity: None,
        sub_orders: subs(&it.parts),
    })
}

/// What comes back beside the part is its number once more: WeChat Pay wants something there.
fn subs(parts: &[CombinedPart]) -> Vec<SubOrder> {
    let sub = |it: &CombinedPart| {
        let (mch_id, sub) = it.party.split_once('/').unzip();
        SubOrder {
            mch_id: mch_id.unwrap_or(&it.party).to_owned(),
            sub_mch_id: sub.map(str::to_owned),
            out_trade_no: it.out_trade_no.clone(),
            amount: it.amount,
            description: it.subject.clone(),
            attach: it.out_trade_no.clone(),
            profit_sharing: false,
        }
    };
    parts.iter().map(sub).collect()
}

#[cfg(test)]
mod tests;
