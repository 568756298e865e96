//! Whether settlements and the ledger agree, to the fen: derived anew from every posting.

use std::collections::{BTreeMap, BTreeSet};

use paymux_core::ledger::{Book, Cause, Posting, Step};
use paymux_core::settlement::{Item, Settlement, Start, State, Statement};
use paymux_core::{Currency, MerchantId, VoucherNo};
use paymux_store::{Store, Stored};

use crate::gateway::Gateway;
use crate::record::RecordError;

const PAGE: usize = 500;

/// Something that does not add up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsound {
    pub merchant: MerchantId,
    pub currency: Currency,
    /// Of one settlement, or of all together.
    pub settlement: Option<VoucherNo>,
    pub what: String,
}

/// The movements of what a merchant is owed, between two places in its journal.
#[derive(Default)]
struct Moves(BTreeMap<&'static str, Item>);

impl Moves {
    fn add(&mut self, posting: &Posting, amount: i64) {
        let kind = posting.cause().kind();
        let none = || Item { kind: kind.into(), count: 0, credited: 0, debited: 0 };
        let item = self.0.entry(kind).or_insert_with(none);
        item.count += 1;
        item.credited += amount.max(0);
        item.debited += (-amount).max(0);
    }

    fn statement(self, carried: i64) -> Statement {
        Statement::of(carried, self.0.into_values().collect())
    }
}

/// Reads a store, and no gateway is needed to.
pub struct Audit<'a, S>(pub &'a S);

impl<S: Store> Audit<'_, S> {
    /// Reads all there is of a merchant, and takes as long.
    pub async fn of_merchant(&self, merchant: &MerchantId) -> Result<Vec<Unsound>, RecordError> {
        let mut all = self.all_settlements(Some(merchant)).await?;
        all.sort_by_key(|it| (it.currency, it.place));
        let mut found = vec![];
        for list in all.chunk_by(|a, b| a.currency == b.currency) {
            let Some(first) = list.first() else { continue };
            let currency = first.currency;
            let mut complain = |settlement: Option<&Settlement>, what: String| {
                let settlement = settlement.map(|it| it.number.clone());
                found.push(Unsound { merchant: merchant.clone(), currency, settlement, what });
            };
            for (index, it) in list.iter().enumerate() {
                let before = index.checked_sub(1).and_then(|it| list.get(it));
                if let Some(what) = self.unsound(it, before).await? {
                    complain(Some(it), what);
                }
            }
            let (kept, derived) = self.unsettled(merchant, currency, list).await?;
            if kept != derived {
                complain(None, format!("owed is {kept}, and settled and unsettled say {derived}"));
            }
        }
        Ok(found)
    }

    /// Of every merchant that has any settlement.
    pub async fn of_all(&self) -> Result<Vec<Unsound>, RecordError> {
        let all = self.all_settlements(None).await?;
        let merchants: BTreeSet<_> = all.into_iter().map(|it| it.merchant).collect();
        let mut found = vec![];
        for merchant in &merchants {
            found.extend(self.of_merchant(merchant).await?);
        }
        Ok(found)
    }

    async fn all_settlements(
        &self,
        of: Option<&MerchantId>,
    ) -> Result<Vec<Settlement>, RecordError> {
        let mut all = Vec::<Settlement>::new();
        loop {
            let before = all.last().map(|it| it.number.clone());
            let page = self.0.settlements(of, before.as_ref(), PAGE).await;
            let page = page.map_err(|it| RecordError::Store(it.to_string()))?;
            let more = page.len() == PAGE;
            all.extend(page);
            if !more {
                return Ok(all);
            }
        }
    }

    /// It begins where the one before it ended, has what was booked there, and its money is where
    /// its state says.
    async fn unsound(
        &self,
        it: &Settlement,
        before: Option<&Settlement>,
    ) -> Result<Option<String>, RecordError> {
        let Ok(start) = Start::behind(before) else {
            return Ok(Some("the one before it is a draft".into()));
        };
        if (start.place, start.after, start.carried) != (it.place, it.after, it.statement.carried) {
            return Ok(Some("it does not begin where the one before it ended".into()));
        }
        let moves = self.moves(&it.merchant, it.currency, (it.after, Some(it.until))).await?;
        let derived = moves.statement(start.carried);
        if derived != it.statement {
            let (says, is) = (it.statement.net(), derived.net());
            return Ok(Some(format!("its statement says {says}, and its postings {is}")));
        }
        self.misplaced(it).await
    }

    /// Its steps in the journal are those of its state, of its amount.
    async fn misplaced(&self, it: &Settlement) -> Result<Option<String>, RecordError> {
        let steps = [Step::Reserved, Step::Ended, Step::Returned];
        let expected: &[Step] = match it.state {
            State::Draft | State::Carried | State::Discarded => &[],
            State::Confirmed | State::Paying | State::Failed { .. } => &steps[..1],
            State::Paid { .. } | State::Cancelled => &steps[..2],
            State::Returned { .. } => &steps,
        };
        for step in steps {
            let cause = Cause::Settlement(it.number.clone(), step);
            let found = self.0.posting(&cause).await;
            let found = found.map_err(|it| RecordError::Store(it.to_string()))?;
            let moved = found.map_or(0, |it| it.amount().minor());
            let due = if expected.contains(&step) { it.amount().minor() } else { 0 };
            if moved != due {
                return Ok(Some(format!("{cause} moved {moved}, and not {due}")));
            }
        }
        Ok(None)
    }

    /// What is owed, and what a draft and the postings behind the last settlement say of it.
    async fn unsettled(
        &self,
        merchant: &MerchantId,
        currency: Currency,
        list: &[Settlement],
    ) -> Result<(i64, i64), RecordError> {
        let owed = Book::Owed(merchant.clone());
        let kept = self.0.balances(std::slice::from_ref(&owed)).await;
        let kept = kept.map_err(|it| RecordError::Store(it.to_string()))?;
        let kept = kept.iter().find(|it| it.currency == currency).map_or(0, |it| it.amount);
        let last = list.last();
        let (settled, after) = match last {
            Some(it) if it.state == State::Draft => (it.statement.net(), it.until),
            _ => Start::behind(last).map(|it| (it.carried, it.after))?,
        };
        let rest = self.moves(merchant, currency, (after, None)).await?;
        Ok((kept, rest.statement(settled).net()))
    }

    async fn moves(
        &self,
        merchant: &MerchantId,
        currency: Currency,
        (after, until): (u64, Option<u64>),
    ) -> Result<Moves, RecordError> {
        let (mut moves, mut after) = (Moves::default(), after);
        loop {
            let page = self.0.journal(merchant, after, PAGE).await;
            let page = page.map_err(|it| RecordError::Store(it.to_string()))?;
            let within = |it: &&Stored<Posting>| until.is_none_or(|end| it.cursor <= end);
            for it in page.iter().take_while(within) {
                if let Some(amount) = owed_by(&it.row, merchant, currency) {
                    moves.add(&it.row, amount);
                }
            }
            match page.last() {
                Some(last) if page.len() == PAGE && within(&last) => after = last.cursor,
                _ => return Ok(moves),
            }
        }
    }
}

