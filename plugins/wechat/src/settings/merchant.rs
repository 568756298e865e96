//! What both APIs know of a merchant: its numbers, its applications, its products.

use std::time::Duration;

use paymux_channel::settings::Reader;
use paymux_core::payment::Method;

use super::{H5Info, Open, Sub, base, open, party, products};

const DEFAULT_BASE: &str = "https://api.mch.weixin.qq.com";
/// Of the link of a page for phones.
const H5_LIFE: Duration = Duration::from_secs(5 * 60);
/// Of a `prepay_id` and a `code_url`.
const PREPAID_LIFE: Duration = Duration::from_secs(2 * 3600);
/// Longest `appid` and `mchid` in the documents.
const MAX_ID: usize = 32;

#[derive(Debug)]
pub(crate) struct Merchant {
    pub(crate) app_id: String,
    pub(crate) mch_id: String,
    /// Without a trailing slash.
    pub(crate) base: String,
    /// None where the merchant number is the merchant's own.
    pub(crate) sub: Option<Sub>,
    pub(crate) mini_app_id: Option<String>,
    pub(crate) open_app_id: Option<String>,
    pub(crate) h5: H5Info,
    pub(crate) open: Open,
}

impl Merchant {
    /// An order number is a merchant number's; notifications name the application too.
    pub(crate) fn identity(&self) -> String {
        let own = format!("mch_id {}, app_id {}", self.mch_id, self.app_id);
        let sub = self.sub.as_ref().map(|it| format!(", sub_mch_id {}", it.mch_id));
        own + &sub.unwrap_or_default()
    }

    pub(crate) fn methods(&self, barcode: bool) -> &'static [Method] {
        products::methods(self.open_app_id.is_some(), self.mini_app_id.is_some(), barcode)
    }
}

/// Reports what is missing.
pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Merchant> {
    let app = reader.parsed("app_id", app_id);
    let mch = reader.parsed("mch_id", mch_id);
    let base = reader.parsed_optional("base", base::read);
    let sub = party::sub(reader, mch.as_ref());
    let mini_app_id = reader.parsed_optional("mini_app_id", app_id);
    let open_app_id = reader.parsed_optional("open_app_id", app_id);
    let h5 = products::h5(reader);
    let open = open::open(reader);
    Some(Merchant {
        app_id: app?,
        mch_id: mch?,
        base: base.unwrap_or_else(|| DEFAULT_BASE.to_owned()),
        sub,
        mini_app_id,
        open_app_id,
        h5,
        open,
    })
}

/// How long an order's answer leads its payer anywhere.
pub(crate) fn shown_for(method: Method) -> Option<Duration> {
    match method {
        Method::H5 => Some(H5_LIFE),
        Method::Jsapi | Method::MiniProgram | Method::App | Method::Qr => Some(PREPAID_LIFE),
        Method::Page | Method::Barcode => None,
    }
}

pub(super) fn app_id(text: &str) -> Result<String, &'static str> {
    let fits = text.len() <= MAX_ID && text.bytes().all(|it| it.is_ascii_alphanumeric());
    if fits { Ok(text.to_owned()) } else { Err("is not letters and digits (wx…)") }
}

pub(super) fn mch_id(text: &str) -> Result<String, &'static str> {
    let fits = text.len() <= MAX_ID && text.bytes().all(|it| it.is_ascii_digit());
    if fits { Ok(text.to_owned()) } else { Err("is not digits") }
}
