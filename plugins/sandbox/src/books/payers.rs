//! The people who pay: who they are to each application, and what they have.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest as _, Sha256};

use super::Channel;
use crate::crypto::{random_digits, random_hex};
use crate::money::Fen;

/// A test names a few; the rest of the world pays as the channel's first payer.
pub const MAX_PAYERS: usize = 10_000;

/// Alipay's user id, or a name inside the sandbox: WeChat Pay tells no application who somebody is.
pub(crate) type PayerId = String;

#[derive(Clone)]
pub(crate) struct Payer {
    pub(crate) id: PayerId,
    /// `None` pays everything.
    pub(crate) balance: Option<Fen>,
}

pub(crate) struct Payers {
    known: BTreeMap<(Channel, PayerId), Payer>,
    /// The first payer of each channel: whoever nobody named.
    first: BTreeMap<Channel, PayerId>,
    /// Issued open ids, by channel and application.
    open_ids: HashMap<(Channel, String, String), PayerId>,
}

impl Default for Payers {
    fn default() -> Self {
        let mut payers =
            Self { known: BTreeMap::new(), first: BTreeMap::new(), open_ids: HashMap::new() };
        for channel in Channel::ALL {
            let id = fresh_id(channel);
            payers.first.insert(channel, id.clone());
            payers.known.insert((channel, id.clone()), Payer { id, balance: None });
        }
        payers
    }
}

impl Payers {
    pub(crate) fn first(&self, channel: Channel) -> PayerId {
        self.first.get(&channel).cloned().unwrap_or_default()
    }

    pub(crate) fn get(&self, channel: Channel, id: &str) -> Option<&Payer> {
        self.known.get(&(channel, id.to_owned()))
    }

    /// Makes or changes a payer; `None` when there are too many.
    pub(crate) fn put(
        &mut self,
        channel: Channel,
        id: Option<PayerId>,
        balance: Option<Fen>,
    ) -> Option<&Payer> {
        let id = id.unwrap_or_else(|| fresh_id(channel));
        let key = (channel, id.clone());
        if !self.known.contains_key(&key) && self.known.len() >= MAX_PAYERS {
            return None;
        }
        self.known.insert(key.clone(), Payer { id, balance });
        self.known.get(&key)
    }

    pub(crate) fn all(&self, channel: Channel) -> impl Iterator<Item = &Payer> {
        self.known.iter().filter(move |((own, _), _)| *own == channel).map(|(_, payer)| payer)
    }

    /// How `app_id` knows this payer: the same text always, another for another application.
    pub(crate) fn open_id(&mut self, channel: Channel, app_id: &str, id: &str) -> String {
        let digest = hex::encode(Sha256::digest(format!("{}\n{app_id}\n{id}", channel.word())));
        let open_id = match channel {
            Channel::Alipay => format!("07{}", &digest[..46]),
            Channel::Wechat => format!("oUpF8{}", &digest[..23]),
        };
        let issued = (channel, app_id.to_owned(), open_id.clone());
        if self.known.contains_key(&(channel, id.to_owned())) {
            self.open_ids.insert(issued, id.to_owned());
        }
        open_id
    }

    /// Whose open id this is to `app_id`; of no use to another application.
    pub(crate) fn by_open_id(
        &mut self,
        channel: Channel,
        app_id: &str,
        open_id: &str,
    ) -> Option<PayerId> {
        let issued = (channel, app_id.to_owned(), open_id.to_owned());
        if let Some(id) = self.open_ids.get(&issued) {
            return Some(id.clone());
        }
        // Open ids follow from the payer, so those of earlier runs with the same payers are good.
        let ids: Vec<_> = self.all(channel).map(|payer| payer.id.clone()).collect();
        ids.into_iter().find(|id| self.open_id(channel, app_id, id) == open_id)
    }

    pub(super) fn take(&mut self, channel: Channel, id: &str, amount: Fen) -> bool {
        let Some(payer) = self.known.get_mut(&(channel, id.to_owned())) else { return true };
        match payer.balance {
            Some(balance) if balance < amount => return false,
            Some(balance) => payer.balance = Some(Fen(balance.0 - amount.0)),
            None => {}
        }
        true
    }

    pub(super) fn give(&mut self, channel: Channel, id: &str, amount: Fen) {
        if let Some(payer) = self.known.get_mut(&(channel, id.to_owned())) {
            payer.balance = payer.balance.map(|balance| balance.plus(amount.0));
        }
    }
}

fn fresh_id(channel: Channel) -> PayerId {
    match channel {
        Channel::Alipay => format!("2088{}", random_digits(12)),
        Channel::Wechat => format!("payer{}", random_hex(8)),
    }
}