impl<S: Store> Gateway<S> {
    pub async fn check_settlements(&self, of: &MerchantId) -> Result<Vec<Unsound>, RecordError> {
        Audit(&self.store).of_merchant(of).await
    }

    pub async fn check_all_settlements(&self) -> Result<Vec<Unsound>, RecordError> {
        Audit(&self.store).of_all().await
    }

    /// The movements that a settlement is made of, those behind `after` alone.
    pub async fn settlement_entries(
        &self,
        it: &Settlement,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(Stored<Posting>, i64)>, RecordError> {
        let mut after = after.unwrap_or(0).max(it.after);
        let mut found = vec![];
        while found.len() < limit && after < it.until {
            let page = self.store.journal(&it.merchant, after, PAGE).await;
            let page = page.map_err(|it| RecordError::Store(it.to_string()))?;
            let Some(last) = page.last() else { break };
            after = last.cursor;
            let page = page.into_iter().take_while(|row| row.cursor <= it.until);
            let moved = page.filter_map(|row| {
                let amount = owed_by(&row.row, &it.merchant, it.currency)?;
                (!is_own(&row.row, amount)).then_some((row, amount))
            });
            found.extend(moved.take(limit - found.len()));
        }
        Ok(found)
    }
}

/// What it adds to what the merchant is owed, where it moves that.
fn owed_by(it: &Posting, merchant: &MerchantId, currency: Currency) -> Option<i64> {
    let amount = it.adds_to(&Book::Owed(merchant.clone()));
    (it.amount().currency() == currency && amount != 0).then_some(amount)
}

/// What a settlement reserved is what it pays, and no movement that is settled.
fn is_own(it: &Posting, amount: i64) -> bool {
    matches!(it.cause(), Cause::Settlement(..)) && amount < 0
}
