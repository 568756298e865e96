//! A bill's file: the entry of a ZIP that has the rows, in GBK.

use encoding_rs::GBK;
use paymux_channel::bill::lines;
use paymux_channel::bill::text::{Columns, Lines};
use paymux_channel::{Bill, BillBytes, BillFault, BillKind, BillLine, BillLines, china};
use paymux_core::route::Day;

use super::funds::Funds;
use super::table::{Table, row};
use super::trade::Trades;
use super::zip::{Entry, Zip};
use crate::settings::Account;

/// Behind a merchant's number where its account is named.
const ACCOUNT: &str = "0156";

pub(crate) fn read(account: &Account, bill: Bill, bytes: BillBytes) -> BillLines {
    let table: Box<dyn Table> = match bill.kind {
        BillKind::Trade => Box::<Trades>::default(),
        BillKind::Funds => Box::<Funds>::default(),
    };
    let account = account.seller_id.as_ref().map(|it| format!("{it}{ACCOUNT}"));
    let mut begun = Err(Some(bytes));
    let mut reading = Reading { day: bill.day, account, table, columns: Columns::default() };
    lines(move || reading.step(&mut begun))
}

struct Reading {
    day: Day,
    /// None where the account does not say whose it is.
    account: Option<String>,
    table: Box<dyn Table>,
    columns: Columns,
}

type Begun = Result<Lines<Entry>, Option<BillBytes>>;

impl Reading {
    fn step(&mut self, begun: &mut Begun) -> Result<Option<BillLine>, BillFault> {
        if let Err(bytes) = begun {
            let Some(bytes) = bytes.take() else { return Ok(None) };
            let mut lines = Lines::new(details(bytes)?);
            self.head(&mut lines)?;
            *begun = Ok(lines);
        }
        let Ok(lines) = begun else { return Ok(None) };
        let line = lines.next_line()?.ok_or_else(|| lines.refused("the table has no end"))?;
        let text = decoded(lines, &line)?;
        if text.starts_with('#') {
            let Ok(lines) = std::mem::replace(begun, Err(None)) else { return Ok(None) };
            return self.end(lines, &text).map(|()| None);
        }
        lines.first_time(&line)?;
        let number = lines.number();
        let row = row(self.table.as_ref(), &self.columns, &text);
        let read = row.and_then(|it| self.table.row(number, &it));
        read.map(Some).map_err(|it| lines.refused(it))
    }

    /// Up to the names of the columns.
    fn head(&mut self, lines: &mut Lines<Entry>) -> Result<(), BillFault> {
        let mut said = String::new();
        let names = loop {
            let line = lines.next_line()?.ok_or_else(|| lines.refused("there is no table"))?;
            let text = decoded(lines, &line)?;
            if !text.starts_with('#') {
                break text;
            }
            said += &text;
            if lines.number() > 16 {
                return Err(lines.refused("there is no table"));
            }
        };
        self.check(&said, &names).map_err(|it| lines.refused(it))
    }

    fn check(&mut self, said: &str, names: &str) -> Result<(), &'static str> {
        let date = china::date(self.day).ok_or("the day is none")?;
        let day = format!("{}年{}月{}日 00:00:00", &date[..4], &date[5..7], &date[8..]);
        if !said.contains(self.table.title()) {
            return Err("it is another table");
        }
        if self.account.as_ref().is_some_and(|it| !said.contains(&format!("#账号：[{it}]"))) {
            return Err("the bill is another account's");
        }
        if !said.contains(&format!("#起始日期：[{day}]")) {
            return Err("the bill is another day's");
        }
        let columns = Columns::read(names.split(',')).ok_or("a column is there twice")?;
        if !columns.has(self.table.needed()) {
            return Err("a column is missing");
        }
        self.columns = columns;
        Ok(())
    }

    /// The end of the table, its sums, and the end of the file.
    fn end(&mut self, mut lines: Lines<Entry>, first: &str) -> Result<(), BillFault> {
        if !first.contains("列表结束") {
            return Err(lines.refused("a line does not belong there"));
        }
        while let Some(line) = lines.next_line()? {
            let text = decoded(&lines, &line)?;
            if !text.starts_with('#') && !text.is_empty() {
                return Err(lines.refused("something follows the table"));
            }
            self.table.sum(&text).map_err(|it| lines.refused(it))?;
        }
        if !self.table.is_summed() {
            return Err(lines.refused("the sums are missing"));
        }
        let number = lines.number();
        let what = "the archive is damaged, or cut off";
        let whole = rest(lines.into_inner()).is_ok();
        if whole { Ok(()) } else { Err(BillFault::Refused { line: number, what }) }
    }
}

/// The entries behind it must be whole, too: an archive that was cut off is refused.
fn rest(entry: Entry) -> std::io::Result<()> {
    let mut zip = entry.skip()?;
    while let Some(entry) = zip.next_entry()? {
        zip = entry.skip()?;
    }
    Ok(())
}

/// The entry whose name says details, and not sums: their names differ from file to file.
fn details(bytes: BillBytes) -> Result<Entry, BillFault> {
    let mut zip = Zip::new(bytes);
    loop {
        let entry = zip.next_entry().map_err(|it| broken(&it))?;
        let entry = entry.ok_or(BillFault::Refused { line: 0, what: "it has no details" })?;
        let name = GBK.decode(&entry.name).0;
        if name.contains("明细") && !name.contains("汇总") {
            return Ok(entry);
        }
        zip = entry.skip().map_err(|it| broken(&it))?;
    }
}

fn broken(error: &std::io::Error) -> BillFault {
    if error.kind() == std::io::ErrorKind::ConnectionAborted {
        return BillFault::Unread;
    }
    BillFault::Refused { line: 0, what: "the archive is damaged, or cut off" }
}

fn decoded(lines: &Lines<Entry>, line: &[u8]) -> Result<String, BillFault> {
    let text = GBK.decode_without_bom_handling_and_without_replacement(line);
    text.map(std::borrow::Cow::into_owned).ok_or_else(|| lines.refused("the line is not GBK"))
}
