//! Version 2: flat XML, signed with a shared key; money goes back over mutual TLS alone.

mod act;
mod answer;
mod bill;
mod described;
mod dispatch;
pub(super) mod notify;
mod order;
mod refund;
mod request;
mod sign;
mod xml;

pub(super) use dispatch::{Call, answer};
pub(super) use sign::{SignType, sign};
pub(super) use xml::Params;

/// What the vectors pin.
#[cfg(test)]
pub(crate) mod vectors {
    pub(crate) use super::notify::seal;
    pub(crate) use super::sign::{SignType, sign};
    pub(crate) use super::xml::read;
}
