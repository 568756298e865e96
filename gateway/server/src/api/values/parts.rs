//! The rules for parts of an order, and for naming one.

use paymux_core::AccountId;
use paymux_core::payment::{PARTS as COUNT, PartNo};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};

use super::{ACCOUNT, AMOUNT, SUBJECT, integer, says};
use crate::api::fields::{Parsed, Reads as _, Rule, Wrong, closed, kind, members};
use crate::api::json::Json;

/// A part of an order, as it is asked for.
pub(crate) struct PartWish {
    pub(crate) account: AccountId,
    pub(crate) amount: i64,
    pub(crate) subject: String,
}

pub(crate) const PARTS: Rule<Vec<PartWish>> = Rule {
    read: parts,
    shape: || {
        let part = closed()
            .property("account", ACCOUNT.shape())
            .property("amount", AMOUNT.shape())
            .property("subject", SUBJECT.shape());
        let part = ["account", "amount", "subject"].into_iter().fold(part, ObjectBuilder::required);
        let text = "Orders of several of your accounts at one channel, which are paid at once. \
                    They add up to the amount: \
                    [payments](/docs/guides/payments#several-merchants-parts-paid-at-once).";
        let list = ArrayBuilder::new().items(part).description(Some(text));
        list.min_items(Some(*COUNT.start())).max_items(Some(*COUNT.end())).into()
    },
};

fn parts(value: Json) -> Parsed<Vec<PartWish>> {
    let Json::List(items) = value else { return Err(kind(&value, "a list")) };
    if !COUNT.contains(&items.len()) {
        return Err(format!("must have {} to {} parts", COUNT.start(), COUNT.end()).into());
    }
    let at = |(index, it): (usize, Json)| part(it).map_err(|it| it.under(&index.to_string()));
    items.into_iter().enumerate().map(at).collect()
}

fn part(value: Json) -> Parsed<PartWish> {
    let (mut account, mut amount, mut subject) = (None, None, None);
    for (name, value) in members(value)? {
        let read = match name.as_str() {
            "account" => ACCOUNT.read(value).map(|it| account = Some(it)),
            "amount" => AMOUNT.read(value).map(|it| amount = Some(it)),
            "subject" => SUBJECT.read(value).map(|it| subject = Some(it)),
            _ => Err("is not a field of this request".into()),
        };
        read.map_err(|it| it.under(&name))?;
    }
    let missing = |name: &str| Wrong::from("is missing").under(name);
    Ok(PartWish {
        account: account.ok_or_else(|| missing("account"))?,
        amount: amount.ok_or_else(|| missing("amount"))?,
        subject: subject.ok_or_else(|| missing("subject"))?,
    })
}

/// Of an order with parts, the one that is meant.
pub(crate) const PART: Rule<PartNo> = Rule {
    read: part_no,
    shape: || {
        let shape = ObjectBuilder::new().schema_type(Type::Integer);
        let shape = shape.minimum(Some(1)).maximum(Some(*COUNT.end()));
        says(shape, "Which part of the payment it is of, where it has `parts`: 1 is the first.")
    },
};

fn part_no(value: Json) -> Parsed<PartNo> {
    let number = u8::try_from(integer(value)?).ok().and_then(PartNo::new);
    number.ok_or_else(|| format!("must be 1 to {}", COUNT.end()).into())
}
