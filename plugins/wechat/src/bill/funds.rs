//! The bill of the fund flow: what came into the account, and what left it.

use paymux_channel::bill::text::{Columns, count, yuan};
use paymux_channel::{BillEntry, BillLine, china};
use paymux_core::Money;

use super::table::{Checked, Table, Total, add_up, cells, named};

const TIME: &str = "记账时间";
const BUSINESS_NO: &str = "微信支付业务单号";
const BUSINESS: &str = "业务类型";
const WAY: &str = "收支类型";
const AMOUNT: &str = "收支金额(元)";
const NOTE: &str = "备注";
/// Our own number of what moved it.
const VOUCHER: &str = "业务凭证号";
const NEEDED: [&str; 6] = [TIME, BUSINESS_NO, BUSINESS, WAY, AMOUNT, NOTE];

#[derive(Default)]
pub(super) struct Funds {
    columns: Columns,
    free: usize,
    income: Side,
    outgo: Side,
}

#[derive(Default)]
struct Side {
    rows: u64,
    amount: i64,
}

impl Side {
    fn add(&mut self, amount: Money) -> Checked<()> {
        self.rows += 1;
        let sum = self.amount.checked_add(amount.minor());
        self.amount = sum.ok_or("the amounts are too large")?;
        Ok(())
    }

    fn is(&self, told: &str) -> bool {
        yuan(told).map(Money::minor) == Some(self.amount)
    }
}

impl Table for Funds {
    fn columns(&mut self, head: &str) -> Checked<()> {
        let columns = named(head)?;
        if !columns.has(&NEEDED) {
            return Err("a column is missing");
        }
        self.free = columns.place(&[NOTE]).ok_or("a column is missing")?;
        self.columns = columns;
        Ok(())
    }

    fn row(&mut self, line: u64, text: &str) -> Checked<BillLine> {
        let row = self.columns.row(cells(text)?, self.free).ok_or("the row lacks a cell")?;
        let at = china::read(row.text(&[TIME])).ok_or("the time does not read")?;
        let amount = yuan(row.text(&[AMOUNT])).ok_or("an amount does not read")?;
        let income = match row.text(&[WAY]) {
            "收入" => true,
            "支出" => false,
            _ => return Err("it neither came nor went"),
        };
        let side = if income { &mut self.income } else { &mut self.outgo };
        side.add(amount)?;
        let text = |name| row.text(&[name]).to_owned();
        Ok(BillLine {
            line,
            at,
            out_trade_no: text(VOUCHER),
            channel_trade_no: text(BUSINESS_NO),
            entry: BillEntry::Funds { income, amount, business: text(BUSINESS) },
            fee: None,
        })
    }

    fn totals(&mut self, names: &str, totals: &str) -> Checked<()> {
        let (income, outgo) = (&self.income, &self.outgo);
        let rows = |told: &str| count(told) == Some(income.rows + outgo.rows);
        let came = |told: &str| count(told) == Some(income.rows);
        let went = |told: &str| count(told) == Some(outgo.rows);
        let (gain, loss) = (|told: &str| income.is(told), |told: &str| outgo.is(told));
        let sums: [Total<'_>; 5] = [
            ("资金流水总笔数", &rows),
            ("收入笔数", &came),
            ("支出笔数", &went),
            ("收入金额", &gain),
            ("支出金额", &loss),
        ];
        add_up(names, totals, &sums)
    }
}
