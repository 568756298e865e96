//! One event in the timeline: facts without secrets and without the payer's code.

use paymux_core::payment::{CloseReason, Event, PartNo};
use paymux_core::refund::RefundFact;
use paymux_core::split::Fact;
use serde_json::{Value, json};

use super::time;

pub fn detail(event: &Event) -> Value {
    match event {
        Event::Offered => json!({}),
        Event::Dispatched { attempt, account, way, .. } => json!({
            "out_trade_no": attempt.to_string(),
            "account": account.as_str(),
            "method": way.method.name(),
        }),
        Event::Resent { attempt }
        | Event::Accepted { attempt, .. }
        | Event::Unsent { attempt }
        | Event::Reversing { attempt }
        | Event::Returned { attempt, .. }
        | Event::Superseded { attempt }
        | Event::Closed { attempt } => json!({ "out_trade_no": attempt.to_string() }),
        Event::Refused { attempt, refusal } => json!({
            "out_trade_no": attempt.to_string(), "code": refusal.code, "message": refusal.message
        }),
        Event::Paid { attempt, receipt } | Event::StillPaid { attempt, receipt, .. } => json!({
            "out_trade_no": attempt.to_string(),
            "channel_trade_no": receipt.channel_trade_no,
            "amount": receipt.amount.minor(),
            "paid_at": time(receipt.paid_at),
        }),
        Event::CloseRequested { reason } => json!({ "reason": close_reason(*reason) }),
        Event::RefundRequested { refund_no, amount, part, .. } => {
            let (refund_no, amount) = (refund_no.as_str(), amount.minor());
            match part.map(PartNo::number) {
                Some(part) => json!({ "refund_no": refund_no, "amount": amount, "part": part }),
                None => json!({ "refund_no": refund_no, "amount": amount }),
            }
        }
        Event::RefundRetried { refund, .. }
        | Event::RefundResent { refund }
        | Event::RefundUnsent { refund } => json!({ "refund_id": refund.to_string() }),
        Event::Refund { number, fact } => json!({
            "refund_id": number.refund.to_string(), "out_refund_no": number.out_refund_no(),
            "code": refund_code(fact),
        }),
        Event::SplitRequested(new) => json!({
            "split_no": new.split_no.as_str(), "type": new.kind.name(),
            "amounts": new.lines.iter().map(|it| it.amount.minor()).collect::<Vec<_>>(),
        }),
        Event::SplitResent { split } | Event::SplitUnsent { split } => {
            json!({ "split_id": split.to_string() })
        }
        Event::Split { split, fact } => json!({
            "split_id": split.to_string(), "out_order_no": split.out_order_no(),
            "code": split_code(fact),
        }),
    }
}

fn close_reason(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Merchant => "merchant",
        CloseReason::Expired => "expired",
        CloseReason::Channel => "channel",
    }
}

fn refund_code(fact: &RefundFact) -> Option<&str> {
    match fact {
        RefundFact::Accepted { .. } | RefundFact::Succeeded { .. } => None,
        RefundFact::Refused(refusal)
        | RefundFact::Closed(refusal)
        | RefundFact::Abnormal(refusal) => Some(&refusal.code),
    }
}

fn split_code(fact: &Fact) -> Option<&str> {
    match fact {
        Fact::Accepted { .. } | Fact::Progress { .. } => None,
        Fact::Refused(refusal) | Fact::Stuck(refusal) | Fact::Closed(refusal) => {
            Some(&refusal.code)
        }
    }
}
