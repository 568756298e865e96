//! What both bills are made of: cells behind back-ticks, and totals that must add up.

use paymux_channel::BillLine;
use paymux_channel::bill::text::Columns;

/// Every cell of data begins with one, so that a spreadsheet takes it for text.
pub(super) const MARK: u8 = b'`';
const BETWEEN: &str = ",`";

pub(super) type Checked<T> = Result<T, &'static str>;

/// A total by its name, and whether what is told is ours.
pub(super) type Total<'a> = (&'a str, &'a dyn Fn(&str) -> bool);

pub(super) trait Table: Send {
    fn columns(&mut self, head: &str) -> Checked<()>;

    fn row(&mut self, line: u64, text: &str) -> Checked<BillLine>;

    /// `names` stand above `totals`.
    fn totals(&mut self, names: &str, totals: &str) -> Checked<()>;
}

pub(super) fn text_of(line: &[u8]) -> Checked<&str> {
    std::str::from_utf8(line).map_err(|_| "the line is not UTF-8")
}

pub(super) fn named(head: &str) -> Checked<Columns> {
    Columns::read(head.split(',')).ok_or("a column is there twice")
}

pub(super) fn cells(text: &str) -> Checked<Vec<&str>> {
    let first = text.strip_prefix(char::from(MARK)).ok_or("a cell has no back-tick")?;
    Ok(first.split(BETWEEN).collect())
}

/// Each total that is told under its name, against our own sum. The first must be told.
pub(super) fn add_up(names: &str, totals: &str, sums: &[Total<'_>]) -> Checked<()> {
    const ODD: &str = "the totals do not add up";
    let columns = named(names)?;
    let cells = cells(totals)?;
    let row = columns.row(cells, usize::MAX).ok_or("the totals lack a cell")?;
    for (index, (name, fits)) in sums.iter().enumerate() {
        match row.cell(&[name]) {
            Some(told) if !fits(told) => return Err(ODD),
            None if index == 0 => return Err("the totals are missing"),
            Some(_) | None => {}
        }
    }
    Ok(())
}
