//! Who asks: the merchant for itself, or as a service provider for a sub-merchant.

use super::refused::Refused;
use crate::books::{Books, Channel, Key, Notes, Order};
use crate::setup::WechatParty;

const SUB_MCH_ID: &str = "sub_mch_id";
const SUB_APP_ID: &str = "sub_app_id";
const SUB_OPEN_ID: &str = "sub_openid";

#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Owner {
    pub(super) sub_mch_id: Option<String>,
    pub(super) sub_app_id: Option<String>,
}

impl Owner {
    /// A sub-merchant is known to its provider, and an application to its sub-merchant.
    pub(super) fn check(&self, party: &WechatParty) -> Result<(), Refused> {
        match &self.sub_mch_id {
            Some(sub) if *sub == party.mch_id => return Err(Refused::OwnSubMerchant),
            Some(sub) if *sub != party.sub_mch_id => return Err(Refused::NoRelation),
            Some(_) | None => {}
        }
        match &self.sub_app_id {
            Some(_) if self.sub_mch_id.is_none() => Err(Refused::NoSubMerchant),
            Some(app) if *app != party.sub_app_id => Err(Refused::AppMismatch),
            Some(_) | None => Ok(()),
        }
    }

    pub(super) fn of(order: &Order) -> Self {
        let note = |name| order.notes.get(name).cloned();
        Self { sub_mch_id: note(SUB_MCH_ID), sub_app_id: note(SUB_APP_ID) }
    }

    pub(super) fn note(&self, notes: &mut Notes) {
        let named = [(SUB_MCH_ID, &self.sub_mch_id), (SUB_APP_ID, &self.sub_app_id)];
        for (name, value) in named {
            if let Some(value) = value {
                notes.insert(name, value.clone());
            }
        }
    }

    /// The order is this merchant's own.
    pub(super) fn owns(&self, order: &Order) -> bool {
        order.notes.get(SUB_MCH_ID) == self.sub_mch_id.as_ref()
    }
}

/// How the sub-merchant's application knows the payer, when the order names that application.
pub(super) fn sub_open_id(order: &Order) -> Option<&String> {
    order.notes.get(SUB_OPEN_ID)
}

/// The payer an order names by one of its open ids, or the first one.
pub(super) fn payer(
    books: &mut Books,
    app_id: &str,
    open_id: Option<&str>,
) -> Result<Option<String>, Refused> {
    let Some(open_id) = open_id else { return Ok(None) };
    let found = books.payers.by_open_id(Channel::Wechat, app_id, open_id);
    found.map(Some).ok_or(Refused::OpenIdUnknown)
}

/// Remembers the sub-merchant's name for the payer beside the provider's.
pub(super) fn note_sub_open_id(
    books: &mut Books,
    owner: &Owner,
    payer: Option<&str>,
    notes: &mut Notes,
) {
    let Some(app) = &owner.sub_app_id else { return };
    let payer = payer.map_or_else(|| books.payers.first(Channel::Wechat), str::to_owned);
    notes.insert(SUB_OPEN_ID, books.payers.open_id(Channel::Wechat, app, &payer));
}

pub(super) fn key(out_trade_no: &str) -> Key {
    (Channel::Wechat, out_trade_no.to_owned())
}
