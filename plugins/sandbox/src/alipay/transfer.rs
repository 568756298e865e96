//! `alipay.fund.trans.uni.transfer`, `alipay.fund.trans.common.query`, and what is told of the end.

use jiff::Timestamp;
use serde_json::Value;

use super::answer::Node;
use super::codes::{Listed, refused};
use super::create::is_user_id;
use super::notify::Form;
use super::request::Call;
use crate::books::{Books, Channel, Key, Transfer, TransferStatus};
use crate::clock;
use crate::crypto::random_digits;
use crate::money::Fen;
use crate::shared::Shared;

/// What a transfer is refused with, the first at one fen.
pub(super) const TRANSFER: &[Listed] = &[
    ("SYSTEM_ERROR", "系统繁忙"),
    ("PAYER_BALANCE_NOT_ENOUGH", "付款方余额不足"),
    ("PAYEE_NOT_EXIST", "收款账号不存在"),
    ("PAYEE_USERINFO_ERROR", "支付宝账号和姓名不匹配"),
    ("PAYMENT_INFO_INCONSISTENCY", "两次请求商户单号一样，但是参数不一致"),
    ("INVALID_PARAMETER", "参数有误"),
    ("REQUEST_PROCESSING", "系统处理中"),
    ("TRANS_ORDER_DEALING", "转账处理中"),
    ("BANK_RESPONSE_ERROR", "支付渠道返回超时"),
    ("NO_ACCOUNT_RECEIVE_PERMISSION", "不支持的账户类型"),
    ("SECURITY_CHECK_FAILED", "安全检查失败"),
    ("PRODUCT_NOT_SIGN", "产品未签约"),
    ("CARD_BIN_ERROR", "收款人银行卡识别异常"),
    ("INVALID_CARDNO", "无效的支付宝账户类型卡号"),
];
pub(super) const QUERY: &[Listed] = &[
    ("SYSTEM_ERROR", "系统繁忙"),
    ("ORDER_NOT_EXIST", "转账订单不存在"),
    ("INVALID_PARAMETER", "参数有误"),
];

const CARD: &str = "TRANS_BANKCARD_NO_PWD";
const PACKET: &str = "STD_RED_PACKET";
const PRODUCTS: [&str; 3] = ["TRANS_ACCOUNT_NO_PWD", PACKET, CARD];
const SCENE: &str = "DIRECT_TRANSFER";
const LEAST: Fen = Fen(10);
const MAX_TITLE: usize = 128;

/// The answer, and the transfer where it is new.
pub(super) type Transferred = (Node, Option<Box<Transfer>>);

pub(super) fn key(call: &Call) -> Option<Key> {
    call.biz.text("out_biz_no").map(|number| (Channel::Alipay, number))
}

pub(super) fn transfer(books: &mut Books, call: &Call, now: Timestamp) -> Transferred {
    let Some(key) = key(call) else { return (refused("INVALID_PARAMETER"), None) };
    if let Some(known) = books.transfer(&key) {
        let same = known.asked == call.biz.whole();
        let node = if same { answered(known) } else { refused("PAYMENT_INFO_INCONSISTENCY") };
        return (node, None);
    }
    match asked(books, call, key.1, now) {
        Err(sub_code) => (refused(sub_code), None),
        Ok(new) if books.add_transfer(new.clone()) => (answered(&new), Some(Box::new(new))),
        Ok(_) => (refused("SYSTEM_ERROR"), None),
    }
}

fn asked(
    books: &mut Books,
    call: &Call,
    number: String,
    now: Timestamp,
) -> Result<Transfer, &'static str> {
    let biz = &call.biz;
    let wrong = "INVALID_PARAMETER";
    let product = biz.text("product_code").filter(|it| PRODUCTS.contains(&&**it)).ok_or(wrong)?;
    let amount = biz.yuan("trans_amount").filter(|it| *it >= LEAST || product == PACKET);
    let title = biz.text("order_title").filter(|it| it.chars().count() <= MAX_TITLE);
    if biz.text("biz_scene").as_deref() != Some(SCENE) || number.len() > 64 {
        return Err(wrong);
    }
    let payee = biz.value("payee_info").ok_or(wrong)?;
    let payer = payer(books, call, payee, &product)?;
    let status = if product == CARD { TransferStatus::Processing } else { TransferStatus::Success };
    Ok(Transfer {
        channel: Channel::Alipay,
        number,
        id: random_digits(32),
        amount: amount.ok_or(wrong)?,
        payee: member(payee, "identity").unwrap_or_default(),
        payer,
        title: title.ok_or(wrong)?,
        asked: biz.whole(),
        product,
        notify_url: None,
        status,
        created_at: now,
        changed_at: now,
    })
}

