//! A difference as it is kept: what each side said, and what became of it since.

use super::{DifferenceKind, Found, Key, Line, difference};
use crate::id::{AccountId, MerchantId};
use crate::route::Day;
use crate::time::Timestamp;

/// Days that a side may be late: what the next day's bill has not, nobody waits for any more.
const GRACE: i32 = 1;

/// A line of one side, and the day it was found on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub day: Day,
    pub line: Line,
}

/// One matter of an account: there is never a second one of the same number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DifferenceRecord {
    pub account: AccountId,
    pub key: Key,
    /// Whose payment it is, where it is one of ours.
    pub merchant: Option<MerchantId>,
    pub kind: DifferenceKind,
    pub bill: Option<Seen>,
    pub books: Option<Seen>,
    pub state: DifferenceState,
    pub found_at: Timestamp,
    pub changed_at: Timestamp,
    /// Counts writes; the store writes only over the version that was read.
    pub version: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DifferenceState {
    /// One side alone has it, and the other may be late.
    Waiting,
    Open,
    /// Somebody would leave it as it is, and another must confirm that.
    Proposed {
        by: String,
        reason: String,
    },
    /// It is none any more, or both sides have it by now.
    Resolved,
    Accepted {
        by: String,
        reason: String,
    },
    WrittenOff {
        by: String,
        reason: String,
        confirmed_by: String,
    },
}

impl DifferenceState {
    /// All that [`Self::name`] may say.
    pub const NAMES: [&str; 6] =
        ["waiting", "open", "proposed", "resolved", "accepted", "written_off"];

    pub const fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Open => "open",
            Self::Proposed { .. } => "proposed",
            Self::Resolved => "resolved",
            Self::Accepted { .. } => "accepted",
            Self::WrittenOff { .. } => "written_off",
        }
    }

    /// Whether somebody still has to look at it.
    pub const fn is_open(&self) -> bool {
        match self {
            Self::Waiting | Self::Open | Self::Proposed { .. } => true,
            Self::Resolved | Self::Accepted { .. } | Self::WrittenOff { .. } => false,
        }
    }
}

/// What two sides come to.
enum Verdict {
    Agree,
    /// Both have it, on different days, and nothing else differs.
    CrossDay,
    Differ(DifferenceKind),
    /// One side alone has it so far.
    Lacks(DifferenceKind),
}

fn verdict(key: Key, bill: Option<Seen>, books: Option<Seen>) -> Verdict {
    let (Some(bill), Some(books)) = (bill, books) else {
        return Verdict::Lacks(lacking(key, bill));
    };
    let crossed = bill.day != books.day;
    match difference(bill.line, books.line).map(|it| it.kind) {
        None if crossed => Verdict::CrossDay,
        // A bill says how it stood when it was made.
        Some(DifferenceKind::Status) if crossed => Verdict::CrossDay,
        None => Verdict::Agree,
        Some(kind) => Verdict::Differ(kind),
    }
}

/// Of what one side alone has.
const fn lacking(key: Key, bill: Option<Seen>) -> DifferenceKind {
    match (key.is_refund(), bill) {
        (true, _) => DifferenceKind::Refund,
        (false, Some(_)) => DifferenceKind::MissingHere,
        (false, None) => DifferenceKind::MissingAtChannel,
    }
}

/// Wherever in the file it stands.
fn alike(one: Option<Seen>, other: Option<Seen>) -> bool {
    let said = |it: Seen| Seen { line: Line { at: 0, ..it.line }, ..it };
    one.map(said) == other.map(said)
}

/// What is found of a day beside what was known of it.
#[derive(Clone, Copy, Debug)]
pub struct Finding {
    pub found: Found,
    pub day: Day,
    /// Where our books have it on another day than the bill.
    pub elsewhere: Option<Seen>,
    /// Where both sides know of it that it is under way, neither lacks it. The bill's side is kept
    /// for the day on which our books have it.
    pub under_way: bool,
}

