//! An account's settings, read once: every problem with them is found here.

mod page;
pub(crate) mod terms;
mod trust;

use paymux_channel::settings::{Reader, address};
use paymux_channel::{Capabilities, PlatformKey, Settings, SettingsError, Splits};

use crate::charset::Charset;
use crate::cipher::Cipher;
use crate::sign::{OwnKey, SignType};
use crate::trust::Trust;
use crate::{BILLS_FROM, METHODS, REFUND_EVERY, TILL};

use self::terms::{Counter, Delegate, Terms, identifier};

const DEFAULT_GATEWAY: &str = "https://openapi.alipay.com/gateway.do";
const DEFAULT_AUTHORIZE_URL: &str = "https://openauth.alipay.com/oauth2/publicAppAuthorize.htm";
/// Of words, the first is the default. 当面付; 订单码 is a product of its own with its own contract.
const QR_PRODUCTS: [(&str, &str); 2] =
    [("FACE_TO_FACE_PAYMENT", "FACE_TO_FACE_PAYMENT"), ("QR_CODE_OFFLINE", "QR_CODE_OFFLINE")];
const SIGN_TYPES: [(&str, SignType); 2] = [("RSA2", SignType::Rsa2), ("RSA", SignType::Rsa)];
const CHARSETS: [(&str, Charset); 2] = [("utf-8", Charset::Utf8), ("GBK", Charset::Gbk)];
const VISITS: [(&str, Visit); 2] = [("get", Visit::Get), ("post", Visit::Post)];
/// Longest `app_id` in the documents.
const MAX_APP_ID: usize = 32;
/// Longest `seller_id` in the documents.
const MAX_SELLER_ID: usize = 28;

/// How the payer's browser is sent to a page of Alipay's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    Get,
    Post,
}

/// One application at Alipay. Its keys show nothing in `Debug`.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) app_id: String,
    pub(crate) seller_id: Option<String>,
    pub(crate) own_key: OwnKey,
    pub(crate) trust: Trust,
    pub(crate) charset: Charset,
    pub(crate) cipher: Option<Cipher>,
    pub(crate) gateway: String,
    pub(crate) authorize_url: String,
    pub(crate) visit: Visit,
    pub(crate) qr_product: &'static str,
    pub(crate) quit_url: Option<String>,
    /// The mini program in which orders are placed.
    pub(crate) op_app_id: String,
    pub(crate) delegate: Option<Delegate>,
    pub(crate) terms: Terms,
    pub(crate) counter: Counter,
    pub(crate) capabilities: Capabilities,
}

pub(crate) fn read(
    settings: &Settings,
    learned: &[PlatformKey],
) -> Result<Account, Vec<SettingsError>> {
    let mut reader = settings.reader();
    let account = account(&mut reader, learned);
    reader.finish()?;
    Ok(account.expect("what is missing has been reported"))
}

fn account(reader: &mut Reader<'_>, learned: &[PlatformKey]) -> Option<Account> {
    let app_id = reader.parsed("app_id", |it| identifier(it, MAX_APP_ID));
    let seller_id = reader.parsed_optional("seller_id", |it| identifier(it, MAX_SELLER_ID));
    let sign_type = reader.word("sign_type", &SIGN_TYPES).unwrap_or(SIGN_TYPES[0].1);
    let own_key = reader.parsed("private_key", |it| OwnKey::parse(sign_type, it));
    let trust = trust::read(reader, sign_type, own_key.as_ref(), learned);
    let charset = reader.word("charset", &CHARSETS).unwrap_or(CHARSETS[0].1);
    let cipher = reader.parsed_optional("aes_key", Cipher::parse);
    let gateway = reader.parsed_optional("gateway", address::read);
    let authorize_url = reader.parsed_optional("authorize_url", address::read);
    let visit = reader.word("page_form", &VISITS).unwrap_or(VISITS[0].1);
    let qr_product = reader.word("qr_product_code", &QR_PRODUCTS).unwrap_or(QR_PRODUCTS[0].1);
    let quit_url = reader.parsed_optional("quit_url", page::read);
    let op_app_id = reader.parsed_optional("op_app_id", |it| identifier(it, MAX_APP_ID));
    let delegate = terms::delegate(reader);
    let (terms, counter) = terms::read(reader);
    let till = TILL.read(reader);
    let refund_every = reader.refund_every(REFUND_EVERY);
    let fetches_platform_keys = trust.as_ref().is_some_and(|it| it.certificates().is_some());
    let splits = Splits::read(reader, crate::split::RECEIVERS);
    let app_id = app_id?;
    Some(Account {
        op_app_id: op_app_id.unwrap_or_else(|| app_id.clone()),
        app_id,
        seller_id,
        own_key: own_key?,
        trust: trust?,
        charset,
        cipher,
        gateway: gateway.unwrap_or_else(|| DEFAULT_GATEWAY.to_owned()),
        authorize_url: authorize_url.unwrap_or_else(|| DEFAULT_AUTHORIZE_URL.to_owned()),
        visit,
        qr_product,
        quit_url,
        delegate,
        terms,
        counter,
        capabilities: Capabilities {
            methods: METHODS,
            fetches_platform_keys,
            till,
            refund_every,
            bills_from: BILLS_FROM,
            // No order is open for longer than its code.
            shown_for: |_| None,
            // Alipay takes transfers of applications with certificates alone.
            transfers: fetches_platform_keys.then_some(crate::transfer::TRANSFERS),
            splits,
            app_token: None,
        },
    })
}

#[cfg(test)]
mod tests;
