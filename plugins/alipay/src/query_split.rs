//! `alipay.trade.order.settle.query`: what became of shares.

use paymux_channel::{
    BuildError, Call, Outcome, ParseError, Response, SplitCall, SplitOutcome, Step,
};
use paymux_core::payment::Refusal;
use paymux_core::split::{Fact, Kind, LineState, Receiver, ReceiverKind, Told};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::answer::Answer;
use crate::return_split;
use crate::settings::Account;
use crate::split::fact;
use crate::time;
use crate::wire::{Api, yuan};

const ABSENT: Outcome = Outcome::Split(SplitOutcome::Absent);
pub(crate) const UNTOLD: Outcome = Outcome::Split(SplitOutcome::Untold);

#[derive(Serialize)]
struct Query<'a> {
    out_request_no: String,
    trade_no: &'a str,
}

#[derive(Deserialize)]
struct Queried {
    out_request_no: Option<String>,
    #[serde(default)]
    royalty_detail_list: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    operation_type: Option<String>,
    execute_dt: Option<String>,
    trans_in: Option<String>,
    trans_in_type: Option<String>,
    /// A number in the documents, and a text elsewhere.
    amount: Box<RawValue>,
    state: Option<String>,
    error_code: Option<String>,
    error_desc: Option<String>,
}

pub(crate) fn build(account: &Account, split: &SplitCall, call: &Call) -> Result<Step, BuildError> {
    match split.kind {
        Kind::Return { .. } => return_split::ask(account, split, call),
        // The question knows shares alone.
        Kind::Finish => Ok(Step::Done(UNTOLD)),
        Kind::Share { .. } => {
            let trade_no = &*split.channel_trade_no;
            let biz = Query { out_request_no: split.out_order_no(), trade_no };
            account.post(Api::SettleQuery, call, &[], &biz)
        }
    }
}

pub(crate) fn parse(
    account: &Account,
    split: &SplitCall,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    if let Kind::Return { .. } = split.kind {
        return return_split::answered(account, split, call, response);
    }
    let answer = Answer::open(account, Api::SettleQuery.name(), call, response)?;
    if let Some(failure) = answer.failure() {
        return Ok(failure.of_split_query());
    }
    let queried: Queried = answer.read()?;
    if queried.royalty_detail_list.is_empty() {
        return Ok(ABSENT);
    }
    if queried.out_request_no.as_deref() != Some(&*split.out_order_no()) {
        return Err(ParseError::Malformed("it answers for another split"));
    }
    let shares = queried.royalty_detail_list.iter();
    let shares = shares.filter(|it| it.operation_type.as_deref() == Some("transfer"));
    let lines = shares.map(|it| it.told(call)).collect::<Result<_, _>>();
    let lines = lines.map_err(ParseError::Malformed)?;
    Ok(fact(Fact::Progress { channel_split_no: None, done: false, lines }))
}

impl Detail {
    fn told(&self, call: &Call) -> Result<Told, &'static str> {
        let kind = match self.trans_in_type.as_deref() {
            Some("userId") => ReceiverKind::UserId,
            Some("loginName") => ReceiverKind::LoginName,
            Some("openId") => ReceiverKind::OpenId,
            Some(_) | None => return Err("trans_in_type"),
        };
        let account = self.trans_in.clone().ok_or("trans_in")?;
        let amount = yuan(self.amount.get().trim_matches('"')).map_err(|_| "amount")?;
        Ok(Told { receiver: Receiver { kind, account }, amount, state: self.state(call)? })
    }

    fn state(&self, call: &Call) -> Result<LineState, &'static str> {
        let at = self.execute_dt.as_deref().map_or(Some(call.now), time::read);
        Ok(match self.state.as_deref() {
            Some("SUCCESS") => LineState::Succeeded { at: at.ok_or("execute_dt")? },
            Some("FAIL") => LineState::Closed(self.refusal()),
            // What is in no document is not final.
            Some(_) | None => LineState::Pending,
        })
    }

    fn refusal(&self) -> Refusal {
        let plain = |it: Option<&str>| {
            let it = it.unwrap_or_default().chars();
            it.filter(|it| !it.is_control()).take(256).collect()
        };
        Refusal {
            code: plain(self.error_code.as_deref()),
            message: plain(self.error_desc.as_deref()),
        }
    }
}
