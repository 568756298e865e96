//! The rules for what is said of a split: its receivers, their shares, who may be one.

use paymux_channel::{Relation, Secret};
use paymux_core::OrderNo;
use paymux_core::PaymentId;
use paymux_core::fee::WHOLE_BP;
use paymux_core::split::{MAX_LINES, ReceiverKind};
use paymux_engine::flow::split::Share;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};

use super::{AMOUNT, NUMBER, a_text, integer, of_chars, of_form, says, text};
use crate::api::fields::{Parsed, Reads as _, Rule, Wrong, closed, kind, members};
use crate::api::json::Json;

/// WeChat Pay's limit; Alipay takes more.
const MAX_DESCRIPTION_CHARS: usize = 80;
/// The longest number of a receiver at either channel.
const MAX_ACCOUNT: usize = 64;
const MAX_NAME_CHARS: usize = 64;

/// Of a payment that may be shared.
pub(crate) const SPLITTABLE: Rule<bool> =
    Rule { read: flag, shape: || a_flag("Keep its money apart: it may be split with others.") };

pub(crate) const FINISH: Rule<bool> =
    Rule { read: flag, shape: || a_flag("The rest of the payment is yours in the same step.") };

fn flag(value: Json) -> Parsed<bool> {
    let Json::Bool(flag) = value else { return Err(kind(&value, "true or false")) };
    Ok(flag)
}

fn a_flag(text: &str) -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
    says(ObjectBuilder::new().schema_type(Type::Boolean), text)
}

pub(crate) const PAYMENT: Rule<PaymentId> = Rule {
    read: |value| text(value)?.parse().map_err(|_| "is not a payment's id".into()),
    shape: || of_form(PaymentId::PATTERN, "pay_01JGFJJZ00GH00000000000007").into(),
};

pub(crate) const DESCRIPTION: Rule<String> = Rule {
    read: |value| free(value, MAX_DESCRIPTION_CHARS),
    shape: || {
        let shape = of_chars(1..=MAX_DESCRIPTION_CHARS).examples(["Commission"]);
        says(shape, "What the channel shows of it.")
    },
};

pub(crate) const RECEIVERS: Rule<Vec<(OrderNo, Share)>> = Rule {
    read: receivers,
    shape: || {
        let receiver = closed()
            .property("receiver_no", NUMBER.shape())
            .property("amount", AMOUNT.shape())
            .property("basis_points", BASIS_POINTS.shape())
            .required("receiver_no");
        let text = "Each once; all with an `amount`, or all with `basis_points`: \
                    [splits](/docs/guides/splits).";
        let list = ArrayBuilder::new().items(receiver).description(Some(text));
        list.min_items(Some(1)).max_items(Some(MAX_LINES)).into()
    },
};

const BASIS_POINTS: Rule<u16> = Rule {
    read: |value| {
        let points = u16::try_from(integer(value)?).ok().filter(|it| (1..=WHOLE_BP).contains(it));
        points.ok_or_else(|| format!("must be 1 to {WHOLE_BP}").into())
    },
    shape: || {
        let shape = ObjectBuilder::new().schema_type(Type::Integer);
        let shape = shape.minimum(Some(1)).maximum(Some(WHOLE_BP)).examples([3000]);
        says(shape, "Ten-thousandths of the payment's whole amount.")
    },
};

fn receivers(value: Json) -> Parsed<Vec<(OrderNo, Share)>> {
    let Json::List(items) = value else { return Err(kind(&value, "a list")) };
    if !(1..=MAX_LINES).contains(&items.len()) {
        return Err(format!("must have 1 to {MAX_LINES} receivers").into());
    }
    let at = |(index, it): (usize, Json)| receiver(it).map_err(|it| it.under(&index.to_string()));
    items.into_iter().enumerate().map(at).collect()
}

fn receiver(value: Json) -> Parsed<(OrderNo, Share)> {
    let (mut number, mut amount, mut points) = (None, None, None);
    for (name, value) in members(value)? {
        let read = match name.as_str() {
            "receiver_no" => NUMBER.read(value).map(|it| number = Some(it)),
            "amount" => AMOUNT.read(value).map(|it| amount = Some(it)),
            "basis_points" => BASIS_POINTS.read(value).map(|it| points = Some(it)),
            _ => Err("is not a field of this request".into()),
        };
        read.map_err(|it| it.under(&name))?;
    }
    let number = number.ok_or_else(|| Wrong::from("is missing").under("receiver_no"))?;
    match (amount, points) {
        (Some(amount), None) => Ok((number, Share::Amount(amount))),
        (None, Some(points)) => Ok((number, Share::BasisPoints(points))),
        (Some(_), Some(_)) | (None, None) => {
            Err(Wrong::from("is given, or `basis_points` is, and never both").under("amount"))
        }
    }
}

pub(crate) const RECEIVER_TYPE: Rule<ReceiverKind> = Rule {
    read: |value| {
        let names = "must be merchant, openid, sub_openid, user_id or login_name";
        ReceiverKind::from_name(&text(value)?).ok_or_else(|| names.into())
    },
    shape: || {
        let shape = a_text().enum_values(Some(ReceiverKind::ALL.map(ReceiverKind::name)));
        says(shape, "Which there are depends on the channel.")
    },
};

pub(crate) const RECEIVER: Rule<String> = Rule {
    read: |value| {
        let text = text(value)?;
        let fits = (1..=MAX_ACCOUNT).contains(&text.len());
        if fits && text.bytes().all(|it| it.is_ascii_graphic()) {
            return Ok(text);
        }
        Err(format!("must be 1 to {MAX_ACCOUNT} characters of ASCII, without blanks").into())
    },
    shape: || {
        let shape = of_form(format!("^[!-~]{{1,{MAX_ACCOUNT}}}$"), "1900000110");
        says(shape, "The number by which the channel knows it.")
    },
};

/// Sent to the channel, and kept nowhere.
pub(crate) const RECEIVER_NAME: Rule<Secret> = Rule {
    read: |value| free(value, MAX_NAME_CHARS).map(Secret::new),
    shape: || {
        let text = "Whose it is, for the channel to compare; wanted for a merchant and a log-in.";
        says(of_chars(1..=MAX_NAME_CHARS), text)
    },
};

pub(crate) const RELATION: Rule<Relation> = Rule {
    read: |value| {
        let names = "must be one of the relations that the documents list";
        Relation::from_name(&text(value)?).ok_or_else(|| names.into())
    },
    shape: || {
        let shape = a_text().enum_values(Some(Relation::ALL.map(Relation::name)));
        says(shape, "What it is to you; `partner` where it is not said.")
    },
};

fn free(value: Json, max: usize) -> Parsed<String> {
    let text = text(value)?;
    let fits = (1..=max).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits && !text.trim().is_empty() {
        return Ok(text);
    }
    Err(format!("must be 1 to {max} characters, none of them a control character").into())
}
