//! The bill of trades: payments, refunds, charges that were undone.

use paymux_channel::bill::text::{Columns, Row, count};
use paymux_channel::{BillEntry, BillLine, BillRefund, Fee, china};
use paymux_core::route::Day;
use paymux_core::{Currency, Money};

use super::table::{Checked, Table, Total, add_up, cells, named};
use crate::settings::Merchant;

const TIME: &str = "交易时间";
const MCH_ID: &str = "商户号";
/// Under the first name in the documents, under the second in older files.
const SUB_MCH_ID: [&str; 2] = ["特约商户号", "子商户号"];
const TRADE_NO: &str = "微信订单号";
const OUT_TRADE_NO: &str = "商户订单号";
const STATE: &str = "交易状态";
const CURRENCY: [&str; 2] = ["货币种类", "货币种类"];
const GOODS: &str = "商品名称";
const FEE: &str = "手续费";
/// The order's whole amount: of old files, the only one they have.
const AMOUNT: [&str; 2] = ["订单金额", "总金额"];
/// What the payer was promised back, and in old files what the refund was.
const REFUND: [&str; 2] = ["申请退款金额", "退款金额"];
const OUT_REFUND_NO: &str = "商户退款单号";
const REFUND_NO: &str = "微信退款单号";
const REFUND_STATE: &str = "退款状态";
const NEEDED: [&str; 6] = [TIME, MCH_ID, TRADE_NO, OUT_TRADE_NO, STATE, GOODS];
/// Of a merchant without any.
const NO_SUB: [&str; 2] = ["0", ""];
/// Below a fen: rows are finer than totals.
const FEE_SLACK: i64 = 1000;

pub(super) struct Trades {
    mch_id: String,
    sub_mch_id: Option<String>,
    columns: Columns,
    free: usize,
    sums: Sums,
}

#[derive(Default)]
struct Sums {
    rows: u64,
    amount: i64,
    back: i64,
    fee: i64,
}

impl Trades {
    /// Rows are no proof of the day: a late one is told on a later bill.
    pub(super) fn of(merchant: &Merchant, _: Day) -> Self {
        let sub_mch_id = merchant.sub.as_ref().map(|it| it.mch_id.clone());
        let mch_id = merchant.mch_id.clone();
        Self { mch_id, sub_mch_id, columns: Columns::default(), free: 0, sums: Sums::default() }
    }

    fn is_ours(&self, row: &Row<'_, '_>) -> bool {
        let sub = row.text(&SUB_MCH_ID);
        let same = match &self.sub_mch_id {
            Some(ours) => ours == sub,
            None => NO_SUB.contains(&sub),
        };
        same && row.text(&[MCH_ID]) == self.mch_id
    }
}

impl Table for Trades {
    fn columns(&mut self, head: &str) -> Checked<()> {
        let columns = named(head)?;
        if !columns.has(&NEEDED) || columns.place(&AMOUNT).is_none() {
            return Err("a column is missing");
        }
        self.free = columns.place(&[GOODS]).ok_or("a column is missing")?;
        self.columns = columns;
        Ok(())
    }

    fn row(&mut self, line: u64, text: &str) -> Checked<BillLine> {
        let row = self.columns.row(cells(text)?, self.free).ok_or("the row lacks a cell")?;
        if !self.is_ours(&row) {
            return Err("the row is another account's");
        }
        let read = read(line, &row)?;
        self.sums.add(&row, &read)?;
        Ok(read)
    }

    fn totals(&mut self, names: &str, totals: &str) -> Checked<()> {
        let it = &self.sums;
        let money = |sum: i64| move |told: &str| minor(told, Currency::Cny) == Some(sum);
        let close = |told: &str| Fee::read(told).is_some_and(|told| near(told.0, it.fee));
        let rows = |told: &str| count(told) == Some(it.rows);
        let (amount, back) = (money(it.amount), money(it.back));
        let sums: [Total<'_>; 6] = [
            ("总交易单数", &rows),
            ("订单总金额", &amount),
            ("总交易额", &amount),
            ("申请退款总金额", &back),
            ("手续费总金额", &close),
            ("总退款金额", &back),
        ];
        add_up(names, totals, &sums)
    }
}

const fn near(told: i64, ours: i64) -> bool {
    told.saturating_sub(ours).unsigned_abs() < FEE_SLACK.unsigned_abs()
}

impl Sums {
    fn add(&mut self, row: &Row<'_, '_>, read: &BillLine) -> Checked<()> {
        const TOO_MUCH: &str = "the amounts are too large";
        let currency = currency(row)?;
        let amount = told(row, &AMOUNT, currency)?;
        let back = told(row, &REFUND, currency)?;
        let add = |sum: &mut i64, more: i64| {
            *sum = sum.checked_add(more).ok_or(TOO_MUCH)?;
            Ok(())
        };
        self.rows += 1;
        add(&mut self.amount, amount)?;
        add(&mut self.back, back)?;
        add(&mut self.fee, read.fee.unwrap_or_default().0)
    }
}

fn minor(text: &str, currency: Currency) -> Option<i64> {
    Money::from_decimal(text, currency).ok().map(Money::minor)
}

/// Minor units under a column that a table need not have.
fn told(row: &Row<'_, '_>, names: &[&str], currency: Currency) -> Checked<i64> {
    let text = row.text(names);
    if text.is_empty() { Ok(0) } else { minor(text, currency).ok_or("an amount does not read") }
}

fn currency(row: &Row<'_, '_>) -> Checked<Currency> {
    let code = row.text(&CURRENCY);
    if code.is_empty() { Ok(Currency::Cny) } else { code.parse().map_err(|_| "the currency") }
}

fn amount(row: &Row<'_, '_>, names: &[&str]) -> Checked<Money> {
    let currency = currency(row)?;
    Money::from_decimal(row.text(names), currency).map_err(|_| "an amount does not read")
}

fn read(line: u64, row: &Row<'_, '_>) -> Checked<BillLine> {
    let at = china::read(row.text(&[TIME])).ok_or("the time does not read")?;
    let entry = match row.text(&[STATE]) {
        "SUCCESS" => BillEntry::Paid { amount: amount(row, &AMOUNT)? },
        "REFUND" => refund(row)?,
        "REVOKED" => BillEntry::Reversed,
        _ => return Err("the state is not a known one"),
    };
    let fee = row.cell(&[FEE]).filter(|it| !it.is_empty());
    let fee = fee.map(|it| Fee::read(it).ok_or("the fee does not read")).transpose()?;
    let text = |name| row.text(&[name]).to_owned();
    let (out_trade_no, channel_trade_no) = (text(OUT_TRADE_NO), text(TRADE_NO));
    if out_trade_no.is_empty() || channel_trade_no.is_empty() {
        return Err("the order has no number");
    }
    Ok(BillLine { line, at, out_trade_no, channel_trade_no, entry, fee })
}

fn refund(row: &Row<'_, '_>) -> Checked<BillEntry> {
    let state = match row.text(&[REFUND_STATE]) {
        "SUCCESS" => BillRefund::Succeeded,
        "PROCESSING" => BillRefund::Processing,
        _ => BillRefund::Unclear,
    };
    let number = row.text(&[REFUND_NO]);
    Ok(BillEntry::Refund {
        out_refund_no: row.text(&[OUT_REFUND_NO]).to_owned(),
        channel_refund_no: (!number.is_empty()).then(|| number.to_owned()),
        amount: amount(row, &REFUND)?,
        state,
    })
}
