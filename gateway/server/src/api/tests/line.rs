//! The way to the channel, and what a test makes of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use paymux_engine::outbound::{CallError, Outbound, response};
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use super::rig::sign;

/// What becomes of a call to the channel.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(crate) enum Line {
    /// It is answered with a code to scan.
    Code,
    /// No connection can be made.
    Down,
    /// The account's quota is spent.
    Spent,
    /// The account's breaker is shut.
    Shut,
    /// It is sent, and never answered.
    Silent,
    /// The trade was given back by somebody, and the channel knows no refund of ours.
    GivenBack,
    /// The channel does what it is asked about shares.
    Shares,
    /// It wants another try of every share, and no question finds any.
    Undecided,
    /// It is sent, and nothing happens for as long as anybody waits.
    Held,
}

pub(super) fn outbound(line: Arc<AtomicU8>) -> Outbound {
    BoxCloneSyncService::new(service_fn(move |request: paymux_channel::Request| {
        let line = line.load(Ordering::Relaxed);
        async move {
            match line {
                it if it == Line::Code as u8 => Ok(response(200, code(&request))),
                it if it == Line::GivenBack as u8 => Ok(response(200, given_back(&request))),
                it if it == Line::Shares as u8 => Ok(response(200, shares(&request))),
                it if it == Line::Undecided as u8 => Ok(response(200, undecided(&request))),
                it if it == Line::Down as u8 => Err(CallError::Connect),
                it if it == Line::Spent as u8 => Err(CallError::Quota),
                it if it == Line::Shut as u8 => Err(CallError::Shut),
                it if it == Line::Held as u8 => std::future::pending().await,
                _ => Err(CallError::Deadline),
            }
        }
    }))
}

/// A genuine answer to `alipay.trade.precreate`.
fn code(request: &paymux_channel::Request) -> String {
    let body = std::str::from_utf8(request.body()).unwrap();
    let number = body.split("out_trade_no%22%3A%22").nth(1).unwrap().get(..28).unwrap();
    let code = r#""qr_code":"https://qr.example.com/1""#;
    let node = format!(r#"{{"code":"10000","out_trade_no":"{number}",{code}}}"#);
    let sign = sign(&node);
    format!(r#"{{"alipay_trade_precreate_response":{node},"sign":"{sign}"}}"#)
}

fn given_back(request: &paymux_channel::Request) -> String {
    let asks = request.uri().query().unwrap().contains("refund.query");
    let (name, code) = match asks {
        true => ("alipay_trade_fastpay_refund_query_response", "TRADE_NOT_EXIST"),
        false => ("alipay_trade_refund_response", "ACQ.TRADE_HAS_CLOSE"),
    };
    let node = format!(r#"{{"code":"40004","sub_code":"{code}","sub_msg":"over"}}"#);
    let sign = sign(&node);
    format!(r#"{{"{name}":{node},"sign":"{sign}"}}"#)
}

fn undecided(request: &paymux_channel::Request) -> String {
    let asks = request.uri().query().unwrap().contains("order.settle.query");
    let (name, node) = match asks {
        true => ("settle_query", r#"{"code":"10000"}"#),
        false => ("settle", r#"{"code":"40004","sub_code":"ACQ.TRADE_STATUS_ERROR"}"#),
    };
    let sign = sign(node);
    format!(r#"{{"alipay_trade_order_{name}_response":{node},"sign":"{sign}"}}"#)
}

/// Shares are taken on under the number they came with, a finish and a return are done, receivers
/// are bound; no question finds anything.
fn shares(request: &paymux_channel::Request) -> String {
    let (query, body) = (request.uri().query().unwrap(), request.body());
    let body = std::str::from_utf8(body).unwrap();
    let number = body.split("out_request_no%22%3A%22").nth(1).unwrap().split('%').next().unwrap();
    let names = ["order.settle", "order.settle.query", "royalty.relation.bind"];
    let names = names.into_iter().chain(["royalty.relation.unbind", "fastpay.refund.query"]);
    let mut names = names.filter(|it| query.contains(&format!("alipay.trade.{it}&")));
    let name = names.next();
    let node = match name {
        Some("order.settle.query" | "fastpay.refund.query") => r#"{"code":"10000"}"#.to_owned(),
        None => r#"{"code":"10000","fund_change":"Y"}"#.to_owned(),
        Some(_) => {
            format!(r#"{{"code":"10000","settle_no":"{number}","result_code":"SUCCESS"}}"#)
        }
    };
    let (name, sign) = (name.unwrap_or("refund").replace('.', "_"), sign(&node));
    format!(r#"{{"alipay_trade_{name}_response":{node},"sign":"{sign}"}}"#)
}
