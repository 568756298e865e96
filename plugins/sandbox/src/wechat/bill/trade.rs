//! The bill of trades: payments and refunds, in one table or each alone.

use super::{Kind, row, sum};
use crate::bills::{Movement, fee};
use crate::books::{Refund, RefundStatus};
use crate::clock;
use crate::money::Fen;
use crate::wechat::owner::Owner;
use crate::wechat::state::trade_type;

const ORDER: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,\
    交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额";
const REFUND_TIMES: &str = "退款申请时间,退款成功时间";
const REFUND: &str = "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态";
const GOODS: &str = "商品名称,商户数据包,手续费,费率,订单金额";
const TOTALS: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";

pub(super) fn lines(kind: Kind, mch_id: &str, moved: &[Movement]) -> Vec<String> {
    let mut lines = vec![columns(kind)];
    lines.extend(moved.iter().map(|it| row(cells(kind, mch_id, it))));
    lines.push(TOTALS.to_owned());
    lines.push(row(totals(moved)));
    lines
}

fn columns(kind: Kind) -> String {
    let applied = "申请退款金额";
    let parts = match kind {
        Kind::Success => vec![ORDER, GOODS],
        Kind::Refund => vec![ORDER, REFUND_TIMES, REFUND, GOODS, applied],
        Kind::All | Kind::Flow | Kind::Still => vec![ORDER, REFUND, GOODS, applied],
    };
    format!("{},费率备注", parts.join(","))
}

fn totals(moved: &[Movement]) -> [String; 7] {
    let paid = || moved.iter().filter(|it| it.refund().is_none()).map(Movement::amount);
    let back = sum(moved.iter().filter(|it| it.refund().is_some()).map(Movement::amount));
    let total = sum(paid()).to_string();
    let count = format!("{}.0", moved.len());
    let kept = sum(paid().map(fee)).to_string();
    [count, total.clone(), back.to_string(), "0.0".to_owned(), kept, total, back.to_string()]
}

fn cells(kind: Kind, mch_id: &str, it: &Movement) -> Vec<String> {
    let mut cells = order(mch_id, it);
    if kind == Kind::Refund {
        cells.extend(times(it));
    }
    if kind != Kind::Success {
        cells.extend(refund(it.refund()));
    }
    cells.extend(goods(it));
    if kind != Kind::Success {
        cells.push(it.refund().map_or(Fen(0), |it| it.amount).to_string());
    }
    cells.push(String::new());
    cells
}

fn order(mch_id: &str, it: &Movement) -> Vec<String> {
    let order = it.order();
    let sub = Owner::of(order).sub_mch_id.unwrap_or_else(|| "0".to_owned());
    let state = match it {
        Movement::Paid(..) => "SUCCESS",
        Movement::Refunded(order, _) if order.reversed => "REVOKED",
        Movement::Refunded(..) => "REFUND",
    };
    [
        &*clock::spaced(it.at()),
        &order.app_id,
        mch_id,
        &sub,
        order.body.as_deref().unwrap_or_default(),
        &order.trade_no,
        &order.out_trade_no,
        &order.buyer,
        trade_type(order),
        state,
        "OTHERS",
        "CNY",
        &settled(it).to_string(),
        "0.00",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Of a payment; in the row of a refund the order counts nothing.
fn settled(it: &Movement) -> Fen {
    if it.refund().is_some() { Fen(0) } else { it.amount() }
}

fn times(it: &Movement) -> [String; 2] {
    let refund = it.refund();
    let began = refund.map(|it| clock::spaced(it.created_at)).unwrap_or_default();
    let ended = refund.and_then(|it| it.finished_at).map(clock::spaced).unwrap_or_default();
    [began, ended]
}

fn refund(refund: Option<&Refund>) -> [String; 6] {
    let Some(it) = refund else { return ["0", "0", "0.00", "0.00", "", ""].map(str::to_owned) };
    let status = match it.status {
        RefundStatus::Processing => "PROCESSING",
        RefundStatus::Success => "SUCCESS",
        RefundStatus::Closed => "CLOSED",
        RefundStatus::Abnormal => "CHANGE",
    };
    let amount = it.amount.to_string();
    [&*it.refund_id, &it.out_refund_no, &amount, "0.00", "ORIGINAL", status].map(str::to_owned)
}

fn goods(it: &Movement) -> [String; 5] {
    let order = it.order();
    let kept = format!("{}000", fee(settled(it)));
    let attach = order.attach.clone().unwrap_or_default();
    [order.subject.clone(), attach, kept, "0.60%".to_owned(), settled(it).to_string()]
}
