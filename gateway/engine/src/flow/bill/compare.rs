//! What an account's bill and our books of a day differ in: found window by window, and kept.

use std::collections::VecDeque;
use std::time::Duration;

use paymux_channel::{Bill, BillEntry, BillFault, BillFile, BillKind, BillLine, BillRefund};
use paymux_core::bill::{BillRecord, BillState};
use paymux_core::reconcile::{
    DifferenceRecord, Finding, Found, Key, Line, Stretch, Window, compare,
};
use paymux_core::route::Day;
use paymux_core::{AccountId, AttemptId, RefundNo};
use paymux_store::{Change, CommitError, DifferenceWrite, Store, StoreError, Then};

use super::books::Elsewhere;
use super::tell::TURN;
use super::{SHORT_PAUSE, Step};
use crate::gateway::Gateway;
use crate::snapshot::Account;

/// Lines of each side that are in memory at a time, about: some ten megabytes.
pub(super) const WINDOW: usize = 100_000;
/// Rows of one read, and of one commit.
pub(super) const PAGE: usize = 1000;
const BATCH: usize = 100;
/// So long a window's books are read, and so long it is written what differs: whatever comes behind
/// waits for the next window. Together they are a turn.
pub(super) const SHARE: Duration = Duration::from_secs(TURN.as_secs() / 2);

/// Why a comparison came to no end: nothing of it is lost, and all of it can be done again.
#[derive(Debug, thiserror::Error)]
pub(super) enum Halt {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error("the bill's file cannot be read")]
    Unread,
    #[error(transparent)]
    Disordered(#[from] paymux_core::reconcile::Disordered),
}

/// The stretch of a day that is compared.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) account: &'a Account,
    pub(super) day: Day,
    pub(super) after: Option<Key>,
    pub(super) until: Option<Key>,
}

impl<S: Store> Gateway<S> {
    /// Goes on behind what was compared before, for a turn.
    pub(super) async fn compare_bill(
        &self,
        account: &Account,
        known: &BillRecord,
        (mut after, made): (Option<Key>, bool),
    ) -> Step {
        let (begun, lines) = (self.now(), known.lines);
        loop {
            let on = |after| BillState::Comparing { after, made };
            match self.compare_window(account, known.bill, after, made).await {
                Ok(None) => break,
                Ok(until) => after = until,
                Err(Halt::Unread) => {
                    return self.spoilt(account, known.bill, &BillFault::Unread).await;
                }
                Err(error) => {
                    tracing::warn!(account = account.id.as_str(), %error, "bill.not_compared");
                    let then = Then::Again(self.now().after(SHORT_PAUSE));
                    return Step { state: on(after), lines, then };
                }
            }
            if self.now().since(begun) >= TURN {
                return Step { state: on(after), lines, then: Then::Again(self.now()) };
            }
        }
        if let Err(error) = self.tell_days(&account.id, known.bill.day).await {
            tracing::warn!(account = account.id.as_str(), %error, "reconciliation.not_told");
            let then = Then::Again(self.now().after(SHORT_PAUSE));
            return Step { state: BillState::Comparing { after, made }, lines, then };
        }
        let state = if made { BillState::Reconciled } else { BillState::None };
        Step { state, lines, then: Then::Done }
    }

    /// Tells up to where it came; none where the day is done.
    async fn compare_window(
        &self,
        account: &Account,
        bill: Bill,
        after: Option<Key>,
        made: bool,
    ) -> Result<Option<Key>, Halt> {
        let told = match made {
            true => self.bill_window(account, bill, after).await?,
            false => Window::new(after, WINDOW).end(),
        };
        let part = Part { account, day: bill.day, after, until: told.until };
        let books = self.books_window(part).await?;
        let told = told.up_to(books.until);
        let part = Part { until: told.until, ..part };
        let until = self.keep_differences(part, told, books).await?;
        if until.is_none() {
            self.open_overdue(account, bill.day).await?;
        }
        Ok(until)
    }

    /// The file is read from its beginning for each window.
    async fn bill_window(
        &self,
        account: &Account,
        bill: Bill,
        after: Option<Key>,
    ) -> Result<Stretch, Halt> {
        let (archive, id, channel) = (self.archive.clone(), account.id.clone(), account.channel());
        let read = tokio::task::spawn_blocking(move || {
            let file = archive.open(&id, bill).ok()??;
            let mut window = Window::new(after, WINDOW);
            for line in channel.read_bill(bill, &BillFile::default(), Box::new(file)) {
                told(&line.ok()?).into_iter().for_each(|it| window.push(it));
            }
            Some(window.end())
        });
        read.await.ok().flatten().ok_or(Halt::Unread)
    }

    /// What is found beside what was known of the same stretch; tells up to where there was time.
    async fn keep_differences(
        &self,
        part: Part<'_>,
        told: Stretch,
        books: Stretch,
    ) -> Result<Option<Key>, Halt> {
        let begun = self.now();
        let mut known = Known { store: &self.store, part, rows: VecDeque::new(), end: false };
        let mut found = compare(told.lines, books.lines).peekable();
        let mut news = vec![];
        loop {
            let next = match found.peek() {
                Some(Ok(it)) => Some(it.key()),
                Some(Err(odd)) => return Err((*odd).into()),
                None => None,
            };
            // Of the known ones, those that are not among what is found.
            let done = match known.next_up_to(next.or(part.until), next.is_none()).await? {
                Some(row) => {
                    news.extend(row.vanished(part.day, self.now()));
                    row.key
                }
                None => {
                    let Some(found) = found.next() else { break };
                    let (found, key) = (found?, next);
                    let of_day = known.next_up_to(key, true).await?;
                    let key = found.key();
                    news.extend(self.finding(part, found, of_day).await?);
                    key
                }
            };
            let over = self.now().since(begun) >= SHARE;
            self.write_differences(&mut news, if over { 1 } else { BATCH }).await?;
            if over {
                return Ok(Some(done));
            }
        }
        self.write_differences(&mut news, 1).await?;
        Ok(part.until)
    }

