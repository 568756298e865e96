//! The numbers by which a message names its parties: the merchant's own, or a service provider's
//! and its sub-merchant's.

use paymux_channel::Mismatch;
use paymux_core::payment::Method;
use serde::{Deserialize, Serialize};

use crate::settings::{Account, Merchant, OpenidOf};

/// As an order names them.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Party<'a> {
    Direct {
        appid: &'a str,
        mchid: &'a str,
    },
    Partner {
        sp_appid: &'a str,
        sp_mchid: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        sub_appid: Option<&'a str>,
        sub_mchid: &'a str,
    },
}

/// As what follows an order names them.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Merchants<'a> {
    Direct { mchid: &'a str },
    Partner { sp_mchid: &'a str, sub_mchid: &'a str },
}

impl Merchant {
    /// The application that opens the wallet takes the place of the one the account begins with.
    pub(crate) fn party(&self, method: Method) -> Party<'_> {
        let (mchid, own) = (&*self.mch_id, self.own_app(method));
        let Some(sub) = &self.sub else {
            return Party::Direct { appid: own.unwrap_or(&self.app_id), mchid };
        };
        let (sp_app, sub_app) = (&*self.app_id, sub.app_id.as_deref());
        let (sp_appid, sub_appid) = match sub.openid_of {
            OpenidOf::Sp => (own.unwrap_or(sp_app), sub_app),
            OpenidOf::Sub => (sp_app, own.or(sub_app)),
        };
        Party::Partner { sp_appid, sp_mchid: mchid, sub_appid, sub_mchid: &sub.mch_id }
    }

    /// Where the payer has that `openid`, and whose name the client's package carries.
    pub(crate) fn opener(&self, method: Method) -> &str {
        let whose = self.sub.as_ref().map(|it| it.openid_of);
        match (self.party(method), whose) {
            (Party::Partner { sub_appid: Some(app), .. }, Some(OpenidOf::Sub)) => app,
            (Party::Partner { sp_appid, .. }, _) => sp_appid,
            (Party::Direct { appid, .. }, _) => appid,
        }
    }

    pub(crate) fn merchants(&self) -> Merchants<'_> {
        match &self.sub {
            None => Merchants::Direct { mchid: &self.mch_id },
            Some(sub) => Merchants::Partner { sp_mchid: &self.mch_id, sub_mchid: &sub.mch_id },
        }
    }

    /// The same numbers as a query.
    pub(crate) fn merchants_query(&self) -> String {
        match self.merchants() {
            Merchants::Direct { mchid } => format!("mchid={mchid}"),
            Merchants::Partner { sp_mchid, sub_mchid } => {
                format!("sp_mchid={sp_mchid}&sub_mchid={sub_mchid}")
            }
        }
    }

    pub(crate) fn orders(&self) -> &'static str {
        if self.sub.is_some() { "/v3/pay/partner/transactions" } else { "/v3/pay/transactions" }
    }

    fn own_app(&self, method: Method) -> Option<&str> {
        match method {
            Method::MiniProgram => self.mini_app_id.as_deref(),
            Method::App => self.open_app_id.as_deref(),
            Method::Qr | Method::Page | Method::H5 | Method::Jsapi | Method::Barcode => None,
        }
    }

    /// Every application an order of this account may have been placed for.
    pub(crate) fn apps<'a>(&'a self, first: Option<&'a str>) -> [Option<&'a str>; 3] {
        [first, self.mini_app_id.as_deref(), self.open_app_id.as_deref()]
    }
}

/// As answers and notifications name them: each by those that it has.
#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    appid: Option<String>,
    mchid: Option<String>,
    sp_appid: Option<String>,
    sp_mchid: Option<String>,
    sub_appid: Option<String>,
    sub_mchid: Option<String>,
}

impl Named {
    /// What shows that this is not about our account: whoever has the keys of a service provider
    /// hears of all its sub-merchants.
    pub(crate) fn mismatch(&self, account: &Account) -> Option<Mismatch> {
        self.merchant_mismatch(account).or_else(|| self.app_mismatch(account))
    }

    /// Refunds name no application.
    pub(crate) fn merchant_mismatch(&self, account: &Account) -> Option<Mismatch> {
        let ours = Some(&*account.mch_id);
        let Some(sub) = &account.sub else { return mismatch("mchid", &self.mchid, &[ours]) };
        mismatch("sp_mchid", &self.sp_mchid, &[ours])
            .or_else(|| mismatch("sub_mchid", &self.sub_mchid, &[Some(&sub.mch_id)]))
    }

    fn app_mismatch(&self, account: &Account) -> Option<Mismatch> {
        let apps = account.apps(Some(&account.app_id));
        let Some(sub) = &account.sub else { return mismatch("appid", &self.appid, &apps) };
        let named = || self.sub_appid.is_some();
        let sub_apps = account.apps(sub.app_id.as_deref());
        mismatch("sp_appid", &self.sp_appid, &apps)
            .or_else(|| named().then(|| mismatch("sub_appid", &self.sub_appid, &sub_apps))?)
    }

    /// An answer about a charge may leave the application out, and must not name another.
    pub(crate) fn answer_mismatch(&self, account: &Account) -> Option<Mismatch> {
        let unnamed = self.appid.is_none() && self.sp_appid.is_none();
        if unnamed { self.merchant_mismatch(account) } else { self.mismatch(account) }
    }
}

/// A field that must be ours; missing, it is somebody else's kind of message.
fn mismatch(
    field: &'static str,
    reported: &Option<String>,
    ours: &[Option<&str>],
) -> Option<Mismatch> {
    if reported.is_some() && ours.contains(&reported.as_deref()) {
        return None;
    }
    Some(Mismatch { field, reported: reported.clone().unwrap_or_default() })
}

#[cfg(test)]
mod tests;
