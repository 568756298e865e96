//! The rules for single values of request bodies: how each is read, and its shape, side by side.

mod parts;
pub(crate) mod payer;
mod split;
mod transfer;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use http::Uri;
use paymux_core::payment::Method;
use paymux_core::{AccountId, Currency, MerchantId, OrderNo, Timestamp};

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};

use super::card::holds_card_number;
use super::fields::{Parsed, Reads, Rule, kind, members};
use super::json::Json;

pub(crate) use parts::{PART, PARTS, PartWish};
pub(crate) use payer::{CODE_PREFIX, PAYER, PAYER_CODE, STATE};
pub(crate) use split::{
    DESCRIPTION, FINISH, PAYMENT, RECEIVER, RECEIVER_NAME, RECEIVER_TYPE, RECEIVERS, RELATION,
    SPLITTABLE,
};
pub(crate) use transfer::{PAYEE, SCENE, TITLE, TRANSFER_NO, TRANSFER_TYPE};

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
/// Longer than the name of any channel.
const MAX_CHANNEL_CHARS: usize = 20;
/// A code to scan that lives shorter is gone before it is paid.
const MIN_EXPIRES_IN: Duration = Duration::from_secs(60);

/// No control characters; what else free text may not hold, no expression can say.
const FREE: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";

fn a_text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// A text of this form, in a query.
pub(crate) fn pattern(pattern: &str) -> ObjectBuilder {
    a_text().pattern(Some(pattern))
}

fn of_form(pattern: impl Into<String>, example: &str) -> ObjectBuilder {
    a_text().pattern(Some(pattern)).examples([example])
}

fn of_chars(range: RangeInclusive<usize>) -> ObjectBuilder {
    a_text().min_length(Some(*range.start())).max_length(Some(*range.end())).pattern(Some(FREE))
}

fn says(shape: ObjectBuilder, text: &str) -> RefOr<Schema> {
    shape.description(Some(text)).into()
}

fn text(value: Json) -> Parsed<String> {
    let Json::Text(text) = value else { return Err(kind(&value, "a string")) };
    Ok(text)
}

fn integer(value: Json) -> Parsed<i64> {
    let Json::Integer(number) = value else { return Err(kind(&value, "an integer")) };
    Ok(number)
}

/// The merchant's own number, of an order or a refund.
pub(crate) const NUMBER: Rule<OrderNo> = Rule {
    read: number,
    shape: || says(of_form(OrderNo::PATTERN, "A-1001"), "Your own number; unique among yours."),
};

fn number(value: Json) -> Parsed<OrderNo> {
    text(value)?.parse().map_err(|_| "must be 1 to 64 of 0-9 A-Z a-z _ -".into())
}

pub(crate) const MERCHANT: Rule<MerchantId> =
    Rule { read: merchant, shape: || of_form(MerchantId::PATTERN, "shop").into() };

fn merchant(value: Json) -> Parsed<MerchantId> {
    text(value)?.parse().map_err(|_| "must be 1 to 40 of a-z 0-9 _ -".into())
}

pub(crate) const ACCOUNT: Rule<AccountId> = Rule {
    read: account,
    shape: || says(of_form(AccountId::PATTERN, "alipay-main"), "One of the accounts you may use."),
};

fn account(value: Json) -> Parsed<AccountId> {
    text(value)?.parse().map_err(|_| "must be 1 to 40 of a-z 0-9 _ -".into())
}
/// In ASCII, without the characters that [`return_url`] refuses, and without `@` in its authority.
const RETURN_URL_PATTERN: &str = r"^https?://[!$-.0-;=A-\[\]_a-z~]+([/?#][!#-;=?-\[\]_a-z~]*)?$";

/// In the currency's minor unit.
pub(crate) const AMOUNT: Rule<i64> = Rule {
    read: amount,
    shape: || {
        let shape = ObjectBuilder::new().schema_type(Type::Integer);
        let shape = shape.format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)));
        let shape = shape.minimum(Some(1)).maximum(Some(MAX_AMOUNT)).examples([888]);
        says(shape, "In the currency's minor unit: 888 is 8.88 yuan.")
    },
};

fn amount(value: Json) -> Parsed<i64> {
    let amount = integer(value)?;
    if (1..=MAX_AMOUNT).contains(&amount) {
        Ok(amount)
    } else {
        Err(format!("must be 1 to {MAX_AMOUNT} of the currency's minor unit").into())
    }
}

pub(crate) const CURRENCY: Rule<Currency> = Rule {
    read: currency,
    shape: || {
        let shape = a_text().enum_values(Some(Currency::ALL.map(Currency::code)));
        shape.examples(["CNY"]).into()
    },
};

fn currency(value: Json) -> Parsed<Currency> {
    text(value)?.parse().map_err(|_| "must be CNY, HKD, JPY or USD".into())
}

pub(crate) const SUBJECT: Rule<String> = Rule {
    read: |value| shown(value, MAX_SUBJECT_CHARS),
    shape: || {
        let shape = of_chars(1..=MAX_SUBJECT_CHARS).examples(["Jasmine tea"]);
        says(shape, "What is paid for, as the payer reads it. It must not hold a card number.")
    },
};

