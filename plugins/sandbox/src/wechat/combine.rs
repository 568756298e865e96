//! Several orders paid at once: who belongs together, and what is told when they are paid.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use super::refused::Refused;
use super::{Event, v3};
use crate::books::{Books, Key, NewOrder, Order, OrderStatus, Timing};
use crate::clock;
use crate::notify;
use crate::shared::Shared;

/// Noted on every order that is paid with others.
const COMBINE: &str = "combine";
/// The oldest go first, as the orders themselves do.
const MAX_COMBINED: usize = 10_000;

#[derive(Clone)]
pub(super) struct Combined {
    pub(super) number: String,
    pub(super) app_id: String,
    pub(super) notify_url: String,
    pub(super) orders: Vec<Key>,
}

#[derive(Default)]
pub(super) struct Registry {
    known: HashMap<String, Combined>,
    age: VecDeque<String>,
}

impl Registry {
    pub(super) fn get(&self, number: &str) -> Option<&Combined> {
        self.known.get(number)
    }

    fn enter(&mut self, combined: Combined) {
        self.age.push_back(combined.number.clone());
        self.known.insert(combined.number.clone(), combined);
        while self.age.len() > MAX_COMBINED {
            if let Some(oldest) = self.age.pop_front() {
                self.known.remove(&oldest);
            }
        }
    }
}

/// Enters all orders or none. A repeat must repeat them.
pub(super) fn place(
    books: &mut Books,
    registry: &mut Registry,
    combined: Combined,
    orders: Vec<NewOrder>,
    now: Timestamp,
) -> Result<(), Refused> {
    let known = registry.get(&combined.number).map(|known| known.orders.clone());
    match known {
        Some(known) if known != combined.orders => return Err(Refused::Differs),
        Some(_) => {}
        None if combined.orders.iter().any(|key| books.order(key, now).is_some()) => {
            return Err(Refused::NumberUsed);
        }
        None => registry.enter(combined.clone()),
    }
    for mut new in orders {
        new.notes.insert(COMBINE, combined.number.clone());
        super::order::place(books, new, now)?;
    }
    Ok(())
}

/// An order that is paid with others is no order of its own.
pub(super) fn number(order: &Order) -> Option<&String> {
    order.notes.get(COMBINE)
}

/// Closes all, and nothing when one of them is paid.
pub(super) fn close(books: &mut Books, orders: &[Key], now: Timestamp) -> Result<(), Refused> {
    for key in orders {
        let order = books.order(key, now).ok_or(Refused::OrderUnknown)?;
        if order.status == OrderStatus::Paid {
            return Err(Refused::OrderPaid);
        }
    }
    for key in orders {
        if let Some(order) = books.order(key, now) {
            order.status = OrderStatus::Closed;
            order.closed_at.get_or_insert(now);
        }
    }
    Ok(())
}

/// One payment pays all that belong together, and one notification tells of them.
pub(crate) fn paid_together(shared: &Arc<Shared>, order: &Order) {
    let Some(combined) = number(order).and_then(|own| shared.wechat.combined(own)) else { return };
    let now = clock::now();
    let mut books = shared.books();
    for key in &combined.orders {
        // The one the payer opened is paid already.
        books.pay(key, Timing::InTime, now).ok();
    }
    let orders: Vec<Order> =
        combined.orders.iter().filter_map(|key| books.order(key, now).cloned()).collect();
    drop(books);
    let event = Event::V3(v3::combined_paid(&shared.wechat, &combined, &orders));
    notify::told(shared, order, combined.notify_url.clone(), event);
}
