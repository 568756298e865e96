//! Refunds at the channel: one number is one refund; some take time, some get stuck.

use paymux_core::AttemptId;

use super::{Order, Refund, RefundStage, Stage, unknown};
use crate::sim::scene::{Act, State};
use crate::sim::wire::{Story, Tell};

impl State {
    pub(super) fn take_refund(
        &mut self,
        bank: usize,
        attempt: AttemptId,
        number: &str,
        amount: i64,
        repeat: bool,
    ) -> Tell {
        let Some(order) = self.banks[bank].orders.get(&attempt) else { return refused("ORDER") };
        if let Some(known) = order.refunds.get(number) {
            let same = known.amount == amount;
            return if same { self.tell_refund(bank, attempt, number) } else { refused("PARAMS") };
        }
        if repeat {
            return unknown("REPEAT");
        }
        if order.stage != Stage::Paid {
            return refused("NOT_PAID");
        }
        if order.taken() + amount > order.amount {
            let what = format!("{number} asks for {amount} of {attempt}, more than is left");
            self.violated("INV-5", what);
            return refused("EXCEEDS");
        }
        if self.fault(|it| it.refund_refused) {
            return refused("BALANCE");
        }
        self.begin_refund(bank, attempt, number, amount);
        self.tell_refund(bank, attempt, number)
    }

    fn begin_refund(&mut self, bank: usize, attempt: AttemptId, number: &str, amount: i64) {
        let serial = self.serial();
        let at_once = self.banks[bank].scans && self.random.permille(700);
        let now = self.now;
        let stage = if at_once { RefundStage::Done(now) } else { RefundStage::Working };
        let refund = Refund { amount, number: format!("C{serial}"), stage };
        self.order(bank, attempt).refunds.insert(number.into(), refund);
        self.note(|| format!("bank {bank}: refund {number} of {amount}: {stage:?}"));
        let number = number.to_owned();
        if at_once {
            self.publish_refund(bank, attempt, &number);
        } else {
            self.within(500, 120_000, Act::RefundDone { bank, attempt, number });
        }
    }

    /// What was being worked on comes to an end, or to a stop.
    pub(crate) fn refund_done(&mut self, bank: usize, attempt: AttemptId, number: &str) {
        let stuck = self.fault(|it| it.refund_abnormal);
        let failed = self.fault(|it| it.refund_refused);
        let now = self.now;
        let refund = self.order(bank, attempt).refunds.get_mut(number).expect("begun");
        let stage = match refund.stage {
            RefundStage::Working if stuck => RefundStage::Abnormal,
            RefundStage::Working if failed => RefundStage::Failed,
            RefundStage::Working | RefundStage::Abnormal => RefundStage::Done(now),
            RefundStage::Done(_) | RefundStage::Failed => return,
        };
        refund.stage = stage;
        self.note(|| format!("bank {bank}: refund {number}: {stage:?}"));
        if stage == RefundStage::Abnormal {
            let number = number.to_owned();
            self.within(30_000, 900_000, Act::RefundDone { bank, attempt, number });
        }
        self.publish_refund(bank, attempt, number);
    }

    pub(super) fn tell_refund(&self, bank: usize, attempt: AttemptId, number: &str) -> Tell {
        let order = self.banks[bank].orders.get(&attempt);
        let Some(refund) = order.and_then(|it| it.refunds.get(number)) else {
            return Tell::RefundAbsent;
        };
        let (amount, number) = (refund.amount, refund.number.clone());
        match refund.stage {
            RefundStage::Working => Tell::RefundAccepted { number },
            RefundStage::Done(at) => Tell::RefundDone { amount, number, at },
            RefundStage::Failed => Tell::RefundClosed { code: "CLOSED".into() },
            RefundStage::Abnormal => Tell::RefundAbnormal { code: "ACCOUNT".into() },
        }
    }

    fn publish_refund(&mut self, bank: usize, attempt: AttemptId, number: &str) {
        let scans = self.banks[bank].scans;
        let order = self.order(bank, attempt);
        let refund = &order.refunds[number];
        let (amount, channel) = (refund.amount, refund.number.clone());
        let refund_no = number.to_owned();
        let story = match refund.stage {
            RefundStage::Working => return,
            RefundStage::Done(at) => {
                Story::RefundDone { refund: refund_no, amount, number: channel, at }
            }
            RefundStage::Failed => Story::RefundFailed { refund: refund_no, code: "CLOSED".into() },
            RefundStage::Abnormal => {
                Story::RefundAbnormal { refund: refund_no, code: "ACCOUNT".into() }
            }
        };
        // One of the channels speaks of the payment with every refund.
        let mut stories = if scans { vec![paid_story(order)] } else { vec![] };
        stories.push(story);
        let silent = self.random.permille(500);
        self.publish(bank, attempt, stories, silent);
    }

    pub(super) fn order(&mut self, bank: usize, attempt: AttemptId) -> &mut Order {
        self.banks[bank].orders.get_mut(&attempt).expect("an order")
    }
}

fn paid_story(order: &Order) -> Story {
    let paid = order.paid.clone().expect("refunded, so paid");
    Story::Paid { amount: order.amount, trade: paid.trade, at: paid.at }
}

fn refused(code: &str) -> Tell {
    Tell::RefundRefused { code: code.into() }
}
