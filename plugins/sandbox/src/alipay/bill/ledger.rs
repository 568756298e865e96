//! `bill_type` signcustomer: what came into the account and what left it.

use super::table::{Bill, Table, cell};
use super::trade::{PAYER, minus};
use crate::bills::{Movement, fee};
use crate::clock;
use crate::money::Fen;

const COLUMNS: &str = "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,\
    收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注";
/// What the account held before the first of the day; it has no bottom.
const BALANCE: Fen = Fen(1_000_000_000);

/// Money in or out, and what for.
struct Line<'a> {
    of: &'a Movement,
    fen: i64,
    kind: &'static str,
}

impl Line<'_> {
    fn all(moved: &[Movement]) -> Vec<Line<'_>> {
        let lines = moved.iter().flat_map(|of| {
            let amount = of.amount().0;
            let line = |fen, kind| Line { of, fen, kind };
            match of.refund() {
                None => vec![line(amount, "在线支付"), line(-fee(of.amount()).0, "收费")],
                Some(_) => vec![line(-amount, "交易退款")],
            }
        });
        lines.filter(|it| it.fen != 0).collect()
    }

    fn write(&self, place: usize, bill: &Bill, balance: Fen) -> String {
        let order = self.of.order();
        let (came, left) = (Fen(self.fen.max(0)), minus(Fen((-self.fen).max(0))));
        let payer = if self.kind == "收费" { "" } else { PAYER };
        format!(
            "{}55{place:08}\t,{}\t,{}\t,{},{},{payer},{came},{left},{balance},支付宝,{},",
            bill.day.digits(),
            order.trade_no,
            order.out_trade_no,
            cell(&order.subject),
            clock::spaced(self.of.at()),
            self.kind,
        )
    }
}

pub(super) fn details(bill: &Bill, moved: &[Movement]) -> String {
    let lines = Line::all(moved);
    let mut balance = BALANCE;
    let rows = lines.iter().enumerate().map(|(place, line)| {
        balance = balance.plus(line.fen);
        line.write(place + 1, bill, balance)
    });
    let rows = rows.collect();
    let sum = |out: bool| {
        let these = lines.iter().filter(|it| (it.fen < 0) == out);
        let fens: Vec<_> = these.map(|it| it.fen.abs()).collect();
        (fens.len(), Fen(fens.iter().sum()))
    };
    let (left, came) = (sum(true), sum(false));
    bill.write(Table {
        title: "支付宝账务明细查询",
        list: "账务明细",
        columns: COLUMNS,
        rows,
        ends_after: 40,
        sums: vec![
            format!("#支出合计：{}笔，共{}元", left.0, minus(left.1)),
            format!("#收入合计：{}笔，共{}元", came.0, came.1),
        ],
    })
}