fn member(of: &Value, name: &str) -> Option<String> {
    of.get(name).and_then(Value::as_str).filter(|it| !it.is_empty()).map(str::to_owned)
}

/// Whose wallet it is. Log-ins and cards belong to nobody here, and need a name.
fn payer(
    books: &mut Books,
    call: &Call,
    payee: &Value,
    product: &str,
) -> Result<Option<String>, &'static str> {
    let identity = member(payee, "identity").ok_or("INVALID_PARAMETER")?;
    let named = member(payee, "name").is_some();
    let unknown = "PAYEE_NOT_EXIST";
    match member(payee, "identity_type").as_deref() {
        Some("ALIPAY_USER_ID") if product != CARD => {
            if is_user_id(&identity) {
                Ok(Some(identity))
            } else {
                Err(unknown)
            }
        }
        Some("ALIPAY_OPEN_ID") if product != CARD => {
            let app = call.param("app_id").unwrap_or_default();
            books.payers.by_open_id(Channel::Alipay, app, &identity).map(Some).ok_or(unknown)
        }
        Some("ALIPAY_LOGON_ID") if product != CARD && named => Ok(None),
        Some("BANKCARD_ACCOUNT") if product == CARD && named => Ok(None),
        _ => Err("INVALID_PARAMETER"),
    }
}

fn answered(it: &Transfer) -> Node {
    Node::success()
        .with("order_id", it.id.clone())
        .with("out_biz_no", it.number.clone())
        .with("status", status(it.status))
        .with("trans_date", clock::spaced(it.created_at))
}

/// By the merchant's number together with its product, or by Alipay's own.
pub(super) fn query(books: &Books, call: &Call, skew: i64) -> Node {
    let biz = &call.biz;
    let found = match (biz.text("order_id"), key(call)) {
        (Some(id), _) => books.transfer_of_id(Channel::Alipay, &id),
        (None, Some(key)) => {
            let own = |it: &&Transfer| Some(&it.product) == biz.text("product_code").as_ref();
            books.transfer(&key).filter(own)
        }
        (None, None) => return refused("INVALID_PARAMETER"),
    };
    match found {
        Some(it) => told(it, skew)
            .into_iter()
            .fold(Node::success(), |node, (name, value)| node.with(name, value)),
        None => refused("ORDER_NOT_EXIST"),
    }
}

/// Answers to questions and notifications say the same.
fn told(it: &Transfer, skew: i64) -> Vec<(&'static str, String)> {
    let mut told = vec![
        ("order_id", it.id.clone()),
        ("out_biz_no", it.number.clone()),
        ("status", status(it.status).to_owned()),
        ("trans_amount", it.amount.plus(skew).to_string()),
    ];
    if it.status == TransferStatus::Success {
        told.push(("pay_date", clock::spaced(it.changed_at)));
    }
    if matches!(it.status, TransferStatus::Failed | TransferStatus::Returned) {
        told.push(("error_code", "INVALID_CARDNO".to_owned()));
        told.push(("fail_reason", "收款账户信息有误".to_owned()));
    }
    told
}

fn status(status: TransferStatus) -> &'static str {
    match status {
        TransferStatus::Waiting | TransferStatus::Processing | TransferStatus::Cancelling => {
            "DEALING"
        }
        TransferStatus::Success => "SUCCESS",
        TransferStatus::Failed | TransferStatus::Cancelled => "FAIL",
        TransferStatus::Returned => "REFUND",
    }
}

/// To the application's own address: `alipay.fund.trans.order.changed`.
pub(crate) fn transferred(shared: &Shared, it: &Transfer, skew: i64) -> Form {
    let now = clock::now();
    let content = told(it, skew).into_iter().map(|(name, value)| (name, Value::from(value)));
    let content: serde_json::Map<_, _> = content.map(|(name, it)| (name.to_owned(), it)).collect();
    let app_id = shared.alipay.party.app_id.clone();
    let fields = [
        ("notify_id", format!("{}00222{}", clock::compact_day(now), random_digits(21))),
        ("msg_method", "alipay.fund.trans.order.changed".to_owned()),
        ("utc_timestamp", now.as_millisecond().to_string()),
        ("version", "1.1".to_owned()),
        ("charset", "utf-8".to_owned()),
        ("sign_type", "RSA2".to_owned()),
        ("auth_app_id", app_id.clone()),
        ("app_id", app_id),
        ("biz_content", Value::Object(content).to_string()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
