//! The rules for single values of request bodies, each of them as its own function.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use http::Uri;
use paymux_channel::Secret;
use paymux_core::payment::{AuthCode, Method, Payer};
use paymux_core::{AccountId, Currency, MerchantId, OrderNo, Timestamp};

use super::card::holds_card_number;
use super::fields::{Parsed, Wrong, kind, members};
use super::json::Json;

/// 100,000,000.00 yuan, the most that Alipay takes for one order; beyond it lies a mistake.
const MAX_AMOUNT: i64 = 10_000_000_000;
/// WeChat Pay's limit; Alipay takes more. Each channel judges the bytes and characters itself.
const MAX_SUBJECT_CHARS: usize = 127;
/// WeChat Pay's limit for the reason of a refund.
const MAX_REASON_CHARS: usize = 80;
const MAX_METADATA: usize = 20;
const MAX_METADATA_KEY_CHARS: usize = 40;
const MAX_METADATA_VALUE_CHARS: usize = 500;
/// What every browser and proxy takes.
const MAX_URL_CHARS: usize = 2048;
/// The longest that wallets send have a quarter of it.
const MAX_USER_AGENT_CHARS: usize = 1024;
/// Alipay's `buyer_open_id`; WeChat Pay's `openid` is of 32 at most.
const MAX_OPENID_CHARS: usize = 128;
/// WeChat Pay's are of 18, Alipay's of 16 to 24, and of 35 where a face was read.
const AUTH_CODE_CHARS: RangeInclusive<usize> = 16..=35;
/// Six digits tell every wallet apart, and nobody can pay with them.
const MAX_CODE_PREFIX: usize = 6;
/// Those seen have 32.
const MAX_PAYER_CODE: usize = 128;
/// Alipay's limit; WeChat's is 128 letters and digits.
const MAX_STATE: usize = 100;
/// Longer than the name of any channel.
const MAX_CHANNEL_CHARS: usize = 20;
/// A code to scan that lives shorter is gone before it is paid.
const MIN_EXPIRES_IN: Duration = Duration::from_secs(60);

fn text(value: Json) -> Parsed<String> {
    let Json::Text(text) = value else { return Err(kind(&value, "a string")) };
    Ok(text)
}

fn integer(value: Json) -> Parsed<i64> {
    let Json::Integer(number) = value else { return Err(kind(&value, "an integer")) };
    Ok(number)
}

/// The merchant's own number, of an order or a refund.
pub(crate) fn number(value: Json) -> Parsed<OrderNo> {
    text(value)?.parse().map_err(|_| "must be 1 to 64 of 0-9 A-Z a-z _ -".into())
}

pub(crate) fn merchant(value: Json) -> Parsed<MerchantId> {
    text(value)?.parse().map_err(|_| "must be 1 to 40 of a-z 0-9 _ -".into())
}

pub(crate) fn account(value: Json) -> Parsed<AccountId> {
    text(value)?.parse().map_err(|_| "must be 1 to 40 of a-z 0-9 _ -".into())
}

/// In the currency's minor unit.
pub(crate) fn amount(value: Json) -> Parsed<i64> {
    let amount = integer(value)?;
    if (1..=MAX_AMOUNT).contains(&amount) {
        Ok(amount)
    } else {
        Err(format!("must be 1 to {MAX_AMOUNT} of the currency's minor unit").into())
    }
}

pub(crate) fn currency(value: Json) -> Parsed<Currency> {
    text(value)?.parse().map_err(|_| "must be CNY, HKD, JPY or USD".into())
}

pub(crate) fn subject(value: Json) -> Parsed<String> {
    shown(value, MAX_SUBJECT_CHARS)
}

pub(crate) fn reason(value: Json) -> Parsed<String> {
    shown(value, MAX_REASON_CHARS)
}

