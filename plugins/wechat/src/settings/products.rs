//! What single products ask for beside the merchant number.

use paymux_channel::settings::Reader;
use paymux_core::payment::Method;
use serde::Serialize;

/// Where payers of [`Method::H5`] shop, sent with each of its orders.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct H5Info {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) app_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) app_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bundle_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) package_name: Option<String>,
}

/// The shop in which a code is scanned: by WeChat Pay's number of it, or by the merchant's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Store {
    #[serde(rename = "id")]
    Id(String),
    #[serde(rename = "out_id")]
    OutId(String),
}

pub(super) fn h5(reader: &mut Reader<'_>) -> H5Info {
    let kinds = [("Wap", "Wap"), ("iOS", "iOS"), ("Android", "Android")];
    let mut text = |key, max| reader.parsed_optional(key, |it| short(it, max));
    let (app_name, app_url) = (text("h5_app_name", 64), text("h5_app_url", 128));
    let (bundle_id, package_name) = (text("h5_bundle_id", 128), text("h5_package_name", 128));
    let kind = reader.word("h5_type", &kinds).unwrap_or("Wap");
    H5Info { kind, app_name, app_url, bundle_id, package_name }
}

/// None while codes are not charged by APIv3, which WeChat Pay opens merchant by merchant.
pub(super) fn store(reader: &mut Reader<'_>) -> Option<Store> {
    let id = reader.parsed_optional("store_id", |it| digits(it, 32)).map(Store::Id);
    let out_id = reader.parsed_optional("store_out_id", |it| alphanumeric(it, 256));
    let store = id.or(out_id.map(Store::OutId));
    let codepay = reader.flag("codepay");
    if codepay && store.is_none() {
        reader.problem("codepay", "needs `store_id` or `store_out_id`: where the code is scanned");
    }
    store.filter(|_| codepay)
}

/// In the order of the documents; those in brackets need a setting.
pub(super) const fn methods(app: bool, mini: bool, barcode: bool) -> &'static [Method] {
    use Method::{App, Barcode, H5, Jsapi, MiniProgram, Qr};
    match (app, mini, barcode) {
        (false, false, false) => &[Qr, H5, Jsapi],
        (false, false, true) => &[Qr, H5, Jsapi, Barcode],
        (false, true, false) => &[Qr, H5, Jsapi, MiniProgram],
        (false, true, true) => &[Qr, H5, Jsapi, MiniProgram, Barcode],
        (true, false, false) => &[Qr, H5, Jsapi, App],
        (true, false, true) => &[Qr, H5, Jsapi, App, Barcode],
        (true, true, false) => &[Qr, H5, Jsapi, App, MiniProgram],
        (true, true, true) => &[Qr, H5, Jsapi, App, MiniProgram, Barcode],
    }
}

fn short(text: &str, max: usize) -> Result<String, String> {
    let fits = text.chars().count() <= max && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err(format!("is not at most {max} characters")) }
}

fn digits(text: &str, max: usize) -> Result<String, String> {
    let fits = text.len() <= max && text.bytes().all(|it| it.is_ascii_digit());
    if fits { Ok(text.to_owned()) } else { Err(format!("is not at most {max} digits")) }
}

fn alphanumeric(text: &str, max: usize) -> Result<String, String> {
    let fits = text.len() <= max && text.bytes().all(|it| it.is_ascii_alphanumeric());
    if fits { Ok(text.to_owned()) } else { Err(format!("is not at most {max} letters and digits")) }
}
