//! What an account says of each of its orders: where it was taken, what may pay it, on whose
//! behalf.

use paymux_channel::Secret;
use paymux_channel::settings::Reader;
use serde::Serialize;

const MAX_APP_ID: usize = 32;
const MAX_APP_AUTH_TOKEN: usize = 40;
const MAX_PROVIDER: usize = 64;
const MAX_STORE: usize = 32;
const MAX_TERMINAL: usize = 32;
const MAX_OPERATOR: usize = 28;
const MAX_CHANNELS: usize = 128;

/// The merchant for whom a service provider acts.
#[derive(Debug)]
pub(crate) struct Delegate {
    pub(crate) app_auth_token: Secret,
    pub(crate) auth_app_id: String,
}

/// In orders of every product.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Terms {
    #[serde(skip_serializing_if = "Option::is_none")]
    store_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_pay_channels: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disable_pay_channels: Option<String>,
    #[serde(skip)]
    provider: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ExtendParams<'a> {
    /// Who earns a commission.
    #[serde(skip_serializing_if = "Option::is_none")]
    sys_service_provider_id: Option<&'a str>,
    /// The money is kept until it is shared.
    #[serde(skip_serializing_if = "Option::is_none")]
    royalty_freeze: Option<&'static str>,
}

impl Terms {
    pub(crate) fn extended(&self, splittable: bool) -> Option<ExtendParams<'_>> {
        let sys_service_provider_id = self.provider.as_deref();
        let royalty_freeze = splittable.then_some("true");
        let said = sys_service_provider_id.is_some() || splittable;
        said.then_some(ExtendParams { sys_service_provider_id, royalty_freeze })
    }
}

/// In orders that the gateway itself places.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Counter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) terminal_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) operator_id: Option<String>,
}

/// Whoever acts for a merchant must know which: notifications name it.
pub(super) fn delegate(reader: &mut Reader<'_>) -> Option<Delegate> {
    let app_auth_token =
        reader.parsed_optional("app_auth_token", |it| plain(it, MAX_APP_AUTH_TOKEN));
    let auth_app_id = reader.parsed_optional("auth_app_id", |it| identifier(it, MAX_APP_ID));
    match (app_auth_token, auth_app_id) {
        (Some(token), Some(auth_app_id)) => {
            Some(Delegate { app_auth_token: Secret::new(token), auth_app_id })
        }
        (None, None) => None,
        (Some(_), None) => {
            reader.problem("auth_app_id", "is missing beside app_auth_token");
            None
        }
        (None, Some(_)) => {
            reader.problem("app_auth_token", "is missing beside auth_app_id");
            None
        }
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> (Terms, Counter) {
    let mut text = |key, max| reader.parsed_optional(key, |it| plain(it, max));
    let provider = text("sys_service_provider_id", MAX_PROVIDER);
    let terms = Terms {
        store_id: text("store_id", MAX_STORE),
        enable_pay_channels: text("enable_pay_channels", MAX_CHANNELS),
        disable_pay_channels: text("disable_pay_channels", MAX_CHANNELS),
        provider,
    };
    let counter = Counter {
        terminal_id: text("terminal_id", MAX_TERMINAL),
        operator_id: text("operator_id", MAX_OPERATOR),
    };
    if terms.enable_pay_channels.is_some() && terms.disable_pay_channels.is_some() {
        reader.problem("disable_pay_channels", "does not go together with enable_pay_channels");
    }
    (terms, counter)
}

pub(super) fn identifier(text: &str, max: usize) -> Result<String, &'static str> {
    let fits = text.len() <= max && text.bytes().all(|it| it.is_ascii_alphanumeric());
    if fits { Ok(text.to_owned()) } else { Err("is not letters and digits as Alipay gives them") }
}

fn plain(text: &str, max: usize) -> Result<String, String> {
    let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b',' | b'.');
    let fits = text.len() <= max && text.bytes().all(plain);
    let problem = || format!("is not 1 to {max} letters, digits, - _ . or commas");
    fits.then(|| text.to_owned()).ok_or_else(problem)
}
