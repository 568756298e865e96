//! `/v3/fund-app/mch-transfer/transfer-bills`: money that waits for its payee's yes.

use http::HeaderMap;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use super::fields::{fen, known_members, notify_url, text};
use super::notify::{Event, event};
use super::sensitive::plain;
use crate::books::{Books, Channel, Transfer, TransferStatus};
use crate::clock;
use crate::crypto::{random_digits, random_hex};
use crate::money::Fen;
use crate::shared::{Shared, WechatDesk};
use crate::wechat::owner::{self, key};
use crate::wechat::refused::Refused;

/// From here on WeChat Pay wants the payee's name.
const NAMED_FROM: Fen = Fen(200_000);
const MEMBERS: [&str; 11] = [
    "appid",
    "out_bill_no",
    "transfer_scene_id",
    "openid",
    "user_name",
    "transfer_amount",
    "transfer_remark",
    "notify_url",
    "user_recv_perception",
    "transfer_scene_report_infos",
    "user_recv_style",
];
/// Each scene, and what has to be reported of it.
const SCENES: [(&str, &[&str]); 8] = [
    ("1000", &["活动名称", "奖励说明"]),
    ("1002", &["补贴类型"]),
    ("1004", &["保险产品备案编号", "保险名称", "保险操作单号"]),
    ("1005", &["岗位类型", "报酬说明"]),
    ("1009", &["采购商品名称"]),
    ("1010", &["回收商品名称"]),
    ("1011", &["赔付原因"]),
    ("1013", &["公益活动名称", "公益活动备案编号"]),
];

/// The bill, and whether it is new.
pub(super) fn create(
    books: &mut Books,
    desk: &WechatDesk,
    (headers, body): (&HeaderMap, &Value),
    now: Timestamp,
) -> Result<(Transfer, bool), Answer> {
    known_members(body, &MEMBERS)?;
    let name = plain(desk, headers, body, "/user_name")?;
    let mut asked = body.clone();
    if let Some(own) = &name {
        // A repeat is sealed anew, and is the same bill all the same.
        asked["user_name"] = json!(own);
    }
    let new = bill(books, desk, (body, name.is_some()), asked.to_string(), now)?;
    if let Some(known) = books.transfer(&new.key()) {
        let differs = || Answer::refused(400, "ALREADY_EXISTS", "商户单号已存在，但参数不一致", 0);
        return if known.asked == new.asked { Ok((known.clone(), false)) } else { Err(differs()) };
    }
    let entered = books.add_transfer(new.clone());
    if entered { Ok((new, true)) } else { Err(Answer::coded("SYSTEM_ERROR")) }
}

fn bill(
    books: &mut Books,
    desk: &WechatDesk,
    (body, named): (&Value, bool),
    asked: String,
    now: Timestamp,
) -> Result<Transfer, Answer> {
    let app = text(body, "/appid", 32)?;
    if !desk.party.binds(&app) {
        return Err(Refused::AppMismatch.into());
    }
    let amount = fen(body, "/transfer_amount")?;
    if amount >= NAMED_FROM && !named {
        return Err(Answer::field("/user_name", "转账金额大于等于2000元时必填"));
    }
    scene(body)?;
    let open_id = text(body, "/openid", 128)?;
    Ok(Transfer {
        channel: Channel::Wechat,
        number: number(body)?,
        id: random_digits(36),
        amount,
        payer: owner::payer(books, &app, Some(&open_id))?,
        payee: open_id,
        title: text(body, "/transfer_remark", 32)?,
        asked,
        product: String::new(),
        notify_url: notify_url(body)?,
        status: TransferStatus::Waiting,
        created_at: now,
        changed_at: now,
    })
}

fn number(body: &Value) -> Result<String, Answer> {
    let number = text(body, "/out_bill_no", 32)?;
    let legal = number.bytes().all(|it| it.is_ascii_alphanumeric());
    if legal { Ok(number) } else { Err(Answer::field("/out_bill_no", "商户单号格式错误")) }
}

