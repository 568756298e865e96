//! What is shown: a table for people, the listener's own answer for machines; colours on a
//! terminal alone, and none where `NO_COLOR` is set.

use std::io::{IsTerminal as _, Write as _};

use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table, presets};
use serde_json::Value;

use crate::settings::no_color;

/// How a word is meant.
const GOOD: [&str; 6] = ["succeeded", "delivered", "enabled", "well", "yes", "store"];
const BAD: [&str; 6] = ["failed", "exhausted", "disabled", "broken", "no", "refused"];
const OPEN: [&str; 6] = ["processing", "pending", "due", "held", "odd", "retired"];

/// On less than this, or where a terminal does not know, it breaks the lines better itself.
const NARROW: u16 = 60;

pub(super) struct Out {
    json: bool,
    person: bool,
    colours: bool,
}

impl Out {
    pub(super) fn new(json: bool) -> Self {
        let person = std::io::stdout().is_terminal();
        Self { json, person, colours: person && !no_color() }
    }

    /// `answer` as it came, or these rows of it.
    pub(super) fn rows(
        &self,
        answer: &Value,
        head: &[&str],
        rows: Vec<Vec<String>>,
    ) -> anyhow::Result<()> {
        if self.json {
            return self.value(answer);
        }
        if rows.is_empty() {
            return self.line("none");
        }
        self.line(&self.table(head, rows))
    }

    /// Lines of a name and what it is.
    pub(super) fn pairs(&self, pairs: &[(&str, String)]) -> anyhow::Result<()> {
        let rows = pairs.iter().filter(|it| !it.1.is_empty());
        let rows = rows.map(|(name, value)| vec![(*name).to_owned(), value.clone()]).collect();
        self.line(&self.table(&[], rows))
    }

    pub(super) fn value(&self, answer: &Value) -> anyhow::Result<()> {
        self.line(&serde_json::to_string_pretty(answer)?)
    }

    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    pub(super) fn line(&self, text: &str) -> anyhow::Result<()> {
        Ok(writeln!(std::io::stdout(), "{}", text.trim_end())?)
    }

    /// Not a part of the answer: a pipe does not get it.
    pub(super) fn note(&self, text: &str) {
        let text = if self.colours { format!("\x1b[33m{text}\x1b[0m") } else { text.to_owned() };
        eprintln!("{text}");
    }

    fn table(&self, head: &[&str], rows: Vec<Vec<String>>) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        let roomy = table.width().is_some_and(|it| it >= NARROW);
        if self.person && roomy {
            table.set_content_arrangement(ContentArrangement::Dynamic);
        }
        if !self.colours {
            table.force_no_tty();
        }
        let heading = |it: &&str| Cell::new(it).add_attribute(Attribute::Bold);
        if !head.is_empty() {
            table.set_header(head.iter().map(heading));
        }
        for row in rows {
            table.add_row(row.into_iter().map(|it| self.cell(it)));
        }
        let lines: Vec<_> = table.lines().map(|it| it.trim().to_owned()).collect();
        lines.join("\n")
    }

    fn cell(&self, text: String) -> Cell {
        let colour = [(&GOOD, Color::Green), (&BAD, Color::Red), (&OPEN, Color::Yellow)];
        let found = colour.iter().find(|(words, _)| words.contains(&text.as_str()));
        let cell = Cell::new(text);
        match found {
            Some((_, colour)) if self.colours => cell.fg(*colour),
            Some(_) | None => cell,
        }
    }
}

/// A text of an answer; nothing where it has none.
pub(super) fn text(answer: &Value, key: &str) -> String {
    let value = &answer[key];
    match value.as_str() {
        Some(text) => text.to_owned(),
        None if value.is_null() => String::new(),
        None => value.to_string(),
    }
}

/// The texts of a list, as a person lists them.
pub(super) fn texts(list: &Value) -> String {
    let all = list.as_array().into_iter().flatten();
    all.filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_gets_columns_and_no_colours() {
        let out = Out { json: false, person: false, colours: false };
        let rows = vec![vec!["shop".into(), "store".into()], vec!["a-shop".into(), "file".into()]];
        let text = out.table(&["NAME", "SOURCE"], rows);
        assert_eq!(text, "NAME    SOURCE\nshop    store\na-shop  file");
    }

    #[test]
    fn a_terminal_gets_colours() {
        let out = Out { json: false, person: false, colours: true };
        let mut cell = Table::new();
        cell.enforce_styling().load_style(presets::NOTHING).add_row([out.cell("failed".into())]);
        assert!(cell.to_string().contains("\x1b["), "{cell}");
    }
}
