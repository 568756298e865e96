//! The rules for what is said of a transfer: its type, its payee, its purpose.

use paymux_core::OrderNo;
use paymux_core::settlement::Settlement;
use paymux_core::transfer::{Kind, Payee, PayeeKind, Scene};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder};

use super::{NUMBER, a_text, of_chars, of_form, says, text};
use crate::api::fields::{Parsed, Reads as _, Rule, Wrong, closed, kind, members};
use crate::api::json::Json;

/// Alipay's longest; WeChat Pay takes 32. Each channel judges its own.
const MAX_TITLE_CHARS: usize = 128;
/// The longest `openid`.
const MAX_IDENTITY: usize = 128;
const MAX_NAME_CHARS: usize = 64;
const MAX_BANK_CHARS: usize = 64;
const MAX_SCENE_CHARS: usize = 32;
const MAX_REPORTS: usize = 8;
const MAX_REPORT_CHARS: usize = 64;

const UNKNOWN: &str = "is not a field of this request";

pub(crate) const TRANSFER_TYPE: Rule<Kind> = Rule {
    read: |value| {
        let names = "must be transfer or red_packet";
        Kind::from_name(&text(value)?).ok_or_else(|| names.into())
    },
    shape: || {
        let shape = a_text().enum_values(Some(Kind::ALL.map(Kind::name)));
        says(shape, "How the payee sees it; `transfer` where it is not said.")
    },
};

pub(crate) const TRANSFER_NO: Rule<OrderNo> = Rule {
    read: |value| {
        let number = (NUMBER.read)(value)?;
        let own = !number.as_str().starts_with(Settlement::PREFIX);
        if own { Ok(number) } else { Err("must not begin with stl_: settlements are".into()) }
    },
    shape: || {
        let shape = of_form(OrderNo::PATTERN, "A-1001");
        says(shape, "Your own number; unique among yours. Settlements have those with `stl_`.")
    },
};

pub(crate) const TITLE: Rule<String> = Rule {
    read: |value| free(value, MAX_TITLE_CHARS),
    shape: || {
        let shape = of_chars(1..=MAX_TITLE_CHARS).examples(["Commission"]);
        says(shape, "What it is for, as the payee reads it; WeChat Pay takes 32 characters.")
    },
};

const PAYEE_TYPE: Rule<PayeeKind> = Rule {
    read: |value| {
        let names = "must be openid, user_id, logon_id or bank_card";
        PayeeKind::from_name(&text(value)?).ok_or_else(|| names.into())
    },
    shape: || a_text().enum_values(Some(PayeeKind::ALL.map(PayeeKind::name))).into(),
};

const IDENTITY: Rule<String> = Rule {
    read: |value| {
        let text = text(value)?;
        let fits = (1..=MAX_IDENTITY).contains(&text.len());
        if fits && text.bytes().all(|it| it.is_ascii_graphic()) {
            return Ok(text);
        }
        Err(format!("must be 1 to {MAX_IDENTITY} characters of ASCII, without blanks").into())
    },
    shape: || {
        let pattern = format!("^[!-~]{{1,{MAX_IDENTITY}}}$");
        says(a_text().pattern(Some(pattern)), "The `openid`, the user's number, or the card's.")
    },
};

const NAME: Rule<String> = Rule {
    read: |value| free(value, MAX_NAME_CHARS),
    shape: || {
        says(of_chars(1..=MAX_NAME_CHARS), "Whose it is: compared, and wanted for larger amounts.")
    },
};

const BANK: Rule<String> = Rule {
    read: |value| free(value, MAX_BANK_CHARS),
    shape: || says(of_chars(1..=MAX_BANK_CHARS), "Of a card: its bank's name."),
};

pub(crate) const PAYEE: Rule<Payee> = Rule {
    read: payee,
    shape: || {
        let payee = closed()
            .property("type", PAYEE_TYPE.shape())
            .property("account", IDENTITY.shape())
            .property("name", NAME.shape())
            .property("bank", BANK.shape());
        let payee = ["type", "account"].into_iter().fold(payee, ObjectBuilder::required);
        says(payee, "Who is paid; which types there are depends on the channel.")
    },
};

