//! What every test of APIv2 stands on: one account, genuine answers and notifications.

mod suite;
mod vectors;

use std::collections::BTreeMap;

use bytes::Bytes;
use paymux_channel::{
    BuildError, Channel as _, Operation, Outcome, ParseError, Request, Response, Secret, Settings,
};

use super::key::SIGN;
use super::settings::{self, Account};
use super::xml::{self, Fields};
use crate::tests::{call, config, pem, sent};

pub(crate) fn settings_of(sign_type: &str) -> Settings {
    let mut settings = Settings::default();
    let mut set = |name, value: String| settings.set(name, Secret::new(value));
    set("api", "v2".into());
    set("app_id", config("appid"));
    set("mch_id", config("mchid"));
    set("api_v2_key", config("apiv2_key"));
    set("sign_type", sign_type.into());
    set("certificate", pem("merchant.crt"));
    set("certificate_key", pem("merchant.key"));
    set("server_ip", "203.0.113.7".into());
    settings
}

pub(crate) fn account_with(changes: &[(&str, &str)]) -> Account {
    let mut settings = settings_of("HMAC-SHA256");
    changes.iter().for_each(|(name, value)| settings.set(*name, Secret::new(*value)));
    settings::read(&settings).unwrap()
}

pub(crate) fn account() -> Account {
    account_with(&[])
}

/// Of a service provider, whose sub-merchant's own application opens the wallet.
pub(crate) fn partner() -> Account {
    let ids = ["sp_appid", "sp_mchid", "sub_mchid", "sub_appid"].map(config);
    let [app, mch, sub, sub_app] = ids.each_ref().map(String::as_str);
    account_with(&[
        ("app_id", app),
        ("mch_id", mch),
        ("sub_mch_id", sub),
        ("sub_app_id", sub_app),
        ("openid_of", "sub"),
    ])
}

pub(crate) type Said<'a> = BTreeMap<&'a str, String>;

/// What every answer of WeChat Pay's says, and `pairs` instead or beside; signed.
pub(crate) fn said(account: &Account, pairs: &[(&str, &str)]) -> String {
    let mut said: Said<'_> = account.parties().into_iter().collect();
    for (name, value) in [("return_code", "SUCCESS"), ("return_msg", "OK")]
        .iter()
        .chain(&[("nonce_str", "IITRi8Iabbblz1Jc"), ("result_code", "SUCCESS")])
        .chain(pairs)
    {
        said.insert(name, (*value).to_owned());
    }
    signed(account, said)
}

pub(crate) fn signed(account: &Account, mut said: Said<'_>) -> String {
    said.remove(SIGN);
    let pairs: Vec<_> = said.iter().map(|(name, value)| (*name, value.clone())).collect();
    said.insert(SIGN, account.sign(&pairs));
    xml::write(said.iter().map(|(name, value)| (*name, value.as_str())))
}

pub(crate) fn response(body: impl Into<Bytes>) -> Response {
    Response::new(body.into())
}

pub(crate) fn failure(account: &Account, code: &str) -> String {
    said(account, &[("result_code", "FAIL"), ("err_code", code), ("err_code_des", "why")])
}

pub(crate) fn failed(account: &Account, code: &str) -> Response {
    response(failure(account, code))
}

pub(crate) fn parse(operation: &Operation, pairs: &[(&str, &str)]) -> Result<Outcome, ParseError> {
    let account = account();
    account.parse(operation, &call(), &response(said(&account, pairs)))
}

pub(crate) fn parse_failure(operation: &Operation, code: &str) -> Outcome {
    let account = account();
    account.parse(operation, &call(), &failed(&account, code)).unwrap()
}

/// A request's own words: what all of them say is checked and left out.
pub(crate) fn asked(account: &Account, operation: &Operation, path: &str) -> Vec<(String, String)> {
    let request = sent(account.build(operation, &call()));
    assert_eq!((request.method().as_str(), request.uri().path()), ("POST", path));
    let fields = fields(&request);
    assert!(account.signed(&fields), "its signature holds");
    assert_eq!(fields.text("sign_type"), Some(account.sign_type.name()));
    assert_eq!(fields.text("nonce_str"), Some(&*call().nonce_text()));
    let general = ["nonce_str", "sign_type", SIGN];
    let own = fields.pairs().filter(|it| !general.contains(&it.0));
    own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

pub(crate) fn fields(request: &Request) -> Fields {
    Fields::read(request.body(), "xml").unwrap()
}

pub(crate) fn pairs(expect: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut all: Vec<_> = expect.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    all.sort();
    all
}

pub(crate) fn limit(account: &Account, operation: &Operation) -> Option<&'static str> {
    match account.build(operation, &call()) {
        Err(BuildError::Limit { field, .. }) => Some(field),
        Err(BuildError::Unsupported) => Some("unsupported"),
        Err(BuildError::Sign) => panic!("no limit is named"),
        Ok(_) => None,
    }
}
