//! The rules for what names a payer: its address, its browser, its code, its `openid`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use paymux_channel::Secret;
use paymux_core::payment::{AuthCode, Payer};

use utoipa::openapi::schema::{KnownFormat, SchemaFormat};

use super::{a_text, of_chars, of_form, says, text};
use crate::api::fields::{Parsed, Reads as _, Rule, Wrong, closed, members};
use crate::api::json::Json;

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

/// The members of `payer`, none of which every request needs.
const PAYER_MEMBERS: [(&str, Rule<String>); 4] = [
    ("client_ip", ADDRESS),
    ("user_agent", USER_AGENT),
    ("openid", OPENID),
    ("auth_code", AUTH_CODE),
];

pub(crate) const PAYER: Rule<Payer> = Rule {
    read: payer,
    shape: || {
        let shape = PAYER_MEMBERS
            .iter()
            .fold(closed(), |it, (name, rule)| it.property(*name, rule.shape()));
        says(shape, "Who pays; which members are needed depends on the method and the channel.")
    },
};

fn payer(value: Json) -> Parsed<Payer> {
    let mut given = BTreeMap::new();
    for (name, value) in members(value)? {
        let rule = PAYER_MEMBERS.iter().find(|it| it.0 == name).map(|it| &it.1);
        let rule =
            rule.ok_or_else(|| Wrong::from("is not a field of this request").under(&name))?;
        let text = rule.read(value).map_err(|it| it.under(&name))?;
        given.insert(name, text);
    }
    Ok(Payer {
        client_ip: given.remove("client_ip"),
        user_agent: given.remove("user_agent"),
        openid: given.remove("openid"),
        auth_code: given.remove("auth_code").map(AuthCode::new),
    })
}

pub(crate) const OPENID: Rule<String> = Rule {
    read: openid,
    shape: || {
        let pattern = format!("^[A-Za-z0-9_-]{{1,{MAX_OPENID_CHARS}}}$");
        let shape = of_form(pattern, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
        says(shape, "The wallet's name for the payer, for `jsapi` and `mini_program`.")
    },
};

fn openid(value: Json) -> Parsed<String> {
    let text = text(value)?;
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"-_".contains(&it);
    if (1..=MAX_OPENID_CHARS).contains(&text.len()) && text.bytes().all(plain) {
        return Ok(text);
    }
    Err(format!("must be 1 to {MAX_OPENID_CHARS} of A-Z a-z 0-9 - _").into())
}

/// Which wallet's it is, the channel knows; its length holds for all of them.
pub(crate) const AUTH_CODE: Rule<String> = Rule {
    read: auth_code,
    shape: || {
        let (low, high) = (AUTH_CODE_CHARS.start(), AUTH_CODE_CHARS.end());
        let pattern = format!("^[0-9A-Za-z]{{{low},{high}}}$");
        let shape = of_form(pattern, "134567890123456789");
        says(shape, "The digits of the code the payer shows; with `barcode`, and only there.")
    },
};

fn auth_code(value: Json) -> Parsed<String> {
    let text = text(value)?;
    if AUTH_CODE_CHARS.contains(&text.len()) && text.bytes().all(|it| it.is_ascii_alphanumeric()) {
        return Ok(text);
    }
    let (low, high) = (AUTH_CODE_CHARS.start(), AUTH_CODE_CHARS.end());
    Err(format!("must be the {low} to {high} digits of the code the payer shows").into())
}

/// What stands for a payer, once; never told back.
pub(crate) const PAYER_CODE: Rule<Secret> = Rule {
    read: payer_code,
    shape: || {
        let shape = of_form(format!("^[!-~]{{1,{MAX_PAYER_CODE}}}$"), "081Kq4Ga1MSox41B8Ka1vJ");
        says(shape, "What the payer's side brought; good once.")
    },
};

fn payer_code(value: Json) -> Parsed<Secret> {
    let text = text(value)?;
    let fits = (1..=MAX_PAYER_CODE).contains(&text.len());
    if fits && text.bytes().all(|it| it.is_ascii_graphic()) {
        return Ok(Secret::new(text));
    }
    Err(format!("must be 1 to {MAX_PAYER_CODE} visible ASCII characters").into())
}

/// Comes back beside the code, from a page that both channels write.
pub(crate) const STATE: Rule<String> = Rule {
    read: state,
    shape: || {
        let shape = of_form(format!("^[0-9A-Za-z]{{1,{MAX_STATE}}}$"), "A1001");
        says(shape, "Yours; it comes back beside the code.")
    },
};

fn state(value: Json) -> Parsed<String> {
    let text = text(value)?;
    let fits = (1..=MAX_STATE).contains(&text.len());
    if fits && text.bytes().all(|it| it.is_ascii_alphanumeric()) {
        return Ok(text);
    }
    Err(format!("must be 1 to {MAX_STATE} letters and digits").into())
}

/// Of a code that a payer shows, the digits that name its wallet; never the code.
pub(crate) const CODE_PREFIX: Rule<String> = Rule {
    read: code_prefix,
    shape: || {
        let shape = of_form(format!("^[0-9]{{1,{MAX_CODE_PREFIX}}}$"), "13");
        says(shape, "The first digits of a payer's code, which name the wallet.")
    },
};

fn code_prefix(value: Json) -> Parsed<String> {
    let text = text(value)?;
    let digits = text.bytes().all(|it| it.is_ascii_digit());
    if digits && (1..=MAX_CODE_PREFIX).contains(&text.len()) {
        return Ok(text);
    }
    Err(format!("must be 1 to {MAX_CODE_PREFIX} digits").into())
}

/// Long digits in it are versions, so it is not searched for card numbers.
const USER_AGENT: Rule<String> = Rule {
    read: user_agent,
    shape: || says(of_chars(1..=MAX_USER_AGENT_CHARS), "The payer's browser, as it names itself."),
};

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

const ADDRESS: Rule<String> = Rule {
    read: address,
    shape: || {
        let (v4, v6) = (KnownFormat::Ipv4, KnownFormat::Ipv6);
        let either = [v4, v6].map(|it| a_text().format(Some(SchemaFormat::KnownFormat(it))));
        let [v4, v6] = either;
        let shape = utoipa::openapi::schema::AnyOfBuilder::new().item(v4).item(v6);
        shape.description(Some("The payer's own address, for `h5`.")).into()
    },
};

fn address(value: Json) -> Parsed<String> {
    let text = text(value)?;
    let parsed = text.parse::<IpAddr>();
    parsed.map(|_| text).map_err(|_| "must be an IPv4 or IPv6 address".into())
}