impl Finding {
    fn sides(&self, known: Option<&DifferenceRecord>) -> (Option<Seen>, Option<Seen>) {
        let seen = |line| Some(Seen { day: self.day, line });
        let other = |it: Option<Seen>| it.filter(|it| it.day != self.day);
        match self.found {
            Found::Differs(it) => (it.bill.and_then(seen), it.books.and_then(seen)),
            Found::OnlyBill(line) => {
                (seen(line), self.elsewhere.or_else(|| other(known.and_then(|it| it.books))))
            }
            Found::OnlyBooks(line) => (other(known.and_then(|it| it.bill)), seen(line)),
        }
    }

    /// What is to be written; none where nothing is new.
    pub fn told(
        &self,
        account: &AccountId,
        known: Option<&DifferenceRecord>,
        now: Timestamp,
    ) -> Option<DifferenceRecord> {
        let key = self.found.key();
        let (bill, books) = self.sides(known);
        let verdict = verdict(key, bill, books);
        let over = self.under_way || matches!(verdict, Verdict::CrossDay);
        if known.is_some_and(|it| it.stands_with(bill, books, over)) {
            return None;
        }
        let (kind, state) = match verdict {
            Verdict::Lacks(kind) if over => (kind, DifferenceState::Resolved),
            Verdict::Agree => return known.and_then(|it| it.vanished(self.day, now)),
            Verdict::CrossDay => (DifferenceKind::CrossDay, DifferenceState::Resolved),
            Verdict::Differ(kind) => (kind, DifferenceState::Open),
            Verdict::Lacks(kind) => (kind, DifferenceState::Waiting),
        };
        let (account, merchant) = (account.clone(), known.and_then(|it| it.merchant.clone()));
        let found_at = known.map_or(now, |it| it.found_at);
        let version = known.map_or(1, |it| it.version + 1);
        let changed_at = now;
        Some(DifferenceRecord {
            account,
            key,
            merchant,
            kind,
            bill,
            books,
            state,
            found_at,
            changed_at,
            version,
        })
    }
}

impl DifferenceRecord {
    /// The same words of the same days change nothing, whatever people have decided since: but what
    /// had vanished is there again, and what is over by itself needs nobody any more.
    fn stands_with(&self, bill: Option<Seen>, books: Option<Seen>, over: bool) -> bool {
        let resolved = self.state == DifferenceState::Resolved;
        let again = if over { self.state.is_open() } else { resolved };
        alike(self.bill, bill) && alike(self.books, books) && !again
    }

    /// The first day it was found on.
    pub fn day(&self) -> Day {
        let days = [self.bill, self.books].into_iter().flatten().map(|it| it.day);
        days.min().unwrap_or(Day(i32::MAX))
    }

    /// The day was compared anew, and it is not among what differs: both sides agree or, where our
    /// books have it on another day, the bill has lost it.
    pub fn vanished(&self, day: Day, now: Timestamp) -> Option<Self> {
        let of_day = |it: Option<Seen>| it.is_some_and(|it| it.day == day);
        let elsewhere = |it: Option<Seen>| it.is_some_and(|it| it.day != day);
        if of_day(self.bill) && elsewhere(self.books) {
            let (bill, kind) = (None, lacking(self.key, None));
            return Some(Self { bill, kind, ..self.becomes(DifferenceState::Waiting, now) });
        }
        let moved = of_day(self.books) && elsewhere(self.bill);
        if self.state.is_open() || moved && self.state == DifferenceState::Resolved {
            let bill = if moved { self.books } else { self.bill };
            return Some(Self { bill, ..self.becomes(DifferenceState::Resolved, now) });
        }
        None
    }

    /// Days up to `latest` were compared: whoever waited for the other side has waited enough.
    pub fn overdue(&self, latest: Day, now: Timestamp) -> Option<Self> {
        let waits = self.state == DifferenceState::Waiting;
        let over = waits && self.day() <= Self::overdue_day(latest);
        over.then(|| self.becomes(DifferenceState::Open, now))
    }

    /// What was found up to this day has waited enough.
    pub const fn overdue_day(latest: Day) -> Day {
        Day(latest.0.saturating_sub(GRACE))
    }

    pub(super) fn becomes(&self, state: DifferenceState, now: Timestamp) -> Self {
        Self { state, changed_at: now, version: self.version + 1, ..self.clone() }
    }
}
