//! `alipay.fund.trans.uni.transfer`: once per `out_biz_no`, however often it is asked.

use paymux_channel::{
    BuildError, Call, Outcome, ParseError, Response, Step, TransferCall, TransferOutcome, Transfers,
};
use paymux_core::payment::Refusal;
use paymux_core::transfer::{Fact, Kind, PayeeKind};
use paymux_core::{Currency, Money, Timestamp};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::settings::Account;
use crate::time;
use crate::wire::{Api, TransferStatus, is_trade_no, yuan};

pub(crate) const TRANSFERS: Transfers =
    Transfers { payees: &PayeeKind::ALL, red_packets: true, cancels: false };

/// 100,000,000 yuan.
const MAX_FEN: i64 = 10_000_000_000;
/// Characters of `order_title`.
const MAX_TITLE: usize = 128;
const MAX_IDENTITY: usize = 64;
/// Characters of a name.
const MAX_NAME: usize = 64;
pub(crate) const SCENE: &str = "DIRECT_TRANSFER";
/// Of a card: a person's, and no company's.
const PERSONAL: &str = "2";

#[derive(Serialize)]
struct Transfer<'a> {
    out_biz_no: String,
    trans_amount: String,
    product_code: &'static str,
    biz_scene: &'static str,
    order_title: &'a str,
    payee_info: PayeeInfo<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    business_params: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer_scene_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    transfer_scene_report_infos: Vec<Report<'a>>,
}

#[derive(Serialize)]
struct PayeeInfo<'a> {
    identity: &'a str,
    identity_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bankcard_ext_info: Option<Card<'a>>,
}

#[derive(Serialize)]
struct Card<'a> {
    account_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    inst_name: Option<&'a str>,
}

#[derive(Serialize)]
struct Report<'a> {
    info_type: &'a str,
    info_content: &'a str,
}

/// The answer to a transfer and to a question about it are nearly the same words.
#[derive(Deserialize)]
pub(crate) struct Told {
    pub(crate) out_biz_no: Option<String>,
    order_id: Option<String>,
    pub(crate) status: Option<String>,
    /// Answers to a transfer have none.
    trans_amount: Option<String>,
    #[serde(alias = "trans_date")]
    pay_date: Option<String>,
    error_code: Option<String>,
    fail_reason: Option<String>,
}

pub(crate) fn build(
    account: &Account,
    transfer: &TransferCall,
    call: &Call,
) -> Result<Step, BuildError> {
    if account.capabilities.transfers.is_none() {
        return Err(BuildError::Unsupported);
    }
    let reports = transfer.scene.iter().flat_map(|it| &it.reports);
    let biz = Transfer {
        out_biz_no: transfer.out_bill_no(),
        trans_amount: amount(transfer)?,
        product_code: product(transfer),
        biz_scene: SCENE,
        order_title: title(account, &transfer.title)?,
        payee_info: payee(account, transfer)?,
        business_params: (transfer.kind == Kind::RedPacket)
            .then_some(r#"{"sub_biz_scene":"REDPACKET"}"#),
        transfer_scene_name: transfer.scene.as_ref().map(|it| &*it.id),
        transfer_scene_report_infos: reports
            .map(|(info_type, info_content)| Report { info_type, info_content })
            .collect(),
    };
    account.post(Api::Transfer, call, &[], &biz)
}

pub(crate) fn product(transfer: &TransferCall) -> &'static str {
    match (transfer.kind, transfer.payee.kind) {
        (Kind::RedPacket, _) => "STD_RED_PACKET",
        (Kind::Transfer, PayeeKind::BankCard) => "TRANS_BANKCARD_NO_PWD",
        (Kind::Transfer, PayeeKind::OpenId | PayeeKind::UserId | PayeeKind::LogonId) => {
            "TRANS_ACCOUNT_NO_PWD"
        }
    }
}

fn amount(transfer: &TransferCall) -> Result<String, BuildError> {
    let (least, limit) = match transfer.kind {
        Kind::Transfer => (10, "0.10 to 100000000.00 CNY"),
        Kind::RedPacket => (1, "0.01 to 100000000.00 CNY"),
    };
    let money = transfer.amount;
    let fits = money.currency() == Currency::Cny && (least..=MAX_FEN).contains(&money.minor());
    fits.then(|| money.to_decimal()).ok_or(BuildError::Limit { field: "amount", limit })
}

fn title<'a>(account: &Account, text: &'a str) -> Result<&'a str, BuildError> {
    let fits = (1..=MAX_TITLE).contains(&text.chars().count());
    let fits = fits && !text.chars().any(char::is_control);
    let limit = "1 to 128 characters, none of them a control character";
    if !fits {
        return Err(BuildError::Limit { field: "title", limit });
    }
    account.charset.takes("title", text)
}

