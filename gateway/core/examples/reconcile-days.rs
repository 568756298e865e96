//! How long reconciliation takes, and how much memory: `cargo run --release -p paymux-core
//! --example reconcile-days -- 1000000` compares so many lines of a bill with as many of our books,
//! window by window, and prints seconds and the most memory that was in use.

use std::io::Write as _;
use std::time::Instant;

use paymux_core::reconcile::{Key, Line, Window, compare};
use paymux_core::{AttemptId, Currency, MerchantId, PaymentId, Timestamp};

/// Of so many lines, one differs.
const PLANTED: u32 = 1000;
/// Lines of a side that are in memory at a time, about.
const WINDOW: usize = 100_000;

fn line(merchant: &MerchantId, number: u32) -> Line {
    // Their ids sort by time, so our books come in this order.
    let at = Timestamp(1_768_451_696_000 + i64::from(number));
    let attempt = AttemptId { payment: PaymentId::new(at, merchant, number.into()), number: 1 };
    let (amount, currency) = (i64::from(number) + 1, Currency::Cny);
    let fee = Some(amount * 6);
    Line { key: Key::order(attempt, None), amount, currency, fee, settled: true, at: number }
}

/// As a channel writes it: in an order of its own, read from its file each time.
fn bill(merchant: &MerchantId, lines: u32) -> impl Iterator<Item = Line> + '_ {
    (0..lines).rev().map(|it| line(merchant, it)).map(|mut it| {
        it.amount *= if it.at % PLANTED == 0 { 100 } else { 1 };
        it
    })
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
    let begun = Instant::now();
    let (mut after, mut differences) = (None, 0);
    loop {
        let [mut told, mut books] = [Window::new(after, WINDOW), Window::new(after, WINDOW)];
        bill(&merchant, lines).for_each(|it| told.push(it));
        (0..lines).map(|it| line(&merchant, it)).for_each(|it| books.push(it));
        let (told, books) = (told.end(), books.end());
        let (told, books) = (told.clone().up_to(books.until), books.up_to(told.until));
        after = told.until;
        differences += compare(told.lines, books.lines).flatten().count();
        if after.is_none() {
            return (differences, begun.elapsed().as_secs_f64());
        }
    }
}

/// Linux tells it of every process.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|it| it.starts_with("VmHWM")).unwrap_or("VmHWM: not known");
    line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
}
