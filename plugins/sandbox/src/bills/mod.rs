//! A day's bill: which days have one, and the files that wait to be fetched.

pub(crate) mod archive;
mod day;
mod movement;

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

pub(crate) use day::Day;
pub(crate) use movement::{Movement, fee};

use crate::clock;
use crate::crypto::random_hex;

/// The oldest goes first.
const MAX_FILES: usize = 100;

#[derive(Default)]
pub(crate) struct Bills {
    ready: BTreeSet<Day>,
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
    pub(crate) fn make_ready(&mut self, day: Day) {
        self.ready.insert(day);
    }

    /// Channels make a day's bill in the morning after it.
    pub(crate) fn is_ready(&self, day: Day, made_after: Duration, now: Timestamp) -> bool {
        self.ready.contains(&day) || clock::after(day.end(), made_after) <= now
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
