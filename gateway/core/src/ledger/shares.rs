//! What a payment's splits mean in money: a line is reserved when it is promised, then paid or
//! released, and what comes back of it comes back under the number of its return.

use super::{Exit, Matter, Posting};
use crate::id::{AccountId, MerchantId, VoucherNo};
use crate::payment::Payment;
use crate::split::{Kind, Line, LineState, Split};
use crate::time::Timestamp;

pub(super) fn shares(before: &[Split], after: &Payment, now: Timestamp) -> Vec<Posting> {
    let mut list = vec![];
    for (index, split) in after.splits.iter().enumerate() {
        let Some(account) = after.attempt(split.attempt).map(|it| &it.account) else { continue };
        for (number, line) in split.lines.iter().enumerate() {
            let known = before.get(index).and_then(|it| it.lines.get(number));
            let Some(voucher) = voucher(split, number) else { continue };
            let share = Share {
                matter: Matter::Split(voucher),
                account,
                merchant: &after.order.merchant,
                line,
                now,
            };
            list.extend(match split.kind {
                Kind::Return { .. } => share.returned(known),
                Kind::Share { .. } | Kind::Finish => share.moved(known),
            });
        }
    }
    list
}

/// Its number and that of the line, so that each line moves money once.
fn voucher(split: &Split, line: usize) -> Option<VoucherNo> {
    format!("{}-{}", split.id, line + 1).parse().ok()
}

struct Share<'a> {
    matter: Matter,
    account: &'a AccountId,
    merchant: &'a MerchantId,
    line: &'a Line,
    now: Timestamp,
}

impl Share<'_> {
    fn moved(&self, before: Option<&Line>) -> Vec<Posting> {
        let Self { matter, merchant, line, now, .. } = self;
        let mut list = vec![];
        if before.is_none() {
            list.extend(Posting::reserve(matter, merchant, line.amount, *now));
        }
        let ended = before.is_some_and(|it| it.state != LineState::Pending);
        match line.state {
            LineState::Succeeded { at } if !ended => {
                let paid = Posting::pay(matter, merchant, self.exit(), line.amount, *now);
                list.extend(paid.map(|it| it.moved(at)));
            }
            LineState::Closed(_) if !ended => {
                list.extend(Posting::release(matter, merchant, line.amount, *now));
            }
            LineState::Pending | LineState::Succeeded { .. } | LineState::Closed(_) => {}
        }
        list
    }

    fn returned(&self, before: Option<&Line>) -> Vec<Posting> {
        let Self { matter, merchant, line, now, .. } = self;
        let known = before.is_some_and(|it| it.state == line.state);
        match line.state {
            LineState::Succeeded { at } if !known => {
                let back = Posting::take_back(matter, merchant, self.exit(), line.amount, *now);
                back.map(|it| it.moved(at)).into_iter().collect()
            }
            LineState::Pending | LineState::Succeeded { .. } | LineState::Closed(_) => vec![],
        }
    }

    fn exit(&self) -> Exit {
        Exit::Channel(self.account.clone())
    }
}
