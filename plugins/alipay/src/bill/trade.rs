//! The bill of trades: orders that were paid, and what went back of them.

use paymux_channel::bill::text::{Row, yuan};
use paymux_channel::{BillEntry, BillLine, BillRefund, Fee, china};

use super::table::{Checked, Sum, Table};

const TRADE_NO: &str = "支付宝交易号";
const OUT_TRADE_NO: &str = "商户订单号";
const BUSINESS: &str = "业务类型";
const GOODS: &str = "商品名称";
const BEGUN: &str = "创建时间";
const ENDED: &str = "完成时间";
/// The order's whole amount.
const AMOUNT: &str = "订单金额（元）";
/// What the sums below are of: less by what Alipay gave to the payer.
const RECEIVED: &str = "商家实收（元）";
const REQUEST_NO: &str = "退款批次号/请求号";
const FEE: &str = "服务费（元）";
const NOTE: &str = "备注";
const NEEDED: &[&str] =
    &[TRADE_NO, OUT_TRADE_NO, BUSINESS, GOODS, BEGUN, ENDED, AMOUNT, RECEIVED, REQUEST_NO];
const PAID: &str = "#交易合计：";
const RETURNED: &str = "#退款合计：";

#[derive(Default)]
pub(super) struct Trades {
    paid: Sum,
    returned: Sum,
}

impl Table for Trades {
    fn title(&self) -> &'static str {
        "支付宝业务明细查询"
    }

    fn needed(&self) -> &'static [&'static str] {
        NEEDED
    }

    fn free(&self) -> &'static [&'static str] {
        &[GOODS, NOTE]
    }

    fn time(&self) -> &'static str {
        ENDED
    }

    fn row(&mut self, line: u64, row: &Row<'_, '_>) -> Checked<BillLine> {
        const AMOUNTS: &str = "an amount does not read";
        let at = china::read(row.text(&[ENDED])).ok_or("the time does not read")?;
        let amount = yuan(row.text(&[AMOUNT])).ok_or(AMOUNTS)?;
        let received = yuan(row.text(&[RECEIVED])).ok_or(AMOUNTS)?;
        let negative = row.text(&[AMOUNT]).starts_with('-');
        let entry = match (row.text(&[BUSINESS]), negative) {
            ("交易", false) => {
                self.paid.add(received)?;
                BillEntry::Paid { amount }
            }
            ("退款", _) => {
                self.returned.add(received)?;
                let out_refund_no = row.text(&[REQUEST_NO]).to_owned();
                let state = BillRefund::Succeeded;
                BillEntry::Refund { out_refund_no, channel_refund_no: None, amount, state }
            }
            _ => return Err("the kind of business is not a known one"),
        };
        let fee = row.cell(&[FEE]).filter(|it| !it.is_empty());
        let fee = fee.map(|it| Fee::read(it).ok_or("the fee does not read")).transpose()?;
        let text = |name| row.text(&[name]).to_owned();
        let (out_trade_no, channel_trade_no) = (text(OUT_TRADE_NO), text(TRADE_NO));
        if channel_trade_no.is_empty() {
            return Err("the order has no number");
        }
        // What Alipay keeps stands there as what is missing.
        let fee = fee.map(Fee::negated);
        Ok(BillLine { line, at, out_trade_no, channel_trade_no, entry, fee })
    }

    fn sum(&mut self, text: &str) -> Checked<()> {
        if let Some(told) = text.strip_prefix(PAID) {
            self.paid.check(told)
        } else if let Some(told) = text.strip_prefix(RETURNED) {
            self.returned.check(told)
        } else {
            Ok(())
        }
    }

    fn is_summed(&self) -> bool {
        self.paid.is_told() && self.returned.is_told()
    }
}
