#![no_main]
//! No body makes `verify` panic, and none that was changed is accepted.

use libfuzzer_sys::fuzz_target;
use paymux_fuzz::wechat::{GENUINE, envelope, verify_changed, verify_signed};
use paymux_fuzz::{Way, changed, same_or_refused};

fuzz_target!(|bytes: &[u8]| match Way::of(bytes) {
    None => {}
    Some(Way::Raw(body)) => {
        let _ = verify_signed(body);
    }
    Some(Way::Changed(edits)) => {
        let (genuine, read) = &*GENUINE;
        same_or_refused(read, verify_changed(genuine, &changed(genuine, edits)));
    }
    Some(Way::Signed(plain)) => {
        let _ = verify_signed(&envelope("TRANSACTION.SUCCESS", "transaction", plain));
        let _ = verify_signed(&envelope("REFUND.SUCCESS", "refund", plain));
    }
});
