//! The section `quotas`, and what an account says in its place.

use super::section::Section;
use super::{Quotas, Rates};
use crate::outbound::{OPERATIONS, TOTAL};

/// The channels' kinds, as their plugins name them.
const CHANNELS: [&str; 2] = ["alipay", "wechat"];
const MOST: u32 = 100_000;

pub(super) fn quotas(read: &mut Section<'_>) -> Quotas {
    let nodes = read.number("nodes", 1..=1000);
    let channels = CHANNELS.map(|it| (it, read.section(it, |section| rates(section, true))));
    Quotas { nodes, channels: channels.into() }
}

/// What stands in the section alone, unless it must be complete.
pub(super) fn rates(read: &mut Section<'_>, complete: bool) -> Rates {
    let mut rate = |name| {
        let item = if complete { read.required(name) } else { read.optional(name) };
        item.and_then(|it| it.number(&(1..=MOST))).map(|it| (name, it))
    };
    let total = rate(TOTAL);
    Rates::new(total.into_iter().chain(OPERATIONS.into_iter().filter_map(rate)))
}
