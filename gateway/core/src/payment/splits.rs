//! What a payment shares with others: reserved first, released on a definite no, and never more
//! than there is.

use super::apply::{Draft, Outcome, Step};
use super::{Contradiction, Effect, Notice, Payment, Rejection, Verdict, next_number};
use crate::fee::WHOLE_BP;
use crate::id::{AttemptId, SplitId};
use crate::money::Money;
use crate::planted::bug;
use crate::split::{
    Change, FIRST_PAUSE, Fact, Kind, Line, LineState, MAX_LINES, MAX_SPLITS, NewSplit,
    Rejection as No, Split, State,
};

impl Payment {
    pub fn split(&self, id: SplitId) -> Option<&Split> {
        self.splits.iter().find(|it| it.id == id)
    }

    /// Whether the rest is the merchant's own, or is about to be.
    pub fn is_finished(&self) -> bool {
        let finishes = |it: &Split| it.kind.finishes() && !matches!(it.state, State::Closed(_));
        self.splits.iter().any(finishes)
    }

    /// What others hold of an attempt's money, or are promised.
    pub fn shared(&self, attempt: AttemptId) -> Money {
        let zero = Money::zero(self.order.amount.currency());
        let of = |it: &&Split| it.attempt == attempt;
        let shares = self.splits.iter().filter(of).filter(|it| it.is_share());
        let held = sum(zero, shares.flat_map(Split::held));
        let back = self.splits.iter().filter(of).filter(|it| !it.is_share());
        let back = back.flat_map(|it| &it.lines).filter(|it| it.is_paid()).map(|it| it.amount);
        held.checked_sub(sum(zero, back)).unwrap_or(zero)
    }

    /// What may still be shared: at most the proportion the account allows, and at most what is
    /// left of the payment behind its refunds and its fee.
    pub fn shareable(&self, attempt: AttemptId, max_bp: u16) -> Money {
        let zero = Money::zero(self.order.amount.currency());
        let paid = self.attempt(attempt).and_then(|it| it.receipt.as_ref());
        let paid = paid.map_or(zero, |it| it.amount);
        let most = i128::from(paid.minor()) * i128::from(max_bp) / i128::from(WHOLE_BP);
        let most = i64::try_from(most).ok().and_then(|it| Money::new(it, paid.currency()).ok());
        let fee = self.fee_taken().checked_sub(self.fee_returned()).unwrap_or(zero);
        let left = self.unrefunded(attempt).checked_sub(fee).unwrap_or(zero);
        let most = most.filter(|it| it.minor() < left.minor()).unwrap_or(left);
        most.checked_sub(self.shared(attempt)).unwrap_or(zero)
    }

    /// What the receiver of a line still holds of it, and no return has asked for.
    pub fn returnable(&self, of: SplitId, line: u16) -> Option<Money> {
        let shared = self.split(of)?.lines.get(usize::from(line))?;
        let back = Kind::Return { of, line };
        let asked = self.splits.iter().filter(|it| it.kind == back).flat_map(Split::held);
        let mut asked = asked.filter(|_| !bug("share-returned-twice"));
        let paid = shared.is_paid().then_some(shared.amount)?;
        asked.try_fold(paid, Money::checked_sub).ok()
    }

    pub(super) fn splits_are_sound(&self) -> bool {
        let numbered = (0..).zip(&self.splits).all(|(index, it)| {
            it.id.payment == self.id
                && it.id.number == next_number(index)
                && self.attempt(it.attempt).is_some_and(|it| it.receipt.is_some())
        });
        let covered =
            |it: &Split| self.unrefunded(it.attempt).checked_sub(self.shared(it.attempt)).is_ok();
        numbered && self.splits.iter().all(covered)
    }
}

impl Split {
    const fn is_share(&self) -> bool {
        matches!(self.kind, Kind::Share { .. })
    }
}

impl Line {
    pub const fn is_paid(&self) -> bool {
        matches!(self.state, LineState::Succeeded { .. })
    }
}

fn sum(zero: Money, of: impl Iterator<Item = Money>) -> Money {
    of.fold(zero, |sum, it| sum.checked_add(it).unwrap_or(sum))
}

impl Draft {
    pub(super) fn split_requested(&mut self, new: &NewSplit) -> Outcome {
        // One number is one split, however often it is asked for.
        if self.next.splits.iter().any(|it| it.split_no == new.split_no) {
            return Outcome::Redundant;
        }
        match self.allowed(new) {
            Ok((attempt, lines)) => self.promise(new, attempt, lines),
            Err(rejection) => return Outcome::Rejected(rejection),
        }
        Outcome::Changed
    }

