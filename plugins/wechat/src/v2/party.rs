//! The numbers by which a message names its parties.

use paymux_channel::Mismatch;
use paymux_core::payment::Method;

use super::request::Pairs;
use super::settings::Account;
use super::xml::Fields;
use crate::party::Party;

const NAMES: [&str; 3] = ["mch_id", "sub_mch_id", "appid"];

impl Account {
    /// As a request of an order names them.
    pub(crate) fn party(&self, method: Method) -> Pairs<'static> {
        let (app, mch, sub_app, sub_mch) = match self.merchant.party(method) {
            Party::Direct { appid, mchid } => (appid, mchid, None, None),
            Party::Partner { sp_appid, sp_mchid, sub_appid, sub_mchid } => {
                (sp_appid, sp_mchid, sub_appid, Some(sub_mchid))
            }
        };
        let pairs = [
            ("appid", Some(app)),
            ("mch_id", Some(mch)),
            ("sub_appid", sub_app),
            ("sub_mch_id", sub_mch),
        ];
        pairs.into_iter().filter_map(|(name, it)| Some((name, it?.to_owned()))).collect()
    }

    /// As every other request does.
    pub(crate) fn parties(&self) -> Pairs<'static> {
        self.party(Method::Qr)
    }

    /// What shows that this is not about our account: one key signs for all sub-merchants.
    pub(crate) fn mismatch(&self, fields: &Fields) -> Option<Mismatch> {
        let field = NAMES.into_iter().find(|it| !self.is_ours(it, fields.text(it)))?;
        let reported = fields.text(field).unwrap_or_default().to_owned();
        Some(Mismatch { field, reported })
    }

    /// Failures may leave names out, and must not name others.
    pub(crate) fn names_another(&self, fields: &Fields) -> bool {
        let named = |it: &&str| fields.text(it).is_some();
        NAMES.iter().filter(|it| named(it)).any(|it| !self.is_ours(it, fields.text(it)))
    }

    fn is_ours(&self, name: &str, told: Option<&str>) -> bool {
        let merchant = &self.merchant;
        match name {
            "mch_id" => told == Some(merchant.mch_id.as_str()),
            "sub_mch_id" => told == merchant.sub.as_ref().map(|it| it.mch_id.as_str()),
            _ => told.is_some() && merchant.apps(Some(&merchant.app_id)).contains(&told),
        }
    }
}
