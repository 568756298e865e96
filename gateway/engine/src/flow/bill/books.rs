//! Our books' side of a comparison: what was booked on an account's day, and on which day else.

use paymux_channel::{Bill, BillKind};
use paymux_core::PaymentId;
use paymux_core::ledger::{Cause, Posting};
use paymux_core::payment::Payment;
use paymux_core::reconcile::{Difference, Key, Line, Seen, Stretch, difference};
use paymux_core::{AccountId, RefundNo};
use paymux_store::Store;

use super::compare::{Halt, PAGE, Part, SHARE, WINDOW};
use super::tell::TRIES;
use crate::gateway::Gateway;
use crate::record::RecordError;

/// Of what the bill alone had, when its day was read.
pub(super) enum Elsewhere {
    /// Both sides have it.
    Settled,
    /// Both have it by now, and differ.
    Differs(Difference),
    /// Both know that it is under way.
    UnderWay,
    Seen(Option<Seen>),
}

impl<S: Store> Gateway<S> {
    /// As much as there is time for, and one line at least.
    pub(super) async fn books_window(&self, part: Part<'_>) -> Result<Stretch, Halt> {
        let begun = self.now();
        let mut lines: Vec<Line> = vec![];
        let mut cursor = part.after.unwrap_or(Key::FIRST).cause_before();
        loop {
            let (id, day) = (&part.account.id, part.day);
            let page = self.store.moved(id, day, Some(&cursor), PAGE).await?;
            for posting in &page {
                let Some(line) = self.booked(part, posting).await? else { continue };
                if part.until.is_some_and(|until| line.key > until) {
                    return Ok(Stretch { lines, until: part.until });
                }
                if part.after.is_none_or(|after| line.key > after) {
                    lines.push(line);
                }
                let last = lines.last().filter(|_| self.now().since(begun) >= SHARE);
                if let Some(until) = last.map(|it| it.key) {
                    return Ok(Stretch { lines, until: Some(until) });
                }
            }
            match page.last().filter(|_| page.len() == PAGE) {
                None => return Ok(Stretch { lines, until: part.until }),
                Some(_) if lines.len() >= WINDOW => {
                    let until = lines.last().map(|it| it.key);
                    return Ok(Stretch { lines, until });
                }
                Some(last) => cursor = last.cause().clone(),
            }
        }
    }

    /// A payment or a refund as our books have it.
    async fn booked(&self, part: Part<'_>, posting: &Posting) -> Result<Option<Line>, Halt> {
        let key = match posting.cause() {
            Cause::Payment(attempt, part) => Key::order(*attempt, *part),
            // The journal does not say under which number it succeeded.
            Cause::Refund(id) => {
                let payment = self.whole(part, id.payment).await?;
                let known = payment.as_ref().and_then(|it| it.refund(*id));
                Key::refund(known.map_or(RefundNo::from(*id), |it| it.number()))
            }
            Cause::Fee(..)
            | Cause::ChannelFee(..)
            | Cause::FeeReturn(_)
            | Cause::Split(..)
            | Cause::Payout(..)
            | Cause::Settlement(..)
            | Cause::Adjustment(_) => return Ok(None),
        };
        let (amount, currency) = (posting.amount().minor(), posting.amount().currency());
        let theirs = posting.account() == Some(&part.account.id);
        let line = Line { key, amount, currency, fee: None, settled: true, at: 0 };
        Ok(theirs.then_some(line))
    }

    /// None where there is no such payment, and where it is damaged while the store answers: that
    /// must not keep all behind it from being compared, and a person is called.
    pub(super) async fn whole(
        &self,
        part: Part<'_>,
        id: PaymentId,
    ) -> Result<Option<Payment>, Halt> {
        let bill = Bill { kind: BillKind::Trade, day: part.day };
        let account: &AccountId = &part.account.id;
        let mut tries = 0;
        loop {
            let error = match self.load(id).await {
                Ok(payment) => return Ok(Some(payment)),
                Err(RecordError::Missing) => return Ok(None),
                Err(error) => error,
            };
            self.store.bill(account, bill).await?;
            tries += 1;
            if tries == TRIES {
                tracing::error!(account = account.as_str(), %bill, %id, %error, "bill.damaged");
                self.metrics.attention.with_label_values(&["bill_line"]).inc();
                return Ok(None);
            }
        }
    }

    /// Where our books have what the bill alone has on this day.
    pub(super) async fn booked_elsewhere(
        &self,
        part: Part<'_>,
        line: Line,
    ) -> Result<Elsewhere, Halt> {
        let Some(cause) = line.key.cause() else { return Ok(Elsewhere::Seen(None)) };
        if let Some(posting) = self.store.posting(&cause).await? {
            let booked = self.booked(part, &posting).await?;
            let booked = booked.filter(|it| it.key == line.key);
            return Ok(match booked {
                // It was booked while the day was compared.
                Some(booked) if posting.day() == part.day => {
                    difference(line, booked).map_or(Elsewhere::Settled, Elsewhere::Differs)
                }
                booked => Elsewhere::Seen(booked.map(|line| Seen { day: posting.day(), line })),
            });
        }
        let refund = line.key.refund_no().filter(|_| !line.settled);
        if let Some(number) = refund {
            let payment = self.whole(part, number.refund.payment).await?;
            let known = payment.as_ref().and_then(|it| it.refund(number.refund));
            if known.is_some_and(|it| it.number() == number && it.state.is_open()) {
                return Ok(Elsewhere::UnderWay);
            }
        }
        Ok(Elsewhere::Seen(None))
    }
}
