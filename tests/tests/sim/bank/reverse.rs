//! Charges that are undone: unpaid they are closed, paid they are returned whole, and sometimes
//! the channel cannot say yet.

use paymux_core::AttemptId;

use super::{Stage, unknown};
use crate::sim::channel::REVERSE_AFTER;
use crate::sim::scene::{Ms, State};
use crate::sim::wire::{Story, Tell};

impl State {
    pub(super) fn reverse(&mut self, bank: usize, attempt: AttemptId) -> Tell {
        let recall = self.fault(|it| it.recall);
        let now = self.now;
        let strict = !self.banks[bank].scans;
        let Some(order) = self.banks[bank].orders.get(&attempt) else { return Tell::Absent };
        let young = now < order.made + Ms::try_from(REVERSE_AFTER).expect("small");
        match order.stage {
            Stage::Closed => Tell::Closed,
            Stage::Paid if order.firm => Tell::AlreadyPaid,
            Stage::Code | Stage::Waiting | Stage::Paid if strict && young => {
                self.count("too young to undo");
                unknown("TOO_YOUNG")
            }
            Stage::Code | Stage::Waiting | Stage::Paid if recall => {
                self.count("recalled");
                unknown("RECALL")
            }
            Stage::Code | Stage::Waiting => {
                self.count("undone unpaid");
                self.shut(bank, attempt);
                Tell::Closed
            }
            Stage::Paid => {
                self.give_all_back(bank, attempt);
                Tell::Closed
            }
        }
    }

    fn give_all_back(&mut self, bank: usize, attempt: AttemptId) {
        self.count("undone paid");
        let order = self.order(bank, attempt);
        (order.stage, order.returned) = (Stage::Closed, true);
        self.note(|| format!("bank {bank}: {attempt} is undone, and its money returned"));
        if self.random.permille(500) {
            self.publish(bank, attempt, vec![Story::Closed], false);
        }
    }
}
