//! The bill of the account: what came into it, and what left it.

use paymux_channel::bill::text::{Row, yuan};
use paymux_channel::{BillEntry, BillLine, china};

use super::table::{Checked, Sum, Table};

const BUSINESS_NO: &str = "业务流水号";
const OUT_TRADE_NO: &str = "商户订单号";
const GOODS: &str = "商品名称";
const AT: &str = "发生时间";
const INCOME: &str = "收入金额（+元）";
const OUTGO: &str = "支出金额（-元）";
const BUSINESS: &str = "业务类型";
const NOTE: &str = "备注";
const NEEDED: &[&str] = &[BUSINESS_NO, OUT_TRADE_NO, GOODS, AT, INCOME, OUTGO, BUSINESS];

#[derive(Default)]
pub(super) struct Funds {
    income: Sum,
    outgo: Sum,
}

impl Table for Funds {
    fn title(&self) -> &'static str {
        "支付宝账务明细查询"
    }

    fn needed(&self) -> &'static [&'static str] {
        NEEDED
    }

    fn free(&self) -> &'static [&'static str] {
        &[GOODS, NOTE]
    }

    fn time(&self) -> &'static str {
        AT
    }

    fn row(&mut self, line: u64, row: &Row<'_, '_>) -> Checked<BillLine> {
        const AMOUNTS: &str = "an amount does not read";
        let at = china::read(row.text(&[AT])).ok_or("the time does not read")?;
        let [came, went] = [INCOME, OUTGO].map(|it| row.text(&[it]));
        let none = |it: &str| it.is_empty();
        let came = if none(came) { yuan("0") } else { yuan(came) }.ok_or(AMOUNTS)?;
        let went = if none(went) { yuan("0") } else { yuan(went) }.ok_or(AMOUNTS)?;
        let income = match (came.minor(), went.minor()) {
            (_, 0) => true,
            (0, _) => false,
            _ => return Err("it came and went at once"),
        };
        let amount = if income { came } else { went };
        let side = if income { &mut self.income } else { &mut self.outgo };
        side.add(amount)?;
        let text = |name| row.text(&[name]).to_owned();
        let entry = BillEntry::Funds { income, amount, business: text(BUSINESS) };
        let (out_trade_no, channel_trade_no) = (text(OUT_TRADE_NO), text(BUSINESS_NO));
        Ok(BillLine { line, at, out_trade_no, channel_trade_no, entry, fee: None })
    }

    fn sum(&mut self, text: &str) -> Checked<()> {
        if let Some(told) = text.strip_prefix("#收入合计：") {
            self.income.check(told)
        } else if let Some(told) = text.strip_prefix("#支出合计：") {
            self.outgo.check(told)
        } else {
            Ok(())
        }
    }

    fn is_summed(&self) -> bool {
        self.income.is_told() && self.outgo.is_told()
    }
}
