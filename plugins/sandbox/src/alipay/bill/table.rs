//! What all tables of a bill have in common: lines of `#` around rows of cells.

use jiff::Timestamp;

use crate::bills::Day;
use crate::clock;

/// Whose bill it is, and of which day.
pub(super) struct Bill {
    pub(super) account: String,
    pub(super) day: Day,
    pub(super) made_at: Timestamp,
}

/// One file of a bill: its title, its columns, its rows, and what is said below them.
pub(super) struct Table<'a> {
    pub(super) title: &'a str,
    pub(super) list: &'a str,
    pub(super) columns: &'a str,
    pub(super) rows: Vec<String>,
    /// Dashes before the words that end it: not the same in all files.
    pub(super) ends_after: usize,
    pub(super) sums: Vec<String>,
}

impl Bill {
    pub(super) fn write(&self, table: Table<'_>) -> String {
        let (begin, end) = (chinese(self.day.begin()), chinese(self.day.end()));
        let list = table.list;
        let rim = |count: usize| "-".repeat(count);
        let mut lines = vec![
            format!("#{}", table.title),
            format!("#账号：[{}]", self.account),
            format!("#起始日期：[{begin}]   终止日期：[{end}]"),
            format!("#{}{list}列表{}", rim(41), rim(40)),
            table.columns.to_owned(),
        ];
        lines.extend(table.rows);
        let before = table.ends_after;
        lines.push(format!("#{}{list}列表结束{}", rim(before), rim(77 - before)));
        lines.extend(table.sums);
        lines.push(format!("#导出时间：[{}]", chinese(self.made_at)));
        lines.iter().map(|line| format!("{line}\r\n")).collect()
    }
}

/// `2026年01月15日 00:00:00`
fn chinese(at: Timestamp) -> String {
    let text = clock::spaced(at);
    let (date, time) = text.split_once(' ').unwrap_or_default();
    let mut parts = date.split('-');
    let mut part = || parts.next().unwrap_or_default();
    format!("{}年{}月{}日 {time}", part(), part(), part())
}

/// How a comma inside a name is written is not documented: here it ends as a space.
pub(super) fn cell(text: &str) -> String {
    text.replace([',', '\r', '\n', '\t', '"'], " ")
}
