//! `POST /v3/fund-app/mch-transfer/transfer-bills`: once per `out_bill_no`, however often asked.

use paymux_channel::{
    BuildError, Call, Outcome, ParseError, Response, Secret, Step, TransferCall, Transfers,
};
use paymux_core::transfer::{Kind, PayeeKind};
use serde::Serialize;

use crate::answer::{Answer, UNEXPECTED};
use crate::order::{fen, is_openid, is_takable};
use crate::request::notify_url;
use crate::settings::Account;
use crate::transferred;

pub(crate) const PATH: &str = "/v3/fund-app/mch-transfer/transfer-bills";
pub(crate) const TRANSFERS: Transfers =
    Transfers { payees: &[PayeeKind::OpenId], red_packets: true, cancels: true };

/// Characters of `transfer_remark`.
const MAX_REMARK: usize = 32;
/// From 2000 yuan on WeChat Pay wants the payee's name.
const NAMED_FROM: i64 = 200_000;
/// Below 0.30 yuan it wants none.
const UNNAMED_BELOW: i64 = 30;
/// Each scene wants one to three.
const MAX_REPORTS: usize = 8;
/// Characters of a name, far below what one block of RSA takes.
const MAX_NAME: usize = 64;

const SCENE: BuildError = BuildError::Limit {
    field: "scene",
    limit: "the id of a scene and 1 to 8 reports of it, as WeChat Pay pairs them",
};
const NAME: BuildError = BuildError::Limit {
    field: "payee.name",
    limit: "1 to 64 characters, and given from 2000.00 CNY on",
};

#[derive(Serialize)]
struct Bill<'a> {
    appid: &'a str,
    out_bill_no: String,
    transfer_scene_id: &'a str,
    openid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    transfer_amount: i64,
    transfer_remark: &'a str,
    notify_url: &'a str,
    transfer_scene_report_infos: Vec<Report<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_recv_style: Option<Style>,
}

#[derive(Serialize)]
struct Report<'a> {
    info_type: &'a str,
    info_content: &'a str,
}

#[derive(Serialize)]
struct Style {
    r#type: &'static str,
}

pub(crate) fn build(
    account: &Account,
    transfer: &TransferCall,
    call: &Call,
) -> Result<Step, BuildError> {
    if account.sub.is_some() {
        return Err(BuildError::Unsupported);
    }
    let name = name(transfer)?;
    let sealer = name.as_ref().map(|_| account.sealer(call.now)).transpose()?;
    let sealed = |it: &Secret| sealer.as_ref().ok_or(BuildError::Sign)?.seal(it);
    let bill = bill(account, transfer, name.as_ref().map(sealed).transpose()?, call)?;
    let step = account.post(PATH, call, &bill)?;
    match sealer {
        Some(sealer) => sealer.name(step),
        None => Ok(step),
    }
}

fn bill<'a>(
    account: &'a Account,
    transfer: &'a TransferCall,
    user_name: Option<String>,
    call: &'a Call,
) -> Result<Bill<'a>, BuildError> {
    let (transfer_scene_id, transfer_scene_report_infos) = scene(transfer)?;
    let style = || Style { r#type: "RED_PACKET" };
    Ok(Bill {
        appid: &account.app_id,
        out_bill_no: transfer.out_bill_no(),
        transfer_scene_id,
        openid: openid(transfer)?,
        user_name,
        transfer_amount: fen(transfer.amount)?,
        transfer_remark: remark(&transfer.title)?,
        notify_url: notify_url(&call.notify_url)?,
        transfer_scene_report_infos,
        user_recv_style: (transfer.kind == Kind::RedPacket).then(style),
    })
}

fn openid(transfer: &TransferCall) -> Result<&str, BuildError> {
    let payee = &transfer.payee;
    if payee.kind != PayeeKind::OpenId {
        return Err(BuildError::Limit { field: "payee.type", limit: "openid" });
    }
    let limit = "1 to 128 characters of ASCII";
    let fits = is_openid(&payee.identity);
    fits.then_some(&*payee.identity).ok_or(BuildError::Limit { field: "payee.account", limit })
}

fn name(transfer: &TransferCall) -> Result<Option<Secret>, BuildError> {
    let fen = transfer.amount.minor();
    match &transfer.payee.name {
        None if fen >= NAMED_FROM => Err(NAME),
        Some(it) if !(1..=MAX_NAME).contains(&it.chars().count()) => Err(NAME),
        Some(it) if fen >= UNNAMED_BELOW => Ok(Some(Secret::new(it.clone()))),
        Some(_) | None => Ok(None),
    }
}

fn remark(text: &str) -> Result<&str, BuildError> {
    let fits = (1..=MAX_REMARK).contains(&text.chars().count()) && text.chars().all(is_takable);
    let limit = "1 to 32 characters of at most three bytes, without control characters";
    fits.then_some(text).ok_or(BuildError::Limit { field: "title", limit })
}

fn scene(transfer: &TransferCall) -> Result<(&str, Vec<Report<'_>>), BuildError> {
    let scene = transfer.scene.as_ref().ok_or(SCENE)?;
    let digits = scene.id.len() == 4 && scene.id.bytes().all(|it| it.is_ascii_digit());
    if !digits || !(1..=MAX_REPORTS).contains(&scene.reports.len()) {
        return Err(SCENE);
    }
    let report = |(info_type, info_content)| Report { info_type, info_content };
    let reports = scene.reports.iter().map(|it| (&*it.0, &*it.1));
    Ok((&scene.id, reports.map(report).collect()))
}

pub(crate) fn parse(
    account: &Account,
    transfer: &TransferCall,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    match Answer::verify(account, call, response)? {
        Answer::Said(said) => transferred::outcome(&said, transfer, call),
        Answer::Done => Err(UNEXPECTED),
        Answer::Failed(failure) => Ok(failure.of_transfer()),
    }
}

#[cfg(test)]
mod tests;
