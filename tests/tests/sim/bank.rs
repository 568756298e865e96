//! The truth at a channel: orders, payers, refunds. The gateway can only ask about it.

mod notice;
mod payer;
mod refund;
mod reverse;

use std::collections::BTreeMap;

use paymux_core::AttemptId;

use super::scene::{Act, Ms, State};
use super::wire::{Ask, Message, Tell};

pub(crate) struct Bank {
    pub(crate) account: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) key: &'static str,
    /// An order exists only once its code is scanned, and its refunds work at once.
    pub(crate) scans: bool,
    pub(crate) orders: BTreeMap<AttemptId, Order>,
    /// The words of the first request under each number, from the moment they were sent.
    pub(crate) asked: BTreeMap<AttemptId, Ask>,
    pub(crate) messages: Vec<Outgoing>,
}

pub(crate) struct Order {
    pub(crate) amount: i64,
    pub(crate) expires: Ms,
    pub(crate) made: Ms,
    /// The request itself takes the money.
    pub(crate) charge: bool,
    /// What is paid of it is not undone any more.
    pub(crate) firm: bool,
    /// It was undone after it was paid, and the money is back.
    pub(crate) returned: bool,
    /// Paid after the channel had said "closed".
    pub(crate) late: bool,
    pub(crate) stage: Stage,
    /// A payer has agreed; the money is on its way.
    pub(crate) landing: bool,
    pub(crate) paid: Option<Paid>,
    pub(crate) refunds: BTreeMap<String, Refund>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// There is a code, and no order before somebody scans it.
    Code,
    Waiting,
    Paid,
    Closed,
}

#[derive(Clone, Debug)]
pub(crate) struct Paid {
    pub(crate) trade: String,
    pub(crate) at: Ms,
}

pub(crate) struct Refund {
    pub(crate) amount: i64,
    pub(crate) number: String,
    pub(crate) stage: RefundStage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefundStage {
    Working,
    Done(Ms),
    Failed,
    Abnormal,
}

pub(crate) struct Outgoing {
    pub(crate) message: Message,
    pub(crate) acked: bool,
    /// Never arrives, whatever is tried.
    pub(crate) silent: bool,
}

impl Order {
    /// Whether money can come of it without any further request.
    pub(crate) fn is_payable(&self, now: Ms) -> bool {
        match self.stage {
            Stage::Code | Stage::Waiting => now < self.expires,
            Stage::Paid | Stage::Closed => false,
        }
    }

    /// Money that came and was not undone.
    pub(crate) fn is_kept(&self) -> bool {
        self.paid.is_some() && !self.returned
    }

    pub(crate) fn refunded(&self) -> i64 {
        let done = self.refunds.values().filter(|it| matches!(it.stage, RefundStage::Done(_)));
        done.map(|it| it.amount).sum()
    }

    /// Money that went back or is about to.
    pub(crate) fn taken(&self) -> i64 {
        let held = self.refunds.values().filter(|it| it.stage != RefundStage::Failed);
        held.map(|it| it.amount).sum()
    }
}

impl Bank {
    pub(crate) fn two() -> Vec<Self> {
        let bank = |account, kind, key, scans| Self {
            account,
            kind,
            key,
            scans,
            orders: BTreeMap::new(),
            asked: BTreeMap::new(),
            messages: vec![],
        };
        vec![bank("ali", "alipay", "key of ali", true), bank("wx", "wechat", "key of wx", false)]
    }
}

impl State {
    /// A request arrived. A repeat is the same message again: it begins nothing.
    pub(crate) fn serve(&mut self, bank: usize, ask: &Ask, repeat: bool) -> Tell {
        let Ok(attempt) = ask.order().parse::<AttemptId>() else { return unknown("NUMBER") };
        match ask {
            Ask::Pay { amount, charge, expires, .. } => {
                match self.banks[bank].orders.get(&attempt) {
                    Some(_) => self.pay_again(bank, attempt),
                    None if repeat => unknown("REPEAT"),
                    None => self.pay_first(bank, attempt, *amount, charge.is_some(), *expires),
                }
            }
            Ask::Query { .. } => self.query(bank, attempt),
            Ask::Close { .. } => self.close(bank, attempt),
            Ask::Reverse { .. } => self.reverse(bank, attempt),
            Ask::Refund { refund, amount, .. } => {
                self.take_refund(bank, attempt, refund, *amount, repeat)
            }
            Ask::QueryRefund { refund, .. } => self.tell_refund(bank, attempt, refund),
        }
    }

    fn pay_first(
        &mut self,
        bank: usize,
        attempt: AttemptId,
        amount: i64,
        charge: bool,
        expires: Ms,
    ) -> Tell {
        if self.now >= expires {
            return Tell::Refused { code: "EXPIRED".into() };
        }
        if self.fault(|it| it.refused) {
            self.count("refused");
            return Tell::Refused { code: "RISK".into() };
        }
        let code = self.banks[bank].scans && !charge;
        let stage = if code { Stage::Code } else { Stage::Waiting };
        let firm = self.fault(|it| it.firm);
        let order = Order {
            amount,
            expires,
            made: self.now,
            charge,
            firm,
            returned: false,
            late: false,
            stage,
            landing: false,
            paid: None,
            refunds: BTreeMap::new(),
        };
        self.banks[bank].orders.insert(attempt, order);
        self.at(expires, Act::Expire { bank, attempt });
        self.invite(bank, attempt, charge)
    }

    fn pay_again(&mut self, bank: usize, attempt: AttemptId) -> Tell {
        let order = &self.banks[bank].orders[&attempt];
        match order.stage {
            Stage::Paid => Tell::AlreadyPaid,
            Stage::Closed => Tell::Closed,
            Stage::Code | Stage::Waiting if self.now >= order.expires => {
                Tell::Refused { code: "EXPIRED".into() }
            }
            Stage::Code | Stage::Waiting if order.charge => Tell::Confirm,
            Stage::Code | Stage::Waiting => accepted(attempt),
        }
    }

    fn query(&mut self, bank: usize, attempt: AttemptId) -> Tell {
        let wrong = self.fault(|it| it.contradiction / 4);
        let scans = self.banks[bank].scans;
        let Some(order) = self.banks[bank].orders.get(&attempt) else { return Tell::Absent };
        match (&order.stage, &order.paid) {
            (Stage::Code, _) => Tell::Absent,
            (Stage::Waiting, _) => Tell::Unpaid,
            (Stage::Closed, _) => Tell::Closed,
            // A refunded order is reported closed, too.
            (Stage::Paid, _) if scans && order.refunded() == order.amount => Tell::Closed,
            (Stage::Paid, Some(Paid { trade, at })) => {
                let amount = order.amount + i64::from(wrong);
                Tell::Paid { amount, trade: trade.clone(), at: *at }
            }
            (Stage::Paid, None) => unreachable!("paid is paid"),
        }
    }

    fn close(&mut self, bank: usize, attempt: AttemptId) -> Tell {
        let Some(order) = self.banks[bank].orders.get(&attempt) else { return Tell::Absent };
        match order.stage {
            Stage::Code => Tell::Absent,
            Stage::Paid => Tell::AlreadyPaid,
            Stage::Closed => Tell::Closed,
            Stage::Waiting if order.charge => unknown("REVERSE_IT"),
            Stage::Waiting => {
                self.shut(bank, attempt);
                Tell::Closed
            }
        }
    }
}

pub(crate) fn accepted(attempt: AttemptId) -> Tell {
    Tell::Accepted { code: format!("code:{attempt}") }
}

pub(crate) fn unknown(code: &str) -> Tell {
    Tell::Unknown { code: code.into() }
}
