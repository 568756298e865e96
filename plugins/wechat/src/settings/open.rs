//! The open platform of WeChat's applications: another host, known by secrets and not by keys.

use paymux_channel::Secret;
use paymux_channel::settings::Reader;

use super::base;

const DEFAULT_BASE: &str = "https://api.weixin.qq.com";
const DEFAULT_AUTHORIZE_BASE: &str = "https://open.weixin.qq.com";

#[derive(Debug)]
pub(crate) struct Open {
    /// Without a trailing slash, as both are.
    pub(crate) base: String,
    /// Where browsers are sent.
    pub(crate) authorize_base: String,
    /// Of the application that opens the wallet from a page.
    pub(crate) app_secret: Option<Secret>,
    pub(crate) mini_app_secret: Option<Secret>,
    /// Whether each new token voids the one before.
    pub(crate) classic_token: bool,
}

pub(super) fn open(reader: &mut Reader<'_>) -> Open {
    let address = |text: Option<String>, default: &str| text.unwrap_or_else(|| default.to_owned());
    let base = reader.parsed_optional("open_base", base::read);
    let authorize_base = reader.parsed_optional("authorize_base", base::read);
    let kinds = [("stable", false), ("classic", true)];
    Open {
        base: address(base, DEFAULT_BASE),
        authorize_base: address(authorize_base, DEFAULT_AUTHORIZE_BASE),
        app_secret: secret(reader, "app_secret"),
        mini_app_secret: secret(reader, "mini_app_secret"),
        classic_token: reader.word("app_token", &kinds).unwrap_or_default(),
    }
}

/// It becomes part of a query and must need no escape.
fn secret(reader: &mut Reader<'_>, key: &'static str) -> Option<Secret> {
    reader.parsed_optional(key, |text| {
        let fits =
            (16..=128).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_alphanumeric());
        if fits { Ok(Secret::new(text)) } else { Err("is not 16 to 128 letters and digits") }
    })
}
