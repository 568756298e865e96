//! Flat XML: one root, elements of text in it, and nothing else.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// WeChat Pay's take a few KiB.
pub(crate) const MAX_BYTES: usize = 64 * 1024;
/// An order with all its coupons has some two hundred.
const MAX_FIELDS: usize = 512;
const MAX_NAME: usize = 64;

const BROKEN: &str = "it is not well-formed XML";
const FOREIGN: &str = "it holds more than elements of text";
const NESTED: &str = "its elements are nested";

/// What a message says, by name. An empty element says nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(BTreeMap<String, String>);

impl Fields {
    /// A name that is there twice, with whatever values, is refused.
    pub(crate) fn read(body: &[u8], root: &str) -> Result<Self, &'static str> {
        if body.len() > MAX_BYTES {
            return Err("it is too long");
        }
        let text = std::str::from_utf8(body).map_err(|_| "it is not UTF-8")?;
        if declares(text) {
            return Err("it declares a document type");
        }
        Document { root, place: Place::Before, value: String::new(), fields: Self::default() }
            .read(text)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|it| !it.is_empty())
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Looked for before any parser sees it, wherever it stands.
fn declares(text: &str) -> bool {
    let text = text.to_ascii_uppercase();
    text.contains("<!DOCTYPE") || text.contains("<!ENTITY")
}

/// Every value as CDATA, so that none needs an escape.
pub(crate) fn write<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = "<xml>".to_owned();
    for (name, value) in pairs {
        let value = value.replace("]]>", "]]]]><![CDATA[>");
        text += &format!("<{name}><![CDATA[{value}]]></{name}>");
    }
    text + "</xml>"
}

pub(crate) fn is_name(text: &str) -> bool {
    let plain = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    let begins = text.bytes().next().is_some_and(|it| it.is_ascii_alphabetic() || it == b'_');
    begins && text.len() <= MAX_NAME && text.bytes().all(plain)
}

enum Place {
    Before,
    Root,
    Field(String),
    After,
}

/// A document as far as it was read.
struct Document<'a> {
    root: &'a str,
    place: Place,
    value: String,
    fields: Fields,
}

impl Document<'_> {
    fn read(mut self, text: &str) -> Result<Fields, &'static str> {
        let mut reader = Reader::from_str(text);
        loop {
            match reader.read_event().map_err(|_| BROKEN)? {
                Event::Start(it) => self.open(&it)?,
                Event::End(_) => self.close(),
                Event::Empty(it) => {
                    self.open(&it)?;
                    self.close();
                }
                Event::Text(it) => self.text(&it)?,
                Event::CData(it) => self.take(&it)?,
                Event::GeneralRef(it) => self.take(reference(&it)?.as_str())?,
                Event::Decl(_) if matches!(self.place, Place::Before) => {}
                Event::Eof => break,
                Event::Decl(_) | Event::DocType(_) | Event::Comment(_) | Event::PI(_) => {
                    return Err(FOREIGN);
                }
            }
        }
        if matches!(self.place, Place::After) { Ok(self.fields) } else { Err(BROKEN) }
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), &'static str> {
        let name = start.name();
        let name: &str = name.as_ref();
        if !start.attributes_raw().trim().is_empty() {
            return Err(FOREIGN);
        }
        self.place = match self.place {
            Place::Before if name == self.root => Place::Root,
            Place::Before | Place::After => return Err("its root is another one"),
            Place::Root => self.field(name)?,
            Place::Field(_) => return Err(NESTED),
        };
        Ok(())
    }

    fn field(&self, name: &str) -> Result<Place, &'static str> {
        if !is_name(name) {
            return Err("it has an element of a strange name");
        }
        if self.fields.0.contains_key(name) {
            return Err("it has an element twice");
        }
        if self.fields.0.len() == MAX_FIELDS {
            return Err("it has too many elements");
        }
        Ok(Place::Field(name.to_owned()))
    }

    /// The parser has compared the names by now.
    fn close(&mut self) {
        let place = std::mem::replace(&mut self.place, Place::After);
        if let Place::Field(name) = place {
            self.fields.0.insert(name, std::mem::take(&mut self.value));
            self.place = Place::Root;
        }
    }

    /// Between the elements there are line ends alone.
    fn text(&mut self, text: &str) -> Result<(), &'static str> {
        let blank = text.bytes().all(|it| it.is_ascii_whitespace());
        if blank && !matches!(self.place, Place::Field(_)) { Ok(()) } else { self.take(text) }
    }

    fn take(&mut self, text: &str) -> Result<(), &'static str> {
        if !matches!(self.place, Place::Field(_)) {
            return Err(FOREIGN);
        }
        self.value.push_str(text);
        Ok(())
    }
}

/// A character by its number, or one of the five that XML itself names.
fn reference(it: &BytesRef<'_>) -> Result<String, &'static str> {
    match it.resolve_char_ref().map_err(|_| BROKEN)? {
        Some(it) => Ok(it.to_string()),
        None => resolve_predefined_entity(it).map(str::to_owned).ok_or("it names an entity"),
    }
}

#[cfg(test)]
mod tests;
