//! The object around an answer: exactly one node, and whose signature it is said to bear.

use std::fmt;

use paymux_channel::ParseError;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::wire::{is_serial, node};

/// The node, `sign` and `alipay_cert_sn` are all there are.
pub(crate) const MAX_MEMBERS: usize = 16;
const ERROR_NODE: &str = "error_response";

/// The members that matter.
pub(crate) struct Envelope<'a> {
    pub(crate) node: &'a str,
    /// Of the certificate whose key signed it.
    pub(crate) serial: Option<String>,
    pub(crate) sign: Option<String>,
}

impl<'a> Envelope<'a> {
    pub(crate) fn read(text: &'a str, method: &str) -> Result<Self, ParseError> {
        let members: Members<'a> = serde_json::from_str(text)
            .map_err(|_| ParseError::Malformed("not an object of distinct members"))?;
        let node = match (members.find(&node(method)), members.find(ERROR_NODE)) {
            (Some(node), None) | (None, Some(node)) => node.get(),
            (Some(_), Some(_)) => return Err(ParseError::Malformed("it has two nodes")),
            (None, None) => return Err(ParseError::Malformed("it answers something else")),
        };
        let serial = members.text("alipay_cert_sn")?;
        if !serial.as_deref().is_none_or(is_serial) {
            return Err(ParseError::Malformed("alipay_cert_sn"));
        }
        Ok(Self { node, serial, sign: members.text("sign")? })
    }
}

/// The members of an object, each with the exact text of its value.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    fn find(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(it, _)| it == name).map(|(_, value)| *value)
    }

    /// Empty is as good as absent.
    fn text(&self, name: &str) -> Result<Option<String>, ParseError> {
        let text = self.find(name).map(|it| serde_json::from_str::<String>(it.get()));
        let text = text.transpose().map_err(|_| ParseError::Malformed("its sign is no text"))?;
        Ok(text.filter(|it| !it.is_empty()))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Distinct)
    }
}

/// "Last one wins" would let a forged node ride behind a signed one.
struct Distinct;

impl<'de> Visitor<'de> for Distinct {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of distinct members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members: Vec<(String, &'de RawValue)> = vec![];
        while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
            if members.len() == MAX_MEMBERS || members.iter().any(|(it, _)| *it == name) {
                return Err(A::Error::custom("a member is there twice, or there are too many"));
            }
            members.push((name, value));
        }
        Ok(Members(members))
    }
}
