//! `alipay.trade.order.settle.query`: what became of shares.

use paymux_channel::{
    BuildError, Call, Outcome, ParseError, Response, SplitCall, SplitOutcome, Step,
};
use paymux_core::Money;
use paymux_core::payment::Refusal;
use paymux_core::split::{Fact, Kind, Line, LineState, Receiver, ReceiverKind, Told};
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
    amount: Option<Box<RawValue>>,
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
    let lines = lines(split, shares.filter_map(|it| it.told(call)).collect());
    Ok(fact(Fact::Progress { channel_split_no: None, done: false, lines }))
}

/// Under the receivers they were sent for. Alipay may name one in words of its own, a log-in by its
/// number or with stars: it is whose amount no other has that is left.
fn lines(split: &SplitCall, told: Vec<Said>) -> Vec<Told> {
    let ours =
        |it: &Said| split.lines.iter().any(|line| it.receiver.as_ref() == Some(&line.receiver));
    let (named, strangers): (Vec<_>, Vec<_>) = told.into_iter().partition(ours);
    let left = |line: &&Line| !named.iter().any(|it| it.receiver.as_ref() == Some(&line.receiver));
    let of = |stranger: &Said| {
        let same = |it: &&Line| it.amount == stranger.amount;
        let mut lines = split.lines.iter().filter(left).filter(same);
        let alone = strangers.iter().filter(|it| it.amount == stranger.amount).count() == 1;
        let line = lines.next().filter(|_| alone && lines.next().is_none())?;
        Some(stranger.of(line.receiver.clone()))
    };
    let known = named.iter().filter_map(|it| Some(it.of(it.receiver.clone()?)));
    known.chain(strangers.iter().filter_map(of)).collect()
}

/// What a detail says, as far as it is understood.
struct Said {
    receiver: Option<Receiver>,
    amount: Money,
    state: LineState,
}

impl Said {
    fn of(&self, receiver: Receiver) -> Told {
        Told { receiver, amount: self.amount, state: self.state.clone() }
    }
}

impl Detail {
    /// One that is not understood is passed over: it says nothing of the others.
    fn told(&self, call: &Call) -> Option<Said> {
        let amount = yuan(self.amount.as_ref()?.get().trim_matches('"')).ok()?;
        Some(Said { receiver: self.receiver(), amount, state: self.state(call)? })
    }

    fn receiver(&self) -> Option<Receiver> {
        let kind = match self.trans_in_type.as_deref()? {
            "userId" => ReceiverKind::UserId,
            "loginName" => ReceiverKind::LoginName,
            "openId" => ReceiverKind::OpenId,
            _ => return None,
        };
        Some(Receiver { kind, account: self.trans_in.clone()? })
    }

    fn state(&self, call: &Call) -> Option<LineState> {
        let at = self.execute_dt.as_deref().map_or(Some(call.now), time::read);
        Some(match self.state.as_deref() {
            Some("SUCCESS") => LineState::Succeeded { at: at? },
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