    async fn finding(
        &self,
        part: Part<'_>,
        found: Found,
        of_day: Option<DifferenceRecord>,
    ) -> Result<Option<DifferenceRecord>, Halt> {
        let (key, day) = (found.key(), part.day);
        let mut under_way = false;
        let (found, elsewhere) = match found {
            Found::OnlyBill(line) => match self.booked_elsewhere(part, line).await? {
                Elsewhere::Settled => return Ok(of_day.and_then(|it| it.vanished(day, self.now()))),
                Elsewhere::Differs(it) => (Found::Differs(it), None),
                Elsewhere::UnderWay => {
                    under_way = true;
                    (found, None)
                }
                Elsewhere::Seen(seen) => (found, seen),
            },
            Found::Differs(_) | Found::OnlyBooks(_) => (found, None),
        };
        let known = match of_day {
            None => self.store.difference(&part.account.id, key).await?,
            known => known,
        };
        let told = Finding { found, day, elsewhere, under_way };
        let mut row = told.told(&part.account.id, known.as_ref(), self.now());
        if let Some(row) = row.as_mut().filter(|it| it.merchant.is_none()) {
            let payment = self.whole(part, key.payment).await?;
            row.merchant = payment.map(|it| it.order.merchant);
        }
        Ok(row)
    }

    async fn write_differences(
        &self,
        news: &mut Vec<DifferenceRecord>,
        least: usize,
    ) -> Result<(), Halt> {
        if news.len() < least {
            return Ok(());
        }
        let write = |next: DifferenceRecord| DifferenceWrite { expected: next.version - 1, next };
        let differences = news.drain(..).map(write).collect();
        Ok(self.store.commit(Change { differences, ..Change::default() }).await?)
    }

    /// What waited for its other side, which the bill of the next day has not brought either.
    async fn open_overdue(&self, account: &Account, day: Day) -> Result<(), Halt> {
        let (mut limit, mut over) = (BATCH, vec![]);
        loop {
            let ever = Day(i32::MAX);
            let rows = self.store.waiting_differences(&account.id, ever, limit).await?;
            let mut opened = false;
            for row in &rows {
                let next = Day(row.day().0.saturating_add(1));
                if next == day || self.is_compared(&account.id, next).await? {
                    opened = true;
                    over.extend(row.overdue(next, self.now()));
                    self.write_differences(&mut over, BATCH).await?;
                }
            }
            self.write_differences(&mut over, 1).await?;
            match (opened, rows.len() == limit) {
                (true, _) => {}
                // The next days of all of these are still to come: behind them may be others.
                (false, true) => limit = limit.saturating_mul(2),
                (false, false) => return Ok(()),
            }
        }
    }

    pub(super) async fn is_compared(&self, account: &AccountId, day: Day) -> Result<bool, Halt> {
        let known = self.store.bill(account, Bill { kind: BillKind::Trade, day }).await?;
        Ok(known.is_some_and(|it| matches!(it.state, BillState::Reconciled | BillState::None)))
    }
}

/// What was known of a day, in the order of its keys.
struct Known<'a, S> {
    store: &'a S,
    part: Part<'a>,
    rows: VecDeque<DifferenceRecord>,
    end: bool,
}

impl<S: Store> Known<'_, S> {
    /// The next one before a key, or that of the key itself; the end of the day where it is none.
    async fn next_up_to(
        &mut self,
        key: Option<Key>,
        itself: bool,
    ) -> Result<Option<DifferenceRecord>, StoreError> {
        if self.rows.is_empty() && !self.end {
            let Part { account, day, after, .. } = self.part;
            self.rows = self.store.differences_of(&account.id, day, after, BATCH).await?.into();
            self.end = self.rows.len() < BATCH;
            self.part.after = self.rows.back().map_or(after, |it| it.key.into());
        }
        let here =
            |it: &DifferenceRecord| key.is_none_or(|key| it.key < key || itself && it.key == key);
        Ok(if self.rows.front().is_some_and(here) { self.rows.pop_front() } else { None })
    }
}

/// What a line says of money; none where it says nothing, or of none of ours.
fn told(line: &BillLine) -> Option<Line> {
    let (attempt, part) = AttemptId::from_out_trade_no(&line.out_trade_no).ok()?;
    let (key, amount, settled) = match &line.entry {
        BillEntry::Paid { amount } => (Key::order(attempt, part), amount, true),
        BillEntry::Refund { out_refund_no, amount, state, .. } => {
            let number = RefundNo::from_out_refund_no(out_refund_no);
            let key = number.map_or_else(|_| Key::other(attempt, part), Key::refund);
            match state {
                BillRefund::Succeeded => (key, amount, true),
                BillRefund::Processing => (key, amount, false),
                BillRefund::Unclear => return None,
            }
        }
        BillEntry::Reversed | BillEntry::Funds { .. } => return None,
    };
    let fee = line.fee.map(|it| it.0).filter(|_| !key.is_refund());
    let at = u32::try_from(line.line).unwrap_or(u32::MAX);
    let (amount, currency) = (amount.minor(), amount.currency());
    Some(Line { key, amount, currency, fee, settled, at })
}
