//! `alipay.data.dataservice.bill.downloadurl.query`, and the address that it gives for a moment.

mod ledger;
mod table;
mod trade;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use serde::Deserialize;

use self::table::Bill;
use super::answer::Node;
use super::request::Call;
use super::terms::note;
use crate::bills::{Day, Movement, archive};
use crate::books::{Channel, RefundStatus};
use crate::clock;
use crate::exchange::plain;
use crate::shared::Shared;

/// "About nine" in the morning after.
const MADE_AFTER: Duration = Duration::from_hours(9);
const ADDRESS_LIFE: Duration = Duration::from_secs(30);
/// Behind a merchant's number in the names of its bills.
const ACCOUNT: &str = "0156";

#[derive(Clone, Copy)]
enum Kind {
    Trade,
    Ledger,
}

impl Kind {
    fn of_word(word: &str) -> Option<Self> {
        match word {
            "trade" => Some(Self::Trade),
            "signcustomer" => Some(Self::Ledger),
            _ => None,
        }
    }
}

pub(super) fn address(shared: &Shared, call: &Call, now: Timestamp) -> Node {
    let day = call.biz.text("bill_date").as_deref().and_then(Day::dashed);
    let (Some(day), Some(word)) = (day, call.biz.text("bill_type")) else {
        return Node::failed("INVAILID_ARGUMENTS", "入参不合法");
    };
    let Some(kind) = Kind::of_word(&word) else {
        return Node::failed("TYPE_NOT_SUPPORTED", "账单类型不支持");
    };
    let bill = Bill { account: format!("{}{ACCOUNT}", call.seller_id), day, made_at: now };
    match movements(shared, call, day, now) {
        moved if moved.is_empty() => Node::failed("isp.bill_not_exist", "账单不存在"),
        moved => {
            let bytes = shared.bills().cut(day, archived(kind, &bill, &moved));
            offered(shared, &word, &bill, bytes)
        }
    }
}

/// Nothing, while the day's bill is not made.
fn movements(shared: &Shared, call: &Call, day: Day, now: Timestamp) -> Vec<Movement> {
    if !shared.bills().is_ready(day, MADE_AFTER, now) {
        return vec![];
    }
    let seller = Some(&call.seller_id);
    let own = shared.bills().told(&shared.books(), Channel::Alipay, day, |order| {
        order.notes.get(note::SELLER) == seller
    });
    let moved = |it: &Movement| it.refund().is_none_or(|it| it.status == RefundStatus::Success);
    own.into_iter().filter(moved).collect()
}

fn archived(kind: Kind, bill: &Bill, moved: &[Movement]) -> Vec<u8> {
    let files = match kind {
        Kind::Trade => {
            let name = ("业务明细", trade::details(bill, moved));
            vec![name, ("业务明细(汇总)", trade::summary(bill, moved))]
        }
        Kind::Ledger => vec![("账务明细", ledger::details(bill, moved))],
    };
    let entry = |(name, text): (&str, String)| {
        let name = format!("{}_{}_{name}.csv", bill.account, bill.day.digits());
        (gbk(&name), gbk(&text))
    };
    archive::zip(&files.into_iter().map(entry).collect::<Vec<_>>())
}

fn gbk(text: &str) -> Vec<u8> {
    encoding_rs::GBK.encode(text).0.into_owned()
}

fn offered(shared: &Shared, word: &str, bill: &Bill, bytes: Vec<u8>) -> Node {
    let (account, day) = (&bill.account, bill.day.digits());
    let name = format!("{account}_{day}.csv.zip");
    let token = shared.bills().offer(name.clone(), bytes, (ADDRESS_LIFE, bill.made_at));
    let root = &shared.public_url;
    let url = format!(
        "{root}/alipay/downloadBillFile.resource?bizType={word}&userId={account}\
         &fileType=csv.zip&bizDates={day}&downloadFileName={name}&fileId={token}"
    );
    Node::success().with("bill_download_url", url)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wish {
    file_id: String,
}

pub(super) async fn download(
    State(shared): State<Arc<Shared>>,
    Query(wish): Query<Wish>,
) -> Response {
    let Some(file) = shared.bills().file(&wish.file_id, clock::now()) else {
        return plain(StatusCode::FORBIDDEN, "text/html", "<html>expired</html>".to_owned());
    };
    let mut response = Response::new(Body::from(file.bytes));
    let shown = format!("attachment; filename={}", file.name);
    let shown = HeaderValue::from_str(&shown).expect("a bill's name is digits");
    let kind = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response.headers_mut().insert(header::CONTENT_DISPOSITION, shown);
    response
}
