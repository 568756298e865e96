//! What both bills are made of: lines of `#` around a table, and sums below it.

use paymux_channel::bill::text::{Columns, Row, count, yuan};
use paymux_channel::{BillLine, china};
use paymux_core::Money;

pub(super) type Checked<T> = Result<T, &'static str>;

pub(super) trait Table: Send {
    /// As the table's name stands in its first line.
    fn title(&self) -> &'static str;

    fn needed(&self) -> &'static [&'static str];

    /// Columns that people write in, the likeliest first.
    fn free(&self) -> &'static [&'static str];

    /// A column that holds a time and nothing else.
    fn time(&self) -> &'static str;

    fn row(&mut self, line: u64, row: &Row<'_, '_>) -> Checked<BillLine>;

    /// Whether this line is a sum of the table, and the right one.
    fn sum(&mut self, text: &str) -> Checked<()>;

    /// Every sum that must be told was.
    fn is_summed(&self) -> bool;
}

/// Behind the last row. What people write may hold a comma: then the row is read so that the time
/// stands where it belongs.
pub(super) fn row<'c, 'a>(
    table: &dyn Table,
    columns: &'c Columns,
    text: &'a str,
) -> Checked<Row<'c, 'a>> {
    let cells: Vec<&str> = text.split(',').collect();
    let fits = |row: &Row<'_, '_>| china::read(row.text(&[table.time()])).is_some();
    let places = table.free().iter().filter_map(|it| columns.place(&[it]));
    let mut rows = places.filter_map(|it| columns.row(cells.clone(), it));
    rows.find(fits).ok_or("the row does not fit its columns")
}

/// One sum below a table: so many rows, and what they come to.
#[derive(Default)]
pub(super) struct Sum {
    rows: u64,
    amount: i64,
    told: bool,
}

impl Sum {
    pub(super) fn add(&mut self, amount: Money) -> Checked<()> {
        self.rows += 1;
        let sum = self.amount.checked_add(amount.minor());
        self.amount = sum.ok_or("the amounts are too large")?;
        Ok(())
    }

    /// `…：3笔，…共88.88元`, with more behind it.
    pub(super) fn check(&mut self, told: &str) -> Checked<()> {
        const ODD: &str = "the sums do not add up";
        let (rows, rest) = told.split_once('笔').ok_or(ODD)?;
        let amount = rest.split_once('共').and_then(|(_, it)| it.split_once('元')).ok_or(ODD)?.0;
        let amount = yuan(amount).map(Money::minor);
        self.told = count(rows) == Some(self.rows) && amount == Some(self.amount);
        if self.told { Ok(()) } else { Err(ODD) }
    }

    pub(super) const fn is_told(&self) -> bool {
        self.told
    }
}
