//! What a system said that speaks the protocol of another gateway: its words go back to it as they
//! came, and mean nothing to anybody else.

use std::collections::BTreeMap;

use crate::id::EndpointId;

/// Of an order, or of a refund, that came through a door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// Which one: the merchant hears of it at the endpoint of this name.
    pub name: EndpointId,
    /// Where it is told of, alone; where there is none, it is not told of through the door.
    pub notify_url: Option<String>,
    pub words: BTreeMap<String, String>,
}

impl Door {
    /// Empty where nothing was said.
    pub fn word(&self, name: &str) -> &str {
        self.words.get(name).map_or("", String::as_str)
    }
}
