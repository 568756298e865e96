//! `/pay/downloadbill`: the bill itself, or a refusal that has a number instead of a code.

use jiff::Timestamp;

use super::answer::Answer;
use super::request::Request;
use crate::bills::{Day, archive};
use crate::shared::Shared;
use crate::wechat::bill::{Asked, Kind, text};

pub(super) fn download(
    shared: &Shared,
    request: &Request,
    now: Timestamp,
) -> Result<Answer, Answer> {
    let day = request.raw("bill_date").and_then(Day::compact);
    let day = day.ok_or_else(|| Answer::failed("data format error"))?;
    let kind = Kind::of_trades(request.raw("bill_type").unwrap_or("ALL"));
    let kind = kind.ok_or_else(|| Answer::failed("invalid bill_type"))?;
    let asked = Asked { kind, day, sub_mch_id: request.owner.sub_mch_id.as_deref() };
    let text = text(shared, &asked, now);
    let text = text.ok_or(Answer::NoBill)?;
    let packed = request.raw("tar_type") == Some("GZIP");
    let bytes = if packed { archive::gzip(text.as_bytes()) } else { text.into_bytes() };
    Ok(Answer::File(shared.bills().cut(day, bytes)))
}