    fn allowed(&self, new: &NewSplit) -> Result<(AttemptId, Vec<Line>), Rejection> {
        let payment = &self.next;
        let Verdict::Succeeded { attempt } = payment.verdict else {
            return Err(Rejection::NotPaid);
        };
        if !payment.order.splittable || !payment.order.parts.is_empty() {
            return Err(No::NotSplittable.into());
        }
        if payment.splits.len() >= MAX_SPLITS {
            return Err(No::TooMany.into());
        }
        let lines = match new.kind {
            Kind::Return { of, line } => payment.back(new, of, line)?,
            Kind::Share { .. } | Kind::Finish if payment.is_finished() => {
                return Err(No::Finished.into());
            }
            Kind::Finish => vec![],
            Kind::Share { .. } => payment.new_lines(new, attempt)?,
        };
        Ok((attempt, lines))
    }

    /// Reserve first, call later. Whoever asked for it sends it, right behind this commit.
    fn promise(&mut self, new: &NewSplit, attempt: AttemptId, lines: Vec<Line>) {
        let number = next_number(self.next.splits.len());
        let id = SplitId { payment: self.next.id, number };
        self.effects.push(Effect::Split { split: id, due: self.at.after(FIRST_PAUSE) });
        self.next.splits.push(Split {
            id,
            attempt,
            split_no: new.split_no.clone(),
            kind: new.kind,
            lines,
            description: new.description.clone(),
            state: State::InDoubt,
            channel_split_no: None,
            created_at: self.at,
            sends: 1,
            sent_at: self.at,
            fingerprint: new.fingerprint,
        });
    }

    pub(super) fn split_resent(&mut self, id: SplitId) -> Step {
        let at = self.at;
        let split = self.split_of(id)?;
        if !split.may_be_sent(at) || split.sends == u16::MAX {
            return Ok(Outcome::Redundant);
        }
        (split.sends, split.sent_at) = (split.sends + 1, at);
        Ok(Outcome::Changed)
    }

    pub(super) fn split_unsent(&mut self, id: SplitId) -> Step {
        let split = self.split_of(id)?;
        if split.state != State::InDoubt || split.sends == 0 {
            return Ok(Outcome::Redundant);
        }
        split.sends -= 1;
        Ok(Outcome::Changed)
    }

    pub(super) fn split(&mut self, id: SplitId, fact: &Fact) -> Step {
        let at = self.at;
        let split = self.split_of(id)?;
        let Change::Changed(next) = split.apply(fact, at)? else {
            return Ok(Outcome::Redundant);
        };
        let over = split.state.is_open() && !next.state.is_open();
        *split = *next;
        if over {
            let notice = notice(split);
            self.tell(notice);
        }
        Ok(Outcome::Changed)
    }

    fn split_of(&mut self, id: SplitId) -> Result<&mut Split, Contradiction> {
        let found = self.next.splits.iter_mut().find(|it| it.id == id);
        found.ok_or(Contradiction::UnknownSplit)
    }
}

const fn pending(line: &Line) -> bool {
    matches!(line.state, LineState::Pending)
}

impl Payment {
    fn new_lines(&self, new: &NewSplit, attempt: AttemptId) -> Result<Vec<Line>, Rejection> {
        let currency = self.order.amount.currency();
        let fits =
            |it: &Line| it.amount.minor() > 0 && it.amount.currency() == currency && pending(it);
        let mut receivers: Vec<_> = new.lines.iter().map(|it| &it.receiver).collect();
        receivers.sort_unstable();
        let once = receivers.windows(2).all(|it| it[0] != it[1]);
        if !once || !(1..=MAX_LINES).contains(&new.lines.len()) || !new.lines.iter().all(fits) {
            return Err(No::Lines.into());
        }
        let room = self.shareable(attempt, new.max_bp);
        let left = new.lines.iter().try_fold(room, |left, it| left.checked_sub(it.amount));
        let fits = left.is_ok() || bug("share-unchecked");
        if fits { Ok(new.lines.clone()) } else { Err(No::ExceedsShare.into()) }
    }

    fn back(&self, new: &NewSplit, of: SplitId, line: u16) -> Result<Vec<Line>, Rejection> {
        let shared = self.split(of).and_then(|it| it.lines.get(usize::from(line)));
        let (Some(shared), [asked]) = (shared, new.lines.as_slice()) else {
            return Err(No::ExceedsLine.into());
        };
        let held =
            self.returnable(of, line).filter(|_| self.split(of).is_some_and(Split::is_share));
        let covered = held.is_some_and(|it| it.checked_sub(asked.amount).is_ok());
        if !covered || asked.amount.minor() == 0 {
            return Err(No::ExceedsLine.into());
        }
        Ok(vec![Line { amount: asked.amount, state: LineState::Pending, ..shared.clone() }])
    }
}

fn notice(split: &Split) -> Notice {
    let id = split.id;
    let closed = matches!(split.state, State::Closed(_)) || !split.has_moved();
    match split.kind {
        _ if closed => Notice::SplitClosed { split: id },
        Kind::Finish => Notice::SplitFinished { split: id },
        Kind::Return { .. } => Notice::SplitReturned { split: id },
        Kind::Share { .. } => Notice::SplitSucceeded { split: id },
    }
}
