//! The bill of the fund flow: what came into the account and what left it.

use super::{row, sum};
use crate::bills::{Movement, fee};
use crate::clock;
use crate::money::Fen;

const COLUMNS: &str = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,\
    收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号";
const TOTALS: &str = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额";
/// What the account held before the first of the day; it has no bottom.
const BALANCE: Fen = Fen(1_000_000_000);

struct Line<'a> {
    of: &'a Movement,
    amount: Fen,
    income: bool,
    kind: &'static str,
}

impl Line<'_> {
    fn all(moved: &[Movement]) -> Vec<Line<'_>> {
        let lines = moved.iter().flat_map(|of| {
            let line = |amount, income, kind| Line { of, amount, income, kind };
            let (amount, cost) = (of.amount(), fee(of.amount()));
            match of.refund() {
                None => vec![line(amount, true, "交易"), line(cost, false, "扣除交易手续费")],
                Some(_) => vec![line(amount, false, "退款")],
            }
        });
        lines.filter(|it| it.amount.0 > 0).collect()
    }

    fn change(&self) -> i64 {
        if self.income { self.amount.0 } else { -self.amount.0 }
    }

    fn write(&self, mch_id: &str, place: usize, balance: Fen) -> String {
        let (order, refund) = (self.of.order(), self.of.refund());
        let at = self.of.at();
        let amount = self.amount.to_string();
        let (business, receipt) = refund.map_or((&order.trade_no, &order.out_trade_no), |it| {
            (&it.refund_id, &it.out_refund_no)
        });
        let note = match refund {
            Some(_) => format!("退款总金额{amount}元;含手续费0.00元"),
            None if self.income => format!("结算总金额 {amount} 元;"),
            None => self.kind.to_owned(),
        };
        row([
            &*clock::spaced(at),
            business,
            &format!("{mch_id}{}{place:010}", clock::compact_day(at)),
            self.kind,
            self.kind,
            if self.income { "收入" } else { "支出" },
            &amount,
            &balance.to_string(),
            if refund.is_some() { "API" } else { "system" },
            &note,
            receipt,
        ])
    }
}

pub(super) fn lines(mch_id: &str, moved: &[Movement]) -> Vec<String> {
    let flow = Line::all(moved);
    let mut lines = vec![COLUMNS.to_owned()];
    let mut balance = BALANCE;
    for (place, line) in flow.iter().enumerate() {
        balance = balance.plus(line.change());
        lines.push(line.write(mch_id, place + 1, balance));
    }
    lines.push(TOTALS.to_owned());
    lines.push(row(totals(&flow)));
    lines
}

fn totals(flow: &[Line<'_>]) -> Vec<String> {
    let mut cells = vec![format!("{}.0", flow.len())];
    for income in [true, false] {
        let these: Vec<_> = flow.iter().filter(|it| it.income == income).collect();
        cells.push(format!("{}.0", these.len()));
        cells.push(sum(these.iter().map(|it| it.amount)).to_string());
    }
    cells
}
