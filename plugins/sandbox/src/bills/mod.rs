//! A day's bill: which days have one, and the files that wait to be fetched.

pub(crate) mod archive;
mod day;
mod movement;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

pub(crate) use day::Day;
pub(crate) use movement::{Movement, fee};

use crate::books::{Books, Channel, Order};
use crate::clock;
use crate::crypto::random_hex;

/// The oldest goes first.
const MAX_FILES: usize = 100;

/// What is wrong with a day's bill.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BillFault {
    /// The day's first payment is on no bill.
    MissingLine,
    /// The day's first payment is on the next day's bill.
    LateLine,
    /// The day's first payment names one fen more.
    WrongAmount,
    /// The last third of the file does not come.
    TruncatedFile,
    /// WeChat Pay v3: the hash is another file's.
    WrongHash,
}

#[derive(Default)]
pub(crate) struct Bills {
    /// Those that are made before their time, and those that are wrong.
    ready: BTreeMap<Day, Option<BillFault>>,
    files: VecDeque<File>,
}

/// What a download address leads to, while it lives.
#[derive(Clone)]
pub(crate) struct File {
    token: String,
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    dies_at: Timestamp,
}

impl Bills {
    /// The day's bill is there although the day is not over.
    pub(crate) fn make_ready(&mut self, day: Day, fault: Option<BillFault>) {
        self.ready.insert(day, fault);
    }

    pub(crate) fn has(&self, day: Day, fault: BillFault) -> bool {
        self.ready.get(&day).copied().flatten() == Some(fault)
    }

    /// The day's movements as the bill tells them.
    pub(crate) fn told(
        &self,
        books: &Books,
        channel: Channel,
        day: Day,
        own: impl Fn(&Order) -> bool,
    ) -> Vec<Movement> {
        let mut moved = Movement::of_day(books, channel, day, &own);
        let paid = |it: &Movement| it.refund().is_none();
        let first = moved.iter().position(paid);
        if self.has(day, BillFault::MissingLine) || self.has(day, BillFault::LateLine) {
            first.map(|it| moved.remove(it));
        } else if self.has(day, BillFault::WrongAmount) {
            first.and_then(|it| moved.get_mut(it)).map(Movement::add_a_fen);
        }
        let before = day.previous();
        if self.has(before, BillFault::LateLine) {
            let late = Movement::of_day(books, channel, before, &own).into_iter().find(paid);
            moved.splice(0..0, late);
        }
        moved
    }

    /// The file as it comes.
    pub(crate) fn cut(&self, day: Day, mut bytes: Vec<u8>) -> Vec<u8> {
        if self.has(day, BillFault::TruncatedFile) {
            bytes.truncate(bytes.len() * 2 / 3);
        }
        bytes
    }

    /// Channels make a day's bill in the morning after it.
    pub(crate) fn is_ready(&self, day: Day, made_after: Duration, now: Timestamp) -> bool {
        self.ready.contains_key(&day) || clock::after(day.end(), made_after) <= now
    }

    /// The token of an address that leads to the file from now on.
    pub(crate) fn offer(
        &mut self,
        name: String,
        bytes: Vec<u8>,
        (life, now): (Duration, Timestamp),
    ) -> String {
        let token = random_hex(16);
        let dies_at = clock::after(now, life);
        self.files.push_back(File { token: token.clone(), name, bytes, dies_at });
        while self.files.len() > MAX_FILES {
            self.files.pop_front();
        }
        token
    }

    pub(crate) fn file(&self, token: &str, now: Timestamp) -> Option<File> {
        self.files.iter().find(|it| it.token == token && now < it.dies_at).cloned()
    }
}
