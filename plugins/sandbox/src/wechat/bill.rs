//! Bills of both versions: what is asked for, and the text of the file.

mod flow;
mod trade;

use std::time::Duration;

use jiff::Timestamp;

use super::owner::Owner;
use crate::bills::{Day, Movement};
use crate::books::Channel;
use crate::money::Fen;
use crate::shared::Shared;

/// What a spreadsheet knows UTF-8 by.
const MARK: &str = "\u{feff}";
/// Made from nine o'clock, there for everybody at ten.
const MADE_AFTER: Duration = Duration::from_hours(10);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Payments and refunds.
    All,
    Success,
    Refund,
    /// What moved in the account of the merchant's own business.
    Flow,
    /// In the accounts for operations and fees nothing moves here.
    Still,
}

impl Kind {
    pub(super) fn of_trades(word: &str) -> Option<Self> {
        match word {
            "ALL" => Some(Self::All),
            "SUCCESS" => Some(Self::Success),
            "REFUND" => Some(Self::Refund),
            _ => None,
        }
    }

    pub(super) fn of_flow(word: &str) -> Option<Self> {
        match word {
            "BASIC" => Some(Self::Flow),
            "OPERATION" | "FEES" => Some(Self::Still),
            _ => None,
        }
    }

    fn has(self, it: &Movement) -> bool {
        match self {
            Self::All | Self::Flow => true,
            Self::Success => it.refund().is_none(),
            Self::Refund => it.refund().is_some(),
            Self::Still => false,
        }
    }
}

/// A day's bill, of all the merchant's business or of one sub-merchant's.
pub(super) struct Asked<'a> {
    pub(super) kind: Kind,
    pub(super) day: Day,
    pub(super) sub_mch_id: Option<&'a str>,
}

/// `None`: nothing happened, or the bill is not made yet.
pub(super) fn text(shared: &Shared, asked: &Asked<'_>, now: Timestamp) -> Option<String> {
    if !shared.bills().is_ready(asked.day, MADE_AFTER, now) {
        return None;
    }
    let mut moved = shared.bills().told(&shared.books(), Channel::Wechat, asked.day, |order| {
        asked.sub_mch_id.is_none() || Owner::of(order).sub_mch_id.as_deref() == asked.sub_mch_id
    });
    moved.retain(|it| asked.kind.has(it));
    let mch_id = &shared.wechat.party.mch_id;
    let lines = match asked.kind {
        Kind::All | Kind::Success | Kind::Refund => trade::lines(asked.kind, mch_id, &moved),
        Kind::Flow | Kind::Still => flow::lines(mch_id, &moved),
    };
    let written = lines.iter().map(|line| format!("{line}\r\n"));
    (!moved.is_empty()).then(|| MARK.to_owned() + &written.collect::<String>())
}

/// Every cell of data begins with a back-tick, so that a spreadsheet takes it for text.
fn row<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    let cells = cells.into_iter().map(|it| format!("`{}", it.as_ref()));
    cells.collect::<Vec<_>>().join(",")
}

fn sum(amounts: impl Iterator<Item = Fen>) -> Fen {
    Fen(amounts.map(|it| it.0).sum())
}