fn payee<'a>(account: &Account, transfer: &'a TransferCall) -> Result<PayeeInfo<'a>, BuildError> {
    let it = &transfer.payee;
    let (identity_type, named) = match it.kind {
        PayeeKind::OpenId => ("ALIPAY_OPEN_ID", false),
        PayeeKind::UserId => ("ALIPAY_USER_ID", false),
        PayeeKind::LogonId => ("ALIPAY_LOGON_ID", true),
        PayeeKind::BankCard => ("BANKCARD_ACCOUNT", true),
    };
    let card = it.kind == PayeeKind::BankCard;
    if card && transfer.kind == Kind::RedPacket {
        return Err(BuildError::Limit { field: "payee.type", limit: "a wallet's user" });
    }
    let fits = (1..=MAX_IDENTITY).contains(&it.identity.len());
    if !fits || !it.identity.bytes().all(|it| it.is_ascii_graphic()) {
        let limit = "1 to 64 characters of ASCII";
        return Err(BuildError::Limit { field: "payee.account", limit });
    }
    let details = Card { account_type: PERSONAL, inst_name: it.bank.as_deref() };
    let name = name(account, it.name.as_deref(), named)?;
    Ok(PayeeInfo {
        identity: &it.identity,
        identity_type,
        name,
        bankcard_ext_info: card.then_some(details),
    })
}

/// Compared with what Alipay knows, and asked for where a number alone is easily mistyped.
fn name<'a>(
    account: &Account,
    name: Option<&'a str>,
    needed: bool,
) -> Result<Option<&'a str>, BuildError> {
    let limit = "1 to 64 characters, and given for a log-in or a card";
    let fits = |it: &str| (1..=MAX_NAME).contains(&it.chars().count());
    match name {
        None if needed => Err(BuildError::Limit { field: "payee.name", limit }),
        None => Ok(None),
        Some(it) if !fits(it) => Err(BuildError::Limit { field: "payee.name", limit }),
        Some(it) => account.charset.takes("payee.name", it).map(Some),
    }
}

pub(crate) fn parse(
    account: &Account,
    transfer: &TransferCall,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let answer = Answer::open(account, Api::Transfer.name(), call, response)?;
    if let Some(failure) = answer.failure() {
        return Ok(failure.of_transfer());
    }
    let told: Told = answer.read()?;
    // What was just asked for is what was paid: only a question repeats the amount.
    told.outcome(transfer, Some(transfer.amount), call.now)
}

impl Told {
    pub(crate) fn outcome(
        &self,
        transfer: &TransferCall,
        asked: Option<Money>,
        at: Timestamp,
    ) -> Result<Outcome, ParseError> {
        if self.out_biz_no.as_deref() != Some(&*transfer.out_bill_no()) {
            return Err(ParseError::Malformed("it answers for another transfer"));
        }
        let fact = self.fact(asked, at).map_err(ParseError::Malformed)?;
        let unknown = || Outcome::Unknown { code: self.status.clone().unwrap_or_default() };
        Ok(fact.map_or_else(unknown, |it| Outcome::Transfer(TransferOutcome::Fact(it))))
    }

    /// Nothing for a status that is not in the documents.
    pub(crate) fn fact(
        &self,
        asked: Option<Money>,
        at: Timestamp,
    ) -> Result<Option<Fact>, &'static str> {
        let channel_transfer_no = self.order_id.clone().filter(|it| is_trade_no(it));
        Ok(match TransferStatus::from(self.status.as_deref().ok_or("status")?) {
            TransferStatus::Success => {
                let told = self.trans_amount.as_deref().map(yuan).transpose();
                let amount = told.map_err(|_| "trans_amount")?.or(asked).ok_or("trans_amount")?;
                let at = self.pay_date.as_deref().map_or(Some(at), time::read).ok_or("pay_date")?;
                Some(Fact::Succeeded { amount, channel_transfer_no, at })
            }
            TransferStatus::Dealing | TransferStatus::WaitPay => {
                Some(Fact::Accepted { channel_transfer_no })
            }
            TransferStatus::Fail | TransferStatus::Closed => Some(Fact::Closed(self.refusal())),
            TransferStatus::Refund => Some(Fact::Returned(self.refusal())),
            TransferStatus::Unrecognised(_) => None,
        })
    }

    fn refusal(&self) -> Refusal {
        let plain = |it: &str| it.chars().filter(|it| !it.is_control()).take(256).collect();
        let code = self.error_code.as_deref().or(self.status.as_deref()).unwrap_or_default();
        let message = plain(self.fail_reason.as_deref().unwrap_or_default());
        Refusal { code: plain(code), message }
    }
}

#[cfg(test)]
mod tests;
