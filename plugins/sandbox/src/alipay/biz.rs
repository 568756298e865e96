//! `biz_content`: the business parameters of one call.

use serde_json::{Map, Value};

use crate::books::{Books, Channel, Key};
use crate::money::Fen;

#[derive(Default)]
pub(super) struct Biz(Map<String, Value>);

impl Biz {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match serde_json::from_str(text).ok()? {
            Value::Object(fields) => Some(Self(fields)),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => None,
        }
    }

    /// A text, or a number as it was written; empty is absent.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text = match self.0.get(name)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Everything, in one order whoever wrote it.
    pub(super) fn whole(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    pub(super) fn yuan(&self, name: &str) -> Option<Fen> {
        Fen::from_yuan(&self.text(name)?)
    }

    pub(super) fn out_trade_no(&self) -> Option<String> {
        self.text("out_trade_no")
    }

    pub(super) fn count(&self, name: &str) -> usize {
        self.0.get(name).and_then(Value::as_array).map_or(0, Vec::len)
    }

    pub(super) fn asks_for(&self, option: &str) -> bool {
        let options = self.0.get("query_options").and_then(Value::as_array);
        options.is_some_and(|options| options.iter().any(|value| value == option))
    }

    /// The order meant: `trade_no` wins over `out_trade_no`.
    pub(super) fn key(&self, books: &Books) -> Option<Key> {
        match self.text("trade_no") {
            Some(trade_no) => books.key_of_trade(&trade_no).filter(|key| key.0 == Channel::Alipay),
            None => self.out_trade_no().map(|number| (Channel::Alipay, number)),
        }
    }

    pub(super) fn names_an_order(&self) -> bool {
        self.text("trade_no").is_some() || self.out_trade_no().is_some()
    }
}
