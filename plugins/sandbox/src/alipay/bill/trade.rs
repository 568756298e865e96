//! `bill_type` trade: orders and their refunds.

use super::table::{Bill, Table, cell};
use crate::bills::{Movement, fee};
use crate::clock;
use crate::money::Fen;

const COLUMNS: &str = "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,\
    门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,\
    支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,\
    退款批次号/请求号,服务费（元）,分润（元）,备注";
const SUMMARY: &str = "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,\
    商家实收（元）,支付宝优惠（元）,商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,\
    实收净额（元）";
/// Production masks who paid.
pub(super) const PAYER: &str = "*三(159****5620)";

pub(super) fn details(bill: &Bill, moved: &[Movement]) -> String {
    let [paid, refunded] = sums(moved);
    bill.write(Table {
        title: "支付宝业务明细查询",
        list: "业务明细",
        columns: COLUMNS,
        rows: moved.iter().map(row).collect(),
        ends_after: 41,
        sums: vec![
            format!("#交易合计：{}笔，商家实收共{}元，商家优惠共0.00元", paid.0, paid.1),
            format!(
                "#退款合计：{}笔，商家实收退款共{}元，商家优惠退款共0.00元",
                refunded.0,
                minus(refunded.1)
            ),
        ],
    })
}

/// How many there are, and what they come to: payments, then refunds.
fn sums(moved: &[Movement]) -> [(usize, Fen); 2] {
    [false, true].map(|refunds| {
        let these = moved.iter().filter(|it| it.refund().is_some() == refunds);
        let amounts: Vec<_> = these.map(|it| it.amount().0).collect();
        (amounts.len(), Fen(amounts.iter().sum()))
    })
}

pub(super) fn minus(amount: Fen) -> String {
    if amount.0 == 0 { amount.to_string() } else { format!("-{amount}") }
}

fn row(it: &Movement) -> String {
    let (order, refund) = (it.order(), it.refund());
    let (name, began) = (cell(&order.subject), clock::spaced(order.created_at));
    let ended = clock::spaced(it.at());
    let (kind, number, note) = match refund {
        None => ("交易", "", String::new()),
        Some(it) => ("退款", &*it.out_refund_no, cell(it.reason.as_deref().unwrap_or_default())),
    };
    let amount = if refund.is_some() { minus(it.amount()) } else { it.amount().to_string() };
    let kept = if refund.is_some() { Fen(0).to_string() } else { minus(fee(it.amount())) };
    format!(
        "{}\t,{}\t,{kind},{name},{began},{ended},,,,,{PAYER},{amount},{amount},\
         0.00,0.00,0.00,0.00,0.00,,0.00,0.00,{number},{kept},0.00,{note}",
        order.trade_no, order.out_trade_no,
    )
}

pub(super) fn summary(bill: &Bill, moved: &[Movement]) -> String {
    let [paid, refunded] = sums(moved);
    let total = signed(paid.1.0 - refunded.1.0);
    let kept: i64 =
        moved.iter().filter(|it| it.refund().is_none()).map(|it| fee(it.amount()).0).sum();
    let (cost, net) = (minus(Fen(kept)), signed(paid.1.0 - refunded.1.0 - kept));
    let row = |shop: &str| {
        let counts = format!("{shop},,{},{}", paid.0, refunded.0);
        format!("{counts},{total},{total},0.00,0.00,0.00,{cost},0.00,{net}")
    };
    bill.write(Table {
        title: "支付宝业务汇总查询",
        list: "业务汇总",
        columns: SUMMARY,
        rows: vec![row(""), row("合计")],
        ends_after: 40,
        sums: vec![],
    })
}

fn signed(fen: i64) -> String {
    if fen < 0 { format!("-{}", Fen(-fen)) } else { Fen(fen).to_string() }
}
