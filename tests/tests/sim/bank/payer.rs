//! Payers: they scan, they pay, they forget to; and money lands when it lands.

use paymux_core::AttemptId;

use super::{Paid, Stage, accepted, unknown};
use crate::sim::scene::{Act, State};
use crate::sim::wire::{Story, Tell};

impl State {
    /// A new order is there to be paid.
    pub(super) fn invite(&mut self, bank: usize, attempt: AttemptId, charge: bool) -> Tell {
        let left = self.banks[bank].orders[&attempt].expires - self.now;
        let pay = |stray| Act::Pay { bank, attempt, stray };
        if charge {
            if self.random.permille(500) {
                self.begin_paying(bank, attempt);
                self.settle(bank, attempt, true);
                return self.query(bank, attempt);
            }
            if self.random.permille(700) {
                // Some at the last moment, and some too late.
                let latest = self.random.pick(&[20_000, 45_000, 60_000]);
                self.within(500, latest, pay(false));
            }
            return if self.random.permille(800) { Tell::Confirm } else { unknown("SYSTEM") };
        }
        if self.random.permille(700) {
            let latest = if self.random.permille(700) { left.min(30_000) } else { left + 20_000 };
            self.within(1_000, latest.max(1_001), pay(false));
        }
        if self.fault(|it| it.stray) {
            let latest = self.random.pick(&[5_000, 30_000, left.max(1)]);
            self.within(0, latest, pay(true));
        }
        accepted(attempt)
    }

    pub(crate) fn pay(&mut self, bank: usize, attempt: AttemptId, stray: bool) {
        let shown = self.shown.contains(&attempt);
        let now = self.now;
        let order = self.banks[bank].orders.get_mut(&attempt).expect("invited");
        if !order.is_payable(now) || order.landing || !(shown || stray || order.charge) {
            return;
        }
        // Whoever scans may still think better of it.
        let first = order.stage == Stage::Code;
        order.stage = Stage::Waiting;
        if first && self.random.permille(250) {
            return;
        }
        if !shown {
            self.count("stray payments");
        }
        self.begin_paying(bank, attempt);
        self.within(200, 6_000, Act::Settle { bank, attempt });
    }

    fn begin_paying(&mut self, bank: usize, attempt: AttemptId) {
        self.banks[bank].orders.get_mut(&attempt).expect("an order").landing = true;
    }

    /// Money lands. `live`: somebody still asks about it, so that nobody need be told.
    pub(crate) fn settle(&mut self, bank: usize, attempt: AttemptId, live: bool) {
        let serial = self.serial();
        let now = self.now;
        let order = self.banks[bank].orders.get_mut(&attempt).expect("an order");
        if !order.landing || order.paid.is_some() {
            return;
        }
        let late = order.stage == Stage::Closed;
        let trade = format!("T{serial}");
        let amount = order.amount;
        (order.stage, order.late) = (Stage::Paid, late);
        order.paid = Some(Paid { trade: trade.clone(), at: now });
        self.count(if late { "paid after close" } else { "paid" });
        self.note(|| format!("bank {bank}: {attempt} is paid {amount} as {trade}, late: {late}"));
        if self.fault(|it| it.contradiction) {
            let story = Story::Paid { amount: amount + 1, trade: trade.clone(), at: now };
            self.publish(bank, attempt, vec![story], false);
        }
        let silent =
            live && !late && self.shown.contains(&attempt) && self.fault(|it| it.notice_silent);
        self.publish(bank, attempt, vec![Story::Paid { amount, trade, at: now }], silent);
    }

    pub(crate) fn expire(&mut self, bank: usize, attempt: AttemptId) {
        if self.banks[bank].orders[&attempt].stage == Stage::Waiting {
            self.shut(bank, attempt);
        }
    }

    /// Closed, by request or by time. Money on its way turns back, except by this world's faults.
    pub(super) fn shut(&mut self, bank: usize, attempt: AttemptId) {
        let lands = self.fault(|it| it.late_money);
        let order = self.banks[bank].orders.get_mut(&attempt).expect("an order");
        order.stage = Stage::Closed;
        let under_way = order.landing;
        order.landing = lands;
        if lands && !under_way {
            self.within(100, 30_000, Act::Settle { bank, attempt });
        }
        self.note(|| format!("bank {bank}: {attempt} is closed"));
        if self.random.permille(500) {
            self.publish(bank, attempt, vec![Story::Closed], false);
        }
    }
}