/// Text that people will read, kept byte for byte.
fn shown(value: Json, max_chars: usize) -> Parsed<String> {
    let text = text(value)?;
    if !(1..=max_chars).contains(&text.chars().count()) {
        return Err(format!("must have 1 to {max_chars} characters").into());
    }
    free(&text)?;
    Ok(text)
}

/// What no free text may hold: it goes into forms, logs and other systems' databases.
fn free(text: &str) -> Parsed<()> {
    if text.chars().any(char::is_control) {
        Err("must not hold control characters".into())
    } else if holds_card_number(text) {
        Err("must not hold a card number".into())
    } else {
        Ok(())
    }
}

/// A known method that no account offers is a matter of routing, not of form.
pub(crate) fn method(value: Json) -> Parsed<Method> {
    let name = text(value)?;
    Method::from_name(&name).ok_or_else(|| {
        let names = Method::ALL.map(Method::name).join(", ");
        format!("must be one of: {names}").into()
    })
}

pub(crate) fn channel(value: Json) -> Parsed<String> {
    let name = text(value)?;
    let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-_".contains(&it);
    if (1..=MAX_CHANNEL_CHARS).contains(&name.len()) && name.bytes().all(plain) {
        Ok(name)
    } else {
        Err(format!("must be 1 to {MAX_CHANNEL_CHARS} of a-z 0-9 - _, such as alipay").into())
    }
}

pub(crate) fn payer(value: Json) -> Parsed<Payer> {
    let mut payer = Payer::default();
    for (name, value) in members(value)? {
        let (slot, text) = match name.as_str() {
            "client_ip" => (&mut payer.client_ip, address(value)),
            "user_agent" => (&mut payer.user_agent, user_agent(value)),
            "openid" => (&mut payer.openid, openid(value)),
            "auth_code" => {
                let code = auth_code(value).map_err(|it| it.under(&name))?;
                payer.auth_code = Some(AuthCode::new(code));
                continue;
            }
            _ => return Err(Wrong::from("is not a field of this request").under(&name)),
        };
        *slot = Some(text.map_err(|it| it.under(&name))?);
    }
    Ok(payer)
}

fn openid(value: Json) -> Parsed<String> {
    let text = text(value)?;
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"-_".contains(&it);
    if (1..=MAX_OPENID_CHARS).contains(&text.len()) && text.bytes().all(plain) {
        return Ok(text);
    }
    Err(format!("must be 1 to {MAX_OPENID_CHARS} of A-Z a-z 0-9 - _").into())
}

/// Which wallet's it is, the channel knows; its length holds for all of them.
fn auth_code(value: Json) -> Parsed<String> {
    let text = text(value)?;
    if AUTH_CODE_CHARS.contains(&text.len()) && text.bytes().all(|it| it.is_ascii_alphanumeric()) {
        return Ok(text);
    }
    let (low, high) = (AUTH_CODE_CHARS.start(), AUTH_CODE_CHARS.end());
    Err(format!("must be the {low} to {high} digits of the code the payer shows").into())
}

/// What stands for a payer, once; never told back.
pub(crate) fn payer_code(value: Json) -> Parsed<Secret> {
    let text = text(value)?;
    let fits = (1..=MAX_PAYER_CODE).contains(&text.len());
    if fits && text.bytes().all(|it| it.is_ascii_graphic()) {
        return Ok(Secret::new(text));
    }
    Err(format!("must be 1 to {MAX_PAYER_CODE} visible ASCII characters").into())
}

/// Comes back beside the code, from a page that both channels write.
pub(crate) fn state(value: Json) -> Parsed<String> {
    let text = text(value)?;
    let fits = (1..=MAX_STATE).contains(&text.len());
    if fits && text.bytes().all(|it| it.is_ascii_alphanumeric()) {
        return Ok(text);
    }
    Err(format!("must be 1 to {MAX_STATE} letters and digits").into())
}

