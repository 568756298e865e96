#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| paymux_fuzz_targets::run("door_form", bytes));
