//! So many lines of a side at a time, the smallest first: a side is read again for each window, so
//! that none is ever in memory as a whole.

use super::{Key, Line};

/// Collects the first lines behind a key, whatever order they come in.
#[derive(Debug)]
pub struct Window {
    after: Option<Key>,
    size: usize,
    lines: Vec<Line>,
    /// Whether there are lines behind those that are kept.
    cut: bool,
}

/// Lines in the order of their keys, and up to which key these are all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub lines: Vec<Line>,
    /// None where the side ends here.
    pub until: Option<Key>,
}

impl Window {
    /// Of at least two lines.
    pub const fn new(after: Option<Key>, size: usize) -> Self {
        let size = if size < 2 { 2 } else { size };
        Self { after, size, lines: vec![], cut: false }
    }

    pub fn push(&mut self, line: Line) {
        if self.after.is_some_and(|after| line.key <= after) {
            return;
        }
        self.lines.push(line);
        if self.lines.len() >= self.size * 2 {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.lines.select_nth_unstable_by_key(self.size, |it| it.key);
        self.lines.truncate(self.size + 1);
        self.cut = true;
    }

    pub fn end(mut self) -> Stretch {
        if self.lines.len() > self.size {
            self.cut();
        }
        self.lines.sort_unstable_by_key(|it| (it.key, it.at));
        // Of the last key there may be more lines among those that were cut off.
        let last = self.lines.last().map(|it| it.key).filter(|_| self.cut);
        let whole = self.lines.iter().filter(|it| last.is_none_or(|last| it.key < last)).count();
        self.lines.truncate(if whole == 0 { self.lines.len() } else { whole });
        let until = self.lines.last().map(|it| it.key).filter(|_| self.cut);
        let mut lines: Vec<Line> = Vec::with_capacity(self.lines.len());
        for line in self.lines {
            match lines.last_mut().filter(|it| it.key == line.key) {
                // Told twice, it is as much money as both: what else it is, amounts will show.
                Some(same) => same.amount = same.amount.saturating_add(line.amount),
                None => lines.push(line),
            }
        }
        Stretch { lines, until }
    }
}

impl Stretch {
    /// What of it is not behind a key, and ends there.
    #[must_use]
    pub fn up_to(mut self, until: Option<Key>) -> Self {
        if let Some(end) = until.filter(|end| self.until.is_none_or(|own| *end < own)) {
            self.lines.truncate(self.lines.partition_point(|it| it.key <= end));
            self.until = Some(end);
        }
        self
    }
}
