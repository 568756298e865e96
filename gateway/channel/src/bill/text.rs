//! Text of bills: numbered lines, columns found by their names, amounts in yuan.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufRead as _, BufReader, ErrorKind, Read};

use paymux_core::{Currency, Money};

use super::BillFault;

/// Bytes of a line: names and notes of a row take a few hundred.
const MAX_LINE: u64 = 16 * 1024;
/// Lines of a file: thirty-five a second, all day.
const MAX_LINES: u64 = 3_000_000;
/// Cells of a row: the longest known table has 29.
const MAX_CELLS: usize = 256;
const CNY: Currency = Currency::Cny;

/// Lines of a file that may be of any length, each counted from one. A file that unpacks to a
/// multiple of itself ends here, at the first line that is too long or one too many.
pub struct Lines<R> {
    source: BufReader<R>,
    number: u64,
    seen: HashSet<u64>,
    state: RandomState,
}

impl<R: Read> Lines<R> {
    pub fn new(source: R) -> Self {
        let source = BufReader::with_capacity(64 * 1024, source);
        Self { source, number: 0, seen: HashSet::new(), state: RandomState::new() }
    }

    /// Of the line that was read last.
    pub const fn number(&self) -> u64 {
        self.number
    }

    pub fn refused(&self, what: &'static str) -> BillFault {
        BillFault::Refused { line: self.number, what }
    }

    /// The next line without its end; none where the file has ended.
    pub fn next_line(&mut self) -> Result<Option<Vec<u8>>, BillFault> {
        let mut line = vec![];
        self.number += 1;
        let read = (&mut self.source).take(MAX_LINE).read_until(b'\n', &mut line);
        let read = read.map_err(|it| self.broken(it.kind()))?;
        if read == 0 {
            return Ok(None);
        }
        if self.number > MAX_LINES {
            return Err(self.refused("the file has too many lines"));
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if read as u64 == MAX_LINE {
            return Err(self.refused("the line is too long"));
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Some(line))
    }

    /// Two rows that are the same, byte by byte, are one row twice.
    pub fn first_time(&mut self, line: &[u8]) -> Result<(), BillFault> {
        let new = self.seen.insert(self.state.hash_one(line));
        if new { Ok(()) } else { Err(self.refused("the row was there before")) }
    }

    fn broken(&self, kind: ErrorKind) -> BillFault {
        if kind == ErrorKind::ConnectionAborted {
            return BillFault::Unread;
        }
        self.refused("the file is damaged, or cut off")
    }

    pub fn into_inner(self) -> R {
        self.source.into_inner()
    }

    pub fn get_mut(&mut self) -> &mut R {
        self.source.get_mut()
    }
}

/// The names of a table's columns, in its order.
#[derive(Clone, Debug, Default)]
pub struct Columns(Vec<String>);

impl Columns {
    /// None where a name is there twice: nobody could say which is meant.
    pub fn read<'a>(names: impl Iterator<Item = &'a str>) -> Option<Self> {
        let names: Vec<String> = names.map(|it| it.trim().to_owned()).collect();
        let twice = |it: &String| names.iter().filter(|other| *other == it).count() > 1;
        let fits = names.len() <= MAX_CELLS && !names.iter().any(twice);
        fits.then_some(Self(names))
    }

    /// The place of the first of these that the table has.
    pub fn place(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.0.iter().position(|it| it == name))
    }

    pub fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|it| self.place(&[it]).is_some())
    }

    /// The cells under these columns. A cell that people write may hold the separator itself: then
    /// there are more than columns, and all that are too many belong to that one.
    pub fn row<'a>(&self, cells: Vec<&'a str>, free: usize) -> Option<Row<'_, 'a>> {
        let extra = cells.len().checked_sub(self.0.len())?;
        let fits = cells.len() <= MAX_CELLS;
        fits.then_some(Row { columns: self, cells, free, extra })
    }
}

/// One row of a table.
pub struct Row<'c, 'a> {
    columns: &'c Columns,
    cells: Vec<&'a str>,
    free: usize,
    extra: usize,
}

impl<'a> Row<'_, 'a> {
    /// Under the first of these names that the table has.
    pub fn cell(&self, names: &[&str]) -> Option<&'a str> {
        let place = self.columns.place(names)?;
        let place = if place > self.free { place + self.extra } else { place };
        self.cells.get(place).map(|it| it.trim())
    }

    /// The same; where the table has no such column, nothing was said.
    pub fn text(&self, names: &[&str]) -> &'a str {
        self.cell(names).unwrap_or_default()
    }
}

/// What a channel keeps of a payment, or gives back with a refund: thousandths of the minor unit,
/// less than nothing where it goes the other way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fee(pub i64);

impl Fee {
    /// Yuan of up to five decimals, with or without a sign.
    pub fn read(text: &str) -> Option<Self> {
        let (sign, text) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let (coarse, fine) = match text.split_once('.') {
            Some((_, fraction)) if fraction.len() > 2 => {
                let cut = text.len() - (fraction.len() - 2);
                text.split_at_checked(cut)?
            }
            Some(_) | None => (text, ""),
        };
        if fine.len() > 3 || !fine.bytes().all(|it| it.is_ascii_digit()) {
            return None;
        }
        let fine: i64 = format!("{fine:0<3}").parse().ok()?;
        let whole = Money::from_decimal(coarse, CNY).ok()?.minor().checked_mul(1000)?;
        Some(Self(sign * whole.checked_add(fine)?))
    }