fn payee(value: Json) -> Parsed<Payee> {
    let (mut of, mut identity, mut name, mut bank) = (None, None, None, None);
    for (member, value) in members(value)? {
        let read = match member.as_str() {
            "type" => PAYEE_TYPE.read(value).map(|it| of = Some(it)),
            "account" => IDENTITY.read(value).map(|it| identity = Some(it)),
            "name" => NAME.read(value).map(|it| name = Some(it)),
            "bank" => BANK.read(value).map(|it| bank = Some(it)),
            _ => Err(UNKNOWN.into()),
        };
        read.map_err(|it| it.under(&member))?;
    }
    let missing = |name: &str| Wrong::from("is missing").under(name);
    let kind = of.ok_or_else(|| missing("type"))?;
    Ok(Payee { kind, identity: identity.ok_or_else(|| missing("account"))?, name, bank })
}

pub(crate) const SCENE: Rule<Scene> = Rule {
    read: scene,
    shape: || {
        let report = closed()
            .property("type", REPORT.shape())
            .property("content", REPORT.shape())
            .required("type")
            .required("content");
        let reports = ArrayBuilder::new().items(report).max_items(Some(MAX_REPORTS));
        let scene = closed().property("id", SCENE_ID.shape()).property("reports", reports);
        let text = "The purpose in the channel's words. WeChat Pay wants one: \
                    [transfers](/docs/guides/transfers#scenes).";
        says(scene.required("id"), text)
    },
};

const SCENE_ID: Rule<String> = Rule {
    read: |value| free(value, MAX_SCENE_CHARS),
    shape: || of_chars(1..=MAX_SCENE_CHARS).examples(["1005"]).into(),
};

const REPORT: Rule<String> = Rule {
    read: |value| free(value, MAX_REPORT_CHARS),
    shape: || of_chars(1..=MAX_REPORT_CHARS).into(),
};

fn scene(value: Json) -> Parsed<Scene> {
    let (mut id, mut reports) = (None, vec![]);
    for (member, value) in members(value)? {
        let read = match member.as_str() {
            "id" => SCENE_ID.read(value).map(|it| id = Some(it)),
            "reports" => self::reports(value).map(|it| reports = it),
            _ => Err(UNKNOWN.into()),
        };
        read.map_err(|it| it.under(&member))?;
    }
    let id = id.ok_or_else(|| Wrong::from("is missing").under("id"))?;
    Ok(Scene { id, reports })
}

fn reports(value: Json) -> Parsed<Vec<(String, String)>> {
    let Json::List(items) = value else { return Err(kind(&value, "a list")) };
    if items.len() > MAX_REPORTS {
        return Err(format!("must have at most {MAX_REPORTS} reports").into());
    }
    let at = |(index, it): (usize, Json)| report(it).map_err(|it| it.under(&index.to_string()));
    items.into_iter().enumerate().map(at).collect()
}

fn report(value: Json) -> Parsed<(String, String)> {
    let (mut of, mut content) = (None, None);
    for (member, value) in members(value)? {
        let read = match member.as_str() {
            "type" => REPORT.read(value).map(|it| of = Some(it)),
            "content" => REPORT.read(value).map(|it| content = Some(it)),
            _ => Err(UNKNOWN.into()),
        };
        read.map_err(|it| it.under(&member))?;
    }
    let missing = |name: &str| Wrong::from("is missing").under(name);
    let of = of.ok_or_else(|| missing("type"))?;
    Ok((of, content.ok_or_else(|| missing("content"))?))
}

fn free(value: Json, max: usize) -> Parsed<String> {
    let text = text(value)?;
    let fits = (1..=max).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits && !text.trim().is_empty() {
        return Ok(text);
    }
    Err(format!("must be 1 to {max} characters, none of them a control character").into())
}
