//! What is told of payments and refunds, in the words of the version the order was made with.

use super::{sign_type, v2, v3};
use crate::books::{Order, Refund, Transfer};
use crate::fault::FaultKind;
use crate::notify::Posting;
use crate::shared::Shared;

/// What is told, before it is sealed; what identifies it stays with it on every try.
#[derive(Clone)]
pub(crate) enum Event {
    V2(v2::notify::Event),
    V3(v3::notify::Event),
}

pub(crate) fn paid(shared: &Shared, order: &Order, skew: i64) -> Event {
    match sign_type(order) {
        Some(kind) => Event::V2(v2::notify::paid(shared, order, (kind, skew))),
        None => Event::V3(v3::notify::paid(shared, order, skew)),
    }
}

pub(crate) fn refunded(shared: &Shared, order: &Order, refund: &Refund, skew: i64) -> Event {
    match sign_type(order) {
        Some(_) => Event::V2(v2::notify::refunded(shared, order, refund, skew)),
        None => Event::V3(v3::notify::refunded(shared, order, refund, skew)),
    }
}

pub(crate) fn transferred(shared: &Shared, it: &Transfer, skew: i64) -> Event {
    Event::V3(v3::transfer::transferred(shared, it, skew))
}

pub(crate) async fn posting(shared: &Shared, event: &Event, flaw: Option<FaultKind>) -> Posting {
    match event {
        Event::V2(event) => v2::notify::posting(shared, event, flaw),
        Event::V3(event) => v3::notify::posting(shared, event, flaw).await,
    }
}
