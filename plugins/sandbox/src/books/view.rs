//! How an order looks to the control API and to tests.

use serde::{Deserialize, Serialize};

use super::{Channel, Order, Product, Refund, RefundStatus, Status};

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OrderView {
    pub channel: Channel,
    pub product: Product,
    pub out_trade_no: String,
    pub trade_no: String,
    pub token: String,
    /// Who pays, as the sandbox names its payers.
    pub payer: String,
    pub subject: String,
    pub total_fen: i64,
    pub status: Status,
    pub paid_fen: i64,
    pub refunded_fen: i64,
    /// Paid after it had been closed or had expired.
    pub late: bool,
    /// The merchant took it back.
    pub reversed: bool,
    /// The payer refused to confirm.
    pub declined: bool,
    pub notify_url: Option<String>,
    pub created_at: String,
    pub paid_at: Option<String>,
    pub closed_at: Option<String>,
    pub expires_at: Option<String>,
    pub refunds: Vec<RefundView>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RefundView {
    pub out_refund_no: String,
    pub refund_id: String,
    pub amount_fen: i64,
    pub status: RefundStatus,
    pub created_at: String,
    pub finished_at: Option<String>,
}

impl From<&Order> for OrderView {
    fn from(order: &Order) -> Self {
        let done = |refund: &&RefundView| refund.status == RefundStatus::Success;
        let refunds: Vec<_> = order.refunds.iter().map(RefundView::from).collect();
        Self {
            channel: order.channel,
            product: order.product,
            out_trade_no: order.out_trade_no.clone(),
            trade_no: order.trade_no.clone(),
            token: order.token.clone(),
            payer: order.payer.clone(),
            subject: order.subject.clone(),
            total_fen: order.total.0,
            status: order.status,
            paid_fen: order.paid_at.map_or(0, |_| order.total.0),
            refunded_fen: refunds.iter().filter(done).map(|refund| refund.amount_fen).sum(),
            late: order.late,
            reversed: order.reversed,
            declined: order.declined,
            notify_url: order.notify_url.clone(),
            created_at: order.created_at.to_string(),
            paid_at: order.paid_at.map(|at| at.to_string()),
            closed_at: order.closed_at.map(|at| at.to_string()),
            expires_at: order.expires_at.map(|at| at.to_string()),
            refunds,
        }
    }
}

impl From<&Refund> for RefundView {
    fn from(refund: &Refund) -> Self {
        Self {
            out_refund_no: refund.out_refund_no.clone(),
            refund_id: refund.refund_id.clone(),
            amount_fen: refund.amount.0,
            status: refund.status,
            created_at: refund.created_at.to_string(),
            finished_at: refund.finished_at.map(|at| at.to_string()),
        }
    }
}
