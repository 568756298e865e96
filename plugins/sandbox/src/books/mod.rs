//! The two channels' books: every order, every refund and the totals, in memory and bounded.

mod charge;
mod codes;
mod order;
mod pay;
mod payers;
mod product;
mod refund;
mod totals;
mod transfer;
mod view;

use std::collections::{BTreeMap, HashMap, VecDeque};

use jiff::Timestamp;

pub(crate) use charge::{Charged, Reversal};
pub(crate) use codes::{Code, CodeKind, CodeRefusal, Codes, PAYMENT_CODE_LIFE};
pub use order::{Channel, RefundStatus, Status};
pub(crate) use order::{NewOrder, Notes, Order, OrderStatus, Refund};
pub use pay::PayRefusal;
pub(crate) use pay::Timing;
pub use payers::MAX_PAYERS;
pub(crate) use payers::{PayerId, Payers};
pub use product::Product;
pub use totals::Totals;
pub(crate) use transfer::Transfer;
pub use transfer::{TransferStatus, TransferView};
pub use view::{OrderView, RefundView};

/// About 1 KiB each, so the books stay near 200 MB; a load test of an hour fits.
pub const MAX_ORDERS: usize = 200_000;

/// A channel and the merchant's order number in it.
pub(crate) type Key = (Channel, String);

#[derive(Default)]
pub(crate) struct Books {
    orders: HashMap<Key, Order>,
    age: VecDeque<Key>,
    tokens: HashMap<String, Key>,
    trade_numbers: HashMap<String, Key>,
    refunds: HashMap<(Channel, String), Key>,
    transfers: BTreeMap<Key, Transfer>,
    totals: BTreeMap<Channel, Totals>,
    pub(crate) payers: Payers,
    pub(crate) codes: Codes,
}

impl Books {
    /// The order as it is at `now`: expiry is applied before anyone looks.
    pub(crate) fn order(&mut self, key: &Key, now: Timestamp) -> Option<&mut Order> {
        let order = self.orders.get_mut(key)?;
        order.settle_time(now);
        Some(order)
    }

    pub(crate) fn key_of_token(&self, token: &str) -> Option<Key> {
        self.tokens.get(token).cloned()
    }

    pub(crate) fn key_of_trade(&self, trade_no: &str) -> Option<Key> {
        self.trade_numbers.get(trade_no).cloned()
    }

    /// By the merchant's number or by the channel's own.
    pub(crate) fn key_of_refund(&self, channel: Channel, name: &str) -> Option<Key> {
        self.refunds.get(&(channel, name.to_owned())).cloned()
    }

    pub(crate) fn insert(&mut self, new: NewOrder, now: Timestamp) -> &mut Order {
        let payer = new.payer.clone().unwrap_or_else(|| self.payers.first(new.channel));
        let buyer = match new.channel {
            Channel::Alipay => payer.clone(),
            Channel::Wechat => self.payers.open_id(new.channel, &new.app_id, &payer),
        };
        let order = Order::open(new, payer, buyer, now);
        let key = order.key();
        self.tokens.insert(order.token.clone(), key.clone());
        self.trade_numbers.insert(order.trade_no.clone(), key.clone());
        self.totals.entry(key.0).or_default().orders += 1;
        self.age.push_back(key.clone());
        self.evict();
        self.orders.entry(key).insert_entry(order).into_mut()
    }

    /// A new code for the same order; the one shown before dies.
    pub(crate) fn renew_token(&mut self, key: &Key, now: Timestamp) {
        let Some(order) = self.orders.get_mut(key) else { return };
        self.tokens.remove(&order.token);
        order.renew_code(now);
        self.tokens.insert(order.token.clone(), key.clone());
    }

    /// Newest first, at most `limit` after skipping `offset`.
    pub(crate) fn recent(&mut self, offset: usize, limit: usize, now: Timestamp) -> Vec<&Order> {
        let keys: Vec<_> = self.age.iter().rev().skip(offset).take(limit).cloned().collect();
        for key in &keys {
            if let Some(order) = self.orders.get_mut(key) {
                order.settle_time(now);
            }
        }
        keys.iter().filter_map(|key| self.orders.get(key)).collect()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Order> {
        self.orders.values()
    }

    pub(crate) fn totals(&self) -> BTreeMap<Channel, Totals> {
        self.totals.clone()
    }

    fn evict(&mut self) {
        while self.age.len() > MAX_ORDERS {
            let Some(key) = self.age.pop_front() else { return };
            let Some(order) = self.orders.remove(&key) else { continue };
            self.tokens.remove(&order.token);
            self.trade_numbers.remove(&order.trade_no);
            for refund in &order.refunds {
                for name in [&refund.out_refund_no, &refund.refund_id] {
                    self.refunds.remove(&(key.0, name.clone()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
