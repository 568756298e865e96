//! How refunds end, decided before they are asked for or while they are in process.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::reply::{Desk, ok, read, refused};
use crate::books::{Channel, RefundStatus};
use crate::fault::{FaultKind, FaultRule, Operation};

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Abnormal,
    Closed,
    NotEnough,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    outcome: Outcome,
    channel: Option<Channel>,
    out_trade_no: Option<String>,
    times: Option<u32>,
}

/// The next refunds end so: a fault of the operation `refund`, in fewer words.
pub(super) async fn decide(State(shared): Desk, request: Request) -> Response {
    let decision: Decision = match read(request).await {
        Ok(decision) => decision,
        Err(refused) => return refused,
    };
    let kind = match decision.outcome {
        Outcome::Abnormal => FaultKind::RefundAbnormal,
        Outcome::Closed => FaultKind::RefundClosed,
        Outcome::NotEnough => FaultKind::NotEnough,
    };
    let mut rule = FaultRule::once(Operation::Refund, kind);
    rule.channel = decision.channel;
    rule.out_trade_no = decision.out_trade_no;
    rule.times = decision.times;
    let armed = shared.faults().arm(rule);
    match armed {
        Ok(()) => ok(&shared.faults().views()),
        Err(error) => refused(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ending {
    status: RefundStatus,
}

pub(super) async fn finish(
    State(shared): Desk,
    Path(out_refund_no): Path<String>,
    request: Request,
) -> Response {
    let ending: Ending = match read(request).await {
        Ok(ending) => ending,
        Err(refused) => return refused,
    };
    if ending.status == RefundStatus::Processing {
        return refused(StatusCode::BAD_REQUEST, "success, closed or abnormal");
    }
    if shared.finish_refund_by_number(&out_refund_no, ending.status) {
        ok(&json!({ "finished": out_refund_no }))
    } else {
        refused(StatusCode::NOT_FOUND, "no such refund in process")
    }
}
