//! `GET /v3/bill/tradebill`, `/v3/bill/fundflowbill`, and the file that their address leads to.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, header};
use jiff::Timestamp;
use serde_json::json;
use sha1::{Digest as _, Sha1};

use super::answer::Answer;
use crate::bills::{BillFault, Day, archive};
use crate::shared::Shared;
use crate::wechat::bill::{Asked, Kind, text};

const ADDRESS_LIFE: Duration = Duration::from_mins(5);

type Wish = BTreeMap<String, String>;

fn wish(query: &str) -> Wish {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

pub(super) fn trades(shared: &Shared, query: &str, now: Timestamp) -> Result<Answer, Answer> {
    let wish = wish(query);
    let word = wish.get("bill_type").map_or("ALL", String::as_str);
    let kind = Kind::of_trades(word).ok_or_else(|| Answer::parameter("bill_type不合法"))?;
    address(shared, &wish, kind, now)
}

pub(super) fn flow(shared: &Shared, query: &str, now: Timestamp) -> Result<Answer, Answer> {
    let wish = wish(query);
    let word = wish.get("account_type").map_or("BASIC", String::as_str);
    let kind = Kind::of_flow(word).ok_or_else(|| Answer::parameter("account_type不合法"))?;
    address(shared, &wish, kind, now)
}

/// The hash is the file's before it was packed.
fn address(shared: &Shared, wish: &Wish, kind: Kind, now: Timestamp) -> Result<Answer, Answer> {
    let day = wish.get("bill_date").and_then(|text| Day::dashed(text));
    let day = day.ok_or_else(|| Answer::parameter("bill_date不合法"))?;
    let packed = match wish.get("tar_type").map(String::as_str) {
        None => false,
        Some("GZIP") => true,
        Some(_) => return Err(Answer::parameter("tar_type不合法")),
    };
    let asked = Asked { kind, day, sub_mch_id: wish.get("sub_mchid").map(String::as_str) };
    let text = text(shared, &asked, now)
        .ok_or_else(|| Answer::refused(400, "NO_STATEMENT_EXIST", "账单文件不存在", 0))?;
    let wrong = shared.bills().has(day, BillFault::WrongHash);
    let hashed = if wrong { &[] } else { text.as_bytes() };
    let hash = hex::encode(Sha1::digest(hashed));
    let bytes = if packed { archive::gzip(text.as_bytes()) } else { text.into_bytes() };
    let bytes = shared.bills().cut(day, bytes);
    let token = shared.bills().offer(day.digits(), bytes, (ADDRESS_LIFE, now));
    let root = &shared.public_url;
    let mut url = format!("{root}/wechat/v3/billdownload/file?token={token}");
    url.push_str(if packed { "&tartype=gzip" } else { "" });
    Ok(Answer::ok(json!({ "hash_type": "SHA1", "hash_value": hash, "download_url": url })))
}

/// Asked for with a signature, answered without one.
pub(super) fn file(shared: &Shared, query: &str, now: Timestamp) -> Result<Response, Answer> {
    let wish = wish(query);
    let token = wish.get("token").map(String::as_str).unwrap_or_default();
    let file = shared.bills().file(token, now);
    let bytes = file.ok_or_else(|| Answer::not_found("文件不存在或已过期"))?.bytes;
    let mut response = Response::new(Body::from(bytes));
    let kind = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}