fn scene(body: &Value) -> Result<(), Answer> {
    let id = text(body, "/transfer_scene_id", 36)?;
    let reports = body["transfer_scene_report_infos"].as_array().map_or(&[][..], Vec::as_slice);
    let told = |kind: &&str| {
        let of = |it: &&Value| it["info_type"] == **kind;
        let content = reports.iter().find(of).and_then(|it| it["info_content"].as_str());
        content.is_some_and(|it| !it.is_empty())
    };
    let (_, kinds) = SCENES
        .iter()
        .find(|(own, _)| *own == id)
        .ok_or_else(|| Answer::field("/transfer_scene_id", "转账场景不存在"))?;
    let whole = reports.len() == kinds.len() && kinds.iter().all(told);
    let wrong = || Answer::field("/transfer_scene_report_infos", "转账场景报备信息与场景不匹配");
    if whole { Ok(()) } else { Err(wrong()) }
}

/// Only this first answer hands out the package.
pub(super) fn created(it: &Transfer) -> Answer {
    let mut said = json!({
        "out_bill_no": it.number,
        "transfer_bill_no": it.id,
        "create_time": clock::rfc3339(it.created_at),
        "state": state(it.status),
    });
    if it.status == TransferStatus::Waiting {
        said["package_info"] = json!(format!("affffddafdfafddffda=={}", random_hex(16)));
    }
    Answer::ok(said)
}

pub(super) enum Named<'a> {
    Number(&'a str),
    Id(&'a str),
}

pub(super) fn query(
    books: &Books,
    desk: &WechatDesk,
    named: &Named<'_>,
    skew: i64,
) -> Result<Answer, Answer> {
    let found = match named {
        Named::Number(number) => books.transfer(&key(number)),
        Named::Id(id) => books.transfer_of_id(Channel::Wechat, id),
    };
    Ok(Answer::ok(told(desk, found.ok_or_else(unknown)?, skew)))
}

fn unknown() -> Answer {
    Answer::refused(404, "NOT_FOUND", "记录不存在", 0)
}

/// Answers to questions and notifications say the same.
fn told(desk: &WechatDesk, it: &Transfer, skew: i64) -> Value {
    let mut said = json!({
        "mch_id": desk.party.mch_id,
        "out_bill_no": it.number,
        "transfer_bill_no": it.id,
        "appid": desk.party.app_id,
        "state": state(it.status),
        "transfer_amount": it.amount.plus(skew).0,
        "transfer_remark": it.title,
        "openid": it.payee,
        "create_time": clock::rfc3339(it.created_at),
        "update_time": clock::rfc3339(it.changed_at),
    });
    if let Some(reason) = fail_reason(it.status) {
        said["fail_reason"] = json!(reason);
    }
    said
}

fn fail_reason(status: TransferStatus) -> Option<&'static str> {
    match status {
        TransferStatus::Failed => Some("MERCHANT_NOT_CONFIRM"),
        TransferStatus::Cancelled => Some("MCH_CANCEL"),
        TransferStatus::Waiting
        | TransferStatus::Processing
        | TransferStatus::Cancelling
        | TransferStatus::Success
        | TransferStatus::Returned => None,
    }
}

fn state(status: TransferStatus) -> &'static str {
    match status {
        TransferStatus::Waiting => "WAIT_USER_CONFIRM",
        TransferStatus::Processing => "TRANSFERING",
        TransferStatus::Cancelling => "CANCELING",
        TransferStatus::Success => "SUCCESS",
        TransferStatus::Failed | TransferStatus::Returned => "FAIL",
        TransferStatus::Cancelled => "CANCELLED",
    }
}

/// Taken on, and done later. A repeat says the same.
pub(super) fn cancel(
    books: &mut Books,
    number: &str,
    now: Timestamp,
) -> Result<(Answer, bool), Answer> {
    let key = key(number);
    let status = books.transfer(&key).ok_or_else(unknown)?.status;
    let again = matches!(status, TransferStatus::Cancelling | TransferStatus::Cancelled);
    let changed = books.change_transfer(&key, TransferStatus::Cancelling, now).is_some();
    if !changed && !again {
        let text = "单据当前状态不支持撤销";
        return Err(Answer::refused(400, "INVALID_REQUEST", text, 0));
    }
    let it = books.transfer(&key).ok_or_else(unknown)?;
    let answer = Answer::ok(json!({
        "out_bill_no": it.number,
        "transfer_bill_no": it.id,
        "state": state(it.status),
        "update_time": clock::rfc3339(it.changed_at),
    }));
    Ok((answer, changed))
}

pub(in crate::wechat) fn transferred(shared: &Shared, it: &Transfer, skew: i64) -> Event {
    let said = told(&shared.wechat, it, skew);
    event("MCHTRANSFER.BILL.FINISHED", "mch_payment", "商家转账单据终态通知", &said)
}