/// Of a code that a payer shows, the digits that name its wallet; never the code.
pub(crate) fn code_prefix(value: Json) -> Parsed<String> {
    let text = text(value)?;
    let digits = text.bytes().all(|it| it.is_ascii_digit());
    if digits && (1..=MAX_CODE_PREFIX).contains(&text.len()) {
        return Ok(text);
    }
    Err(format!("must be 1 to {MAX_CODE_PREFIX} digits").into())
}

/// RFC 3339, with its offset.
pub(crate) fn moment(value: Json) -> Parsed<Timestamp> {
    let parsed = text(value)?.parse::<jiff::Timestamp>();
    let at = parsed.map_err(|_| "must be a time such as 2026-12-01T08:00:00+08:00")?;
    Ok(Timestamp(at.as_millisecond()))
}

/// Long digits in it are versions, so it is not searched for card numbers.
fn user_agent(value: Json) -> Parsed<String> {
    let text = text(value)?;
    if !(1..=MAX_USER_AGENT_CHARS).contains(&text.chars().count()) {
        return Err(format!("must have 1 to {MAX_USER_AGENT_CHARS} characters").into());
    }
    if text.chars().any(char::is_control) {
        return Err("must not hold control characters".into());
    }
    Ok(text)
}

fn address(value: Json) -> Parsed<String> {
    let text = text(value)?;
    let parsed = text.parse::<IpAddr>();
    parsed.map(|_| text).map_err(|_| "must be an IPv4 or IPv6 address".into())
}

pub(crate) fn metadata(value: Json) -> Parsed<BTreeMap<String, String>> {
    let members = members(value)?;
    if members.len() > MAX_METADATA {
        return Err(format!("must have at most {MAX_METADATA} members").into());
    }
    let item = |(name, value): (String, Json)| {
        let value = item(&name, value).map_err(|it| it.under(&name))?;
        Ok((name, value))
    };
    members.into_iter().map(item).collect()
}

fn item(name: &str, value: Json) -> Parsed<String> {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"_.-".contains(&it);
    if !(1..=MAX_METADATA_KEY_CHARS).contains(&name.len()) || !name.bytes().all(plain) {
        let rule = format!("has a name that is not 1 to {MAX_METADATA_KEY_CHARS} of A-Za-z0-9_.-");
        return Err(rule.into());
    }
    let text = text(value)?;
    if text.chars().count() > MAX_METADATA_VALUE_CHARS {
        return Err(format!("must have at most {MAX_METADATA_VALUE_CHARS} characters").into());
    }
    free(&text)?;
    Ok(text)
}

/// Where the payer's browser is sent: absolute, and nothing in it that browsers read otherwise
/// than we do, such as a backslash or a user.
pub(crate) fn return_url(value: Json) -> Parsed<String> {
    let text = text(value)?;
    if text.len() > MAX_URL_CHARS {
        return Err(format!("must have at most {MAX_URL_CHARS} characters").into());
    }
    if !text.bytes().all(|it| it.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&it)) {
        return Err("must be a URL in ASCII: percent-encode all other characters".into());
    }
    if is_absolute(&text) {
        Ok(text)
    } else {
        Err("must be an absolute http or https URL, without a user".into())
    }
}

fn is_absolute(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let scheme = text.starts_with("https://") || text.starts_with("http://");
    let named = uri.host().is_some_and(|it| !it.is_empty());
    scheme && named && uri.authority().is_some_and(|it| !it.as_str().contains('@'))
}

/// In seconds.
pub(crate) fn expires_in(value: Json, max: Duration) -> Parsed<Duration> {
    let seconds = integer(value)?;
    let asked = u64::try_from(seconds).map(Duration::from_secs).unwrap_or_default();
    if (MIN_EXPIRES_IN..=max).contains(&asked) {
        return Ok(asked);
    }
    let (min, max) = (MIN_EXPIRES_IN.as_secs(), max.as_secs());
    Err(format!("must be {min} to {max} seconds").into())
}
