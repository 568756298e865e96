//! How long reconciliation takes, and how much memory: `cargo run --release -p paymux-core
//! --example reconcile-days -- 1000000` compares so many lines of a bill with as many of our books,
//! and prints seconds and the most memory that was in use.

use std::io::Write as _;
use std::time::Instant;

use paymux_core::reconcile::{Difference, Key, Line, Pool, compare};
use paymux_core::route::Day;
use paymux_core::{AttemptId, Currency, MerchantId, PaymentId, Timestamp};

/// Of so many lines, one differs.
const PLANTED: u32 = 1000;

fn line(merchant: &MerchantId, number: u32) -> Line {
    // Their ids sort by time, so our books come in this order.
    let at = Timestamp(1_768_451_696_000 + i64::from(number));
    let attempt = AttemptId { payment: PaymentId::new(at, merchant, number.into()), number: 1 };
    let (amount, currency) = (i64::from(number) + 1, Currency::Cny);
    let fee = Some(amount * 6);
    Line { key: Key::order(attempt, None), amount, currency, fee, settled: true, at: number }
}

/// As a channel writes it: in an order of its own.
fn bill(merchant: &MerchantId, lines: u32) -> Vec<Line> {
    let mut bill: Vec<_> = (0..lines).map(|it| line(merchant, it)).collect();
    bill.reverse();
    let planted = bill.iter_mut().filter(|it| it.at % PLANTED == 0);
    planted.for_each(|it| it.amount *= 100);
    bill
}

fn main() -> std::io::Result<()> {
    let lines = std::env::args().nth(1).and_then(|it| it.parse().ok()).unwrap_or(1_000_000);
    let (differences, seconds) = measure(lines);
    let memory = memory();
    writeln!(
        std::io::stdout(),
        "{lines} lines, {differences} differences, {seconds:.2} s, {memory}"
    )
}

#[expect(clippy::disallowed_methods, reason = "it measures")]
fn measure(lines: u32) -> (usize, f64) {
    let merchant: MerchantId = "shop".parse().expect("a merchant's id");
    let mut bill = bill(&merchant, lines);
    let begun = Instant::now();
    bill.sort_unstable_by_key(|it| it.key);
    let (mut pool, day) = (Pool::new(2), Day(20_468));
    let books = (0..lines).map(|it| line(&merchant, it));
    let found = compare(bill, books).flatten().filter_map(|it| pool.take(day, it));
    let found: Vec<Difference> = found.collect();
    (found.len(), begun.elapsed().as_secs_f64())
}

/// Linux tells it of every process.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|it| it.starts_with("VmHWM")).unwrap_or("VmHWM: not known");
    line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
}
