//! Money that goes back: reserved when asked for, final when finished.

use jiff::Timestamp;

use super::{Books, Key, Order, Refund, RefundStatus};

impl Books {
    /// Enters a refund that its channel has already judged acceptable.
    pub(crate) fn add_refund(&mut self, key: &Key, refund: Refund) {
        let names = [&refund.out_refund_no, &refund.refund_id].map(|name| (key.0, name.clone()));
        let status = refund.status;
        let Some(order) = self.orders.get_mut(key) else { return };
        let number = refund.out_refund_no.clone();
        order.refunds.push(refund);
        self.refunds.extend(names.map(|name| (name, key.clone())));
        if status == RefundStatus::Success {
            self.count_refund(key, &number);
        }
    }

    /// Ends a refund in process; `None` when there is none to end.
    pub(crate) fn finish_refund(
        &mut self,
        key: &Key,
        out_refund_no: &str,
        outcome: RefundStatus,
        now: Timestamp,
    ) -> Option<(Order, Refund)> {
        let order = self.order(key, now)?;
        let refund = order.refunds.iter_mut().find(|refund| {
            refund.out_refund_no == out_refund_no && refund.status == RefundStatus::Processing
        })?;
        refund.status = outcome;
        refund.finished_at = Some(now);
        let ended = (refund.clone(), order.clone());
        if outcome == RefundStatus::Success {
            self.count_refund(key, out_refund_no);
        }
        Some((ended.1, ended.0))
    }

    /// An abnormal refund is in process once more; `None` when it is no such refund.
    pub(crate) fn retry_refund(&mut self, key: &Key, out_refund_no: &str) -> Option<Order> {
        let order = self.orders.get_mut(key)?;
        let refund = order.refunds.iter_mut().find(|refund| {
            refund.out_refund_no == out_refund_no && refund.status == RefundStatus::Abnormal
        })?;
        refund.status = RefundStatus::Processing;
        refund.finished_at = None;
        Some(order.clone())
    }

    fn count_refund(&mut self, key: &Key, out_refund_no: &str) {
        let Some(refund) = self.orders.get(key).and_then(|order| order.refund(out_refund_no))
        else {
            return;
        };
        let totals = self.totals.entry(key.0).or_default();
        totals.refunds += 1;
        totals.refunded_fen += refund.amount.0;
        let amount = refund.amount;
        if let Some(payer) = self.orders.get(key).map(|order| order.payer.clone()) {
            self.payers.give(key.0, &payer, amount);
        }
    }
}
