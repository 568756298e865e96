//! What one side alone had on a day, until the other side has it on another, or nobody waits any
//! more.

use std::collections::BTreeMap;

use super::{Difference, DifferenceKind, Found, Key, Line, difference};
use crate::route::Day;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Days that a line may be late.
    grace: i32,
    waiting: BTreeMap<Key, Waiting>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waiting {
    line: Line,
    day: Day,
    in_bill: bool,
}

impl Pool {
    pub const fn new(grace: i32) -> Self {
        Self { grace, waiting: BTreeMap::new() }
    }

    /// What waits, for whoever keeps it between two days.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What was found on this day; tells what is certain by now.
    pub fn take(&mut self, day: Day, found: Found) -> Option<Difference> {
        match found {
            Found::Differs(it) => Some(it),
            Found::OnlyBill(line) => self.meet(Waiting { line, day, in_bill: true }),
            Found::OnlyBooks(line) => self.meet(Waiting { line, day, in_bill: false }),
        }
    }

    /// Ours are told of a line that both sides know: whatever else differs is worse than the day.
    fn meet(&mut self, it: Waiting) -> Option<Difference> {
        let other = self.waiting.get(&it.line.key).copied();
        let Some(other) = other.filter(|other| other.in_bill != it.in_bill) else {
            self.waiting.insert(it.line.key, it);
            return None;
        };
        self.waiting.remove(&it.line.key);
        let (bill, books) = if it.in_bill { (it.line, other.line) } else { (other.line, it.line) };
        let crossed = DifferenceKind::CrossDay;
        let crossed = Difference { kind: crossed, bill: Some(bill), books: Some(books) };
        Some(difference(bill, books).unwrap_or(crossed))
    }

    /// The day is over: what has waited for too long is missing.
    pub fn end(&mut self, day: Day) -> Vec<Difference> {
        let oldest = day.0.saturating_sub(self.grace);
        let late = self.waiting.extract_if(.., |_, it| it.day.0 <= oldest);
        late.map(|(_, it)| missing(it)).collect()
    }
}

fn missing(it: Waiting) -> Difference {
    let kind = match (it.line.key.is_refund(), it.in_bill) {
        (true, _) => DifferenceKind::Refund,
        (false, true) => DifferenceKind::MissingHere,
        (false, false) => DifferenceKind::MissingAtChannel,
    };
    let line = Some(it.line);
    let (bill, books) = if it.in_bill { (line, None) } else { (None, line) };
    Difference { kind, bill, books }
}
