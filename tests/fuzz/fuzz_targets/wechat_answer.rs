#![no_main]
//! No answer makes `parse` panic, whatever its status.

use libfuzzer_sys::fuzz_target;
use paymux_fuzz::wechat::{ACCOUNT, NOW, signed_answer};
use paymux_fuzz::{call, operations};

const STATUSES: [u16; 8] = [200, 202, 204, 400, 403, 404, 429, 500];

fuzz_target!(|bytes: &[u8]| {
    let [which, status, body @ ..] = bytes else { return };
    let operations = operations(NOW);
    let operation = &operations[usize::from(*which) % operations.len()];
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let _ = ACCOUNT.parse(operation, &call(NOW), &signed_answer(status, body));
});
