//! A parsed TOML file that still knows its lines.

use std::ops::Range;

use toml::de::DeTable;

use super::problem::{Place, Problems};

pub(super) struct Source<'a> {
    file: &'a str,
    pub(super) table: DeTable<'a>,
    /// Where each line starts.
    starts: Vec<usize>,
    /// Whether it is sealed where it is kept: its secrets stand in it, and it refers to nothing.
    pub(super) sealed: bool,
}

impl<'a> Source<'a> {
    /// The only problem told alone: what does not parse has no keys to look at.
    pub(super) fn parse(file: &'a str, text: &'a str) -> Result<Self, Problems> {
        let breaks = text.bytes().enumerate().filter(|it| it.1 == b'\n');
        let starts: Vec<_> = std::iter::once(0).chain(breaks.map(|it| it.0 + 1)).collect();
        match DeTable::parse(text) {
            Ok(table) => Ok(Self { file, table: table.into_inner(), starts, sealed: false }),
            Err(error) => {
                let offset = error.span().map_or(0, |it| it.start);
                let line = line(&starts, offset);
                let column = column(text, starts[line - 1], offset);
                let problem = format!("column {column}: {}", error.message());
                Err(Problems::one(file, line, problem))
            }
        }
    }

    pub(super) fn sealed(file: &'a str, text: &'a str) -> Result<Self, Problems> {
        Self::parse(file, text).map(|it| Self { sealed: true, ..it })
    }

    pub(super) fn place(&self, span: &Range<usize>) -> Place {
        // Nobody has seen the lines of what is sealed.
        let line = if self.sealed { 0 } else { line(&self.starts, span.start) };
        Place { file: self.file.into(), line }
    }
}

fn line(starts: &[usize], offset: usize) -> usize {
    starts.partition_point(|it| *it <= offset)
}

/// In characters, as editors count.
fn column(text: &str, start: usize, offset: usize) -> usize {
    text.get(start..offset).map_or(0, |it| it.chars().count()) + 1
}
