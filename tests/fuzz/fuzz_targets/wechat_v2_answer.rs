#![no_main]
//! No answer makes `parse` panic, signed or not.

use libfuzzer_sys::fuzz_target;
use paymux_fuzz::wechat::NOW;
use paymux_fuzz::wechat_v2::{ACCOUNT, answer, signed};
use paymux_fuzz::{call, operations};

fuzz_target!(|bytes: &[u8]| {
    let [which, rest @ ..] = bytes else { return };
    let operations = operations(NOW);
    let operation = &operations[usize::from(*which) % operations.len()];
    let _ = ACCOUNT.parse(operation, &call(NOW), &answer(rest));
    let _ = ACCOUNT.parse(operation, &call(NOW), &answer(&signed(rest)));
});
