//! Whose account it is: a merchant's own, or a service provider's for one of its sub-merchants.

use paymux_channel::settings::Reader;

use super::merchant::{app_id, mch_id};

/// The merchant behind a service provider: it takes the money, the provider signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sub {
    pub(crate) mch_id: String,
    pub(crate) app_id: Option<String>,
    pub(crate) openid_of: OpenidOf,
}

/// Whose application opens the wallet, and so by whose name for the payer an `openid` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenidOf {
    Sp,
    Sub,
}

pub(super) fn sub(reader: &mut Reader<'_>, own: Option<&String>) -> Option<Sub> {
    let sub_mch_id = reader.parsed_optional("sub_mch_id", mch_id);
    let sub_app_id = reader.parsed_optional("sub_app_id", app_id);
    let words = [("sp", OpenidOf::Sp), ("sub", OpenidOf::Sub)];
    let openid_of = reader.word("openid_of", &words);
    let Some(mch_id) = sub_mch_id else {
        if sub_app_id.is_some() || openid_of.is_some() {
            reader.problem("sub_mch_id", "is missing beside sub_app_id or openid_of");
        }
        return None;
    };
    if own == Some(&mch_id) {
        reader.problem("sub_mch_id", "is the service provider's own number");
    }
    if openid_of == Some(OpenidOf::Sub) && sub_app_id.is_none() {
        reader.problem("sub_app_id", "is missing beside openid_of = \"sub\"");
    }
    let openid_of = openid_of.unwrap_or(OpenidOf::Sp);
    Some(Sub { mch_id, app_id: sub_app_id, openid_of })
}