pub(crate) const REASON: Rule<String> = Rule {
    read: |value| shown(value, MAX_REASON_CHARS),
    shape: || {
        let shape = of_chars(1..=MAX_REASON_CHARS).examples(["One cup was spilled"]);
        says(shape, "As the payer reads it. It must not hold a card number.")
    },
};

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
pub(crate) fn free(text: &str) -> Parsed<()> {
    if text.chars().any(char::is_control) {
        Err("must not hold control characters".into())
    } else if holds_card_number(text) {
        Err("must not hold a card number".into())
    } else {
        Ok(())
    }
}

/// A known method that no account offers is a matter of routing, not of form.
pub(crate) const METHOD: Rule<Method> = Rule {
    read: method,
    shape: || {
        let shape = a_text().enum_values(Some(Method::ALL.map(Method::name))).examples(["qr"]);
        says(shape, "How the payer is reached: [payments, by method](/docs/guides/payments).")
    },
};

pub(super) fn method(value: Json) -> Parsed<Method> {
    let name = text(value)?;
    Method::from_name(&name).ok_or_else(|| {
        let names = Method::ALL.map(Method::name).join(", ");
        format!("must be one of: {names}").into()
    })
}

pub(crate) const CHANNEL: Rule<String> = Rule {
    read: channel,
    shape: || {
        let pattern = format!("^[a-z0-9_-]{{1,{MAX_CHANNEL_CHARS}}}$");
        let shape = of_form(pattern, "alipay");
        says(shape, "Only accounts of this channel are considered. Leave it out to have it routed.")
    },
};

fn channel(value: Json) -> Parsed<String> {
    let name = text(value)?;
    let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-_".contains(&it);
    if (1..=MAX_CHANNEL_CHARS).contains(&name.len()) && name.bytes().all(plain) {
        Ok(name)
    } else {
        Err(format!("must be 1 to {MAX_CHANNEL_CHARS} of a-z 0-9 - _, such as alipay").into())
    }
}

/// RFC 3339, with its offset.
pub(crate) const MOMENT: Rule<Timestamp> = Rule {
    read: moment,
    shape: || {
        let shape = a_text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
        says(shape.examples(["2026-12-01T08:00:00+08:00"]), "As if it were then. Now, if left out.")
    },
};

fn moment(value: Json) -> Parsed<Timestamp> {
    let parsed = text(value)?.parse::<jiff::Timestamp>();
    let at = parsed.map_err(|_| "must be a time such as 2026-12-01T08:00:00+08:00")?;
    Ok(Timestamp(at.as_millisecond()))
}

pub(crate) const METADATA: Rule<BTreeMap<String, String>> = Rule {
    read: metadata,
    shape: || {
        let name = format!("^[A-Za-z0-9_.-]{{1,{MAX_METADATA_KEY_CHARS}}}$");
        let name = Schema::from(a_text().pattern(Some(name)).build());
        let shape = ObjectBuilder::new().schema_type(Type::Object).property_names(Some(name));
        let shape = shape.additional_properties(Some(of_chars(0..=MAX_METADATA_VALUE_CHARS)));
        let shape = shape.max_properties(Some(MAX_METADATA));
        let shape = shape.examples([serde_json::json!({ "table": "7" })]);
        says(shape, "Kept with the payment and told with it; no card numbers.")
    },
};

fn metadata(value: Json) -> Parsed<BTreeMap<String, String>> {
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
pub(crate) const RETURN_URL: Rule<String> = Rule {
    read: return_url,
    shape: || {
        let shape = a_text().pattern(Some(RETURN_URL_PATTERN));
        let shape = shape.max_length(Some(MAX_URL_CHARS)).examples(["https://shop.example/thanks"]);
        says(
            shape,
            "Where the payer's browser goes afterwards: absolute, in ASCII, without a user.",
        )
    },
};

fn return_url(value: Json) -> Parsed<String> {
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

/// In seconds, up to what the operator allows.
pub(crate) struct ExpiresIn {
    pub(crate) default: Duration,
    pub(crate) max: Duration,
}

impl Reads<Duration> for ExpiresIn {
    fn read(&self, value: Json) -> Parsed<Duration> {
        expires_in(value, self.max)
    }

    fn shape(&self) -> RefOr<Schema> {
        let shape = ObjectBuilder::new().schema_type(Type::Integer);
        let shape = shape.minimum(Some(MIN_EXPIRES_IN.as_secs()));
        let shape = shape.maximum(Some(self.max.as_secs()));
        let shape = shape.default(Some(self.default.as_secs().into()));
        says(shape, "In seconds: how long the payment can be paid.")
    }
}

fn expires_in(value: Json, max: Duration) -> Parsed<Duration> {
    let seconds = integer(value)?;
    let asked = u64::try_from(seconds).map(Duration::from_secs).unwrap_or_default();
    if (MIN_EXPIRES_IN..=max).contains(&asked) {
        return Ok(asked);
    }
    let (min, max) = (MIN_EXPIRES_IN.as_secs(), max.as_secs());
    Err(format!("must be {min} to {max} seconds").into())
}