    #[must_use]
    pub const fn negated(self) -> Self {
        Self(-self.0)
    }

    /// To the nearest minor unit, halves away from nothing.
    pub const fn minor(self) -> i64 {
        let half = if self.0 < 0 { -500 } else { 500 };
        (self.0 + half) / 1000
    }
}

/// Yuan of at most two decimals. What goes back may carry a sign.
pub fn yuan(text: &str) -> Option<Money> {
    Money::from_decimal(text.strip_prefix('-').unwrap_or(text), CNY).ok()
}

/// `3`, or `3.0` as some totals have it.
pub fn count(text: &str) -> Option<u64> {
    let whole = text.split_once('.').map_or(Some(text), |(whole, fraction)| {
        let zeros = !fraction.is_empty() && fraction.bytes().all(|it| it == b'0');
        zeros.then_some(whole)
    })?;
    let plain = !whole.is_empty() && whole.bytes().all(|it| it.is_ascii_digit());
    if plain { whole.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(file: &[u8]) -> Result<Vec<Vec<u8>>, BillFault> {
        let mut lines = Lines::new(file);
        std::iter::from_fn(|| lines.next_line().transpose()).collect()
    }

    #[test]
    fn lines_end_in_either_way() {
        let lines = all(b"a\r\nb\n\r\nc").unwrap();
        assert_eq!(lines, [&b"a"[..], b"b", b"", b"c"]);
        assert_eq!(all(b"").unwrap().len(), 0);
    }

    #[test]
    fn a_bomb_ends_where_it_is_noticed() {
        let long = vec![b'x'; 20_000];
        let what = "the line is too long";
        assert_eq!(all(&long), Err(BillFault::Refused { line: 1, what }));
        let endless = std::io::repeat(b'\n').take(MAX_LINES + 1);
        let mut lines = Lines::new(endless);
        let fault = loop {
            match lines.next_line() {
                Ok(Some(_)) => {}
                other => break other,
            }
        };
        let what = "the file has too many lines";
        assert_eq!(fault, Err(BillFault::Refused { line: MAX_LINES + 1, what }));
    }

    #[test]
    fn a_row_is_there_once() {
        let mut lines = Lines::new(&b""[..]);
        assert_eq!(lines.first_time(b"a"), Ok(()));
        assert_eq!(lines.first_time(b"b"), Ok(()));
        assert!(lines.first_time(b"a").is_err());
    }

    #[test]
    fn columns_are_found_by_their_names() {
        let columns = Columns::read(["a", "goods", "fee"].into_iter()).unwrap();
        let row = columns.row(vec!["1", "tea", "0.01"], 1).unwrap();
        assert_eq!((row.cell(&["fee"]), row.cell(&["other", "a"])), (Some("0.01"), Some("1")));
        assert_eq!((row.cell(&["other"]), row.text(&["other"])), (None, ""));
        let row = columns.row(vec!["1", "tea", "milk", "0.01"], 1).unwrap();
        assert_eq!((row.text(&["a"]), row.text(&["fee"])), ("1", "0.01"));
        assert!(columns.row(vec!["1", "tea"], 1).is_none());
        assert!(Columns::read(["a", "a"].into_iter()).is_none());
    }

    #[test]
    fn fees_are_finer_than_money() {
        let reads = |text, thousandths| assert_eq!(Fee::read(text), Some(Fee(thousandths)));
        reads("0.01000", 1000);
        reads("0.53", 53_000);
        reads("-0.53", -53_000);
        reads("0.00125", 125);
        reads("-0.00001", -1);
        reads("12", 1_200_000);
        for text in ["", "-", "0.000001", "--1", "1.", ".5", "1e5", "1.23x", "0.01٣"] {
            assert_eq!(Fee::read(text), None, "{text}");
        }
        assert_eq!((Fee(1500).minor(), Fee(-1500).minor(), Fee(1499).minor()), (2, -2, 1));
    }

    /// The unit of bills is the yuan, ours the fen: whoever mixes them up is wrong by a hundred.
    #[test]
    fn a_bills_yuan_are_our_fen() {
        assert_eq!(yuan("88.88").map(Money::minor), Some(8888));
        assert_eq!(yuan("-10.00").map(Money::minor), Some(1000));
        assert_eq!(yuan("88").map(Money::minor), Some(8800));
        for text in ["", "88.888", "--1", "+1", "1,000.00", "8.8e1"] {
            assert_eq!(yuan(text), None, "{text}");
        }
    }

    #[test]
    fn counts_may_have_a_decimal() {
        assert_eq!((count("3"), count("45.0"), count("0")), (Some(3), Some(45), Some(0)));
        for text in ["", "3.", "3.5", "-3", "+3", "3.0.0", "x"] {
            assert_eq!(count(text), None, "{text}");
        }
    }
}
