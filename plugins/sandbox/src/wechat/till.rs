//! What follows a charge at a till: a payer who does not confirm in time is let go.

use std::sync::Arc;

use crate::books::{Charged, Key};
use crate::clock;
use crate::shared::Shared;

pub(super) fn after(shared: &Arc<Shared>, charged: &Charged) {
    match charged {
        Charged::Confirming(order) => give_up_later(shared, order.key()),
        Charged::Paid(_) | Charged::Refused(..) => {}
    }
}

/// The channel takes an unconfirmed charge back by itself.
fn give_up_later(shared: &Arc<Shared>, key: Key) {
    let (owned, wait) = (Arc::clone(shared), shared.config.wechat_confirm_within);
    shared.background(async move {
        clock::sleep(wait).await;
        let mut books = owned.books();
        let now = clock::now();
        if books.order(&key, now).is_some_and(|order| order.confirms()) {
            books.reverse(&key, now);
        }
    });
}
