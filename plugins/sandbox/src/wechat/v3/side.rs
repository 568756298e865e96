//! The two sets of paths, and how each names the parties.

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::fields::{optional_text, text};
use crate::books::{Books, Channel, NewOrder, Order};
use crate::shared::WechatDesk;
use crate::wechat::owner::{self, Owner, sub_open_id};
use crate::wechat::refused::Refused;

/// A merchant for itself, or a service provider for a sub-merchant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    Direct,
    Partner,
}

impl Side {
    fn app_id(self) -> &'static str {
        if self == Self::Direct { "/appid" } else { "/sp_appid" }
    }

    fn mch_id(self) -> &'static str {
        if self == Self::Direct { "/mchid" } else { "/sp_mchid" }
    }

    /// The body's merchant is the one that signed; a provider names its sub-merchant.
    pub(super) fn owner(self, desk: &WechatDesk, body: &Value) -> Result<Owner, Answer> {
        if text(body, self.mch_id(), 32)? != desk.party.mch_id {
            return Err(Answer::other_signer());
        }
        let owner = match self {
            Self::Direct => Owner::default(),
            Self::Partner => Owner {
                sub_mch_id: Some(text(body, "/sub_mchid", 32)?),
                sub_app_id: optional_text(body, "/sub_appid", 32)?,
            },
        };
        owner.check(&desk.party)?;
        Ok(owner)
    }

    pub(super) fn app(self, desk: &WechatDesk, body: &Value) -> Result<String, Answer> {
        let app = text(body, self.app_id(), 32)?;
        if desk.party.binds(&app) { Ok(app) } else { Err(Refused::AppMismatch.into()) }
    }

    /// The owner as a query string names it.
    pub(super) fn asker(self, desk: &WechatDesk, query: &str) -> Result<Owner, Answer> {
        let named: Map<String, Value> = form_urlencoded::parse(query.as_bytes())
            .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
            .collect();
        self.owner(desk, &Value::Object(named))
    }

    /// Who pays, by the open id of one of the applications; required where the wallet is inside
    /// one of them.
    pub(super) fn payer(
        self,
        books: &mut Books,
        desk: &WechatDesk,
        owner: &Owner,
        body: &Value,
        required: bool,
    ) -> Result<Option<String>, Answer> {
        let field = if self == Self::Direct { "/payer/openid" } else { "/payer/sp_openid" };
        let own = optional_text(body, field, 128)?;
        let sub = optional_text(body, "/payer/sub_openid", 128)?;
        if required && own.is_none() && sub.is_none() {
            return Err(Answer::field(field, "缺少必填参数").numbered(268_501_013));
        }
        let payer = owner::payer(books, &self.app(desk, body)?, own.as_deref())?;
        match (sub, &owner.sub_app_id) {
            (Some(sub), Some(app)) => Ok(owner::payer(books, app, Some(&sub))?),
            (Some(_), None) => Err(Answer::field("/sub_appid", "传sub_openid时必填")),
            (None, _) => Ok(payer),
        }
    }
}

/// The parties of an order, as its side's answers name them.
pub(super) fn parties(desk: &WechatDesk, order: &Order) -> Map<String, Value> {
    let owner = Owner::of(order);
    let (app, mch) = match owner.sub_mch_id {
        None => ("appid", "mchid"),
        Some(_) => ("sp_appid", "sp_mchid"),
    };
    let mut said = Map::new();
    said.insert(app.into(), json!(order.app_id));
    said.insert(mch.into(), json!(desk.party.mch_id));
    for (name, value) in [("sub_mchid", owner.sub_mch_id), ("sub_appid", owner.sub_app_id)] {
        if let Some(value) = value {
            said.insert(name.into(), json!(value));
        }
    }
    said
}

pub(super) fn payer_of(order: &Order) -> Value {
    match (Owner::of(order).sub_mch_id, sub_open_id(order)) {
        (None, _) => json!({ "openid": order.buyer }),
        (Some(_), None) => json!({ "sp_openid": order.buyer }),
        (Some(_), Some(sub)) => json!({ "sp_openid": order.buyer, "sub_openid": sub }),
    }
}

/// What both kinds of new orders remember of their parties.
pub(super) fn note(books: &mut Books, owner: &Owner, new: &mut NewOrder) {
    debug_assert_eq!(new.channel, Channel::Wechat);
    owner.note(&mut new.notes);
    owner::note_sub_open_id(books, owner, new.payer.as_deref(), &mut new.notes);
}
