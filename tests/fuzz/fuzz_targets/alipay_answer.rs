#![no_main]
//! No answer makes `parse` panic, signed or not.

use libfuzzer_sys::fuzz_target;
use paymux_channel::Response;
use paymux_fuzz::alipay::{ACCOUNT, NOW, signed_answer};
use paymux_fuzz::{call, operations};

fuzz_target!(|bytes: &[u8]| {
    let [which, rest @ ..] = bytes else { return };
    let operations = operations(NOW);
    let operation = &operations[usize::from(*which) % operations.len()];
    let raw = Response::new(bytes::Bytes::copy_from_slice(rest));
    let _ = ACCOUNT.parse(operation, &call(NOW), &raw);
    if let Ok(node) = std::str::from_utf8(rest) {
        let _ = ACCOUNT.parse(operation, &call(NOW), &signed_answer(operation, node));
    }
});
