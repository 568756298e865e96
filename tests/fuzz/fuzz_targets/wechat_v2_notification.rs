#![no_main]
//! No XML makes `verify` panic, and none that was changed says anything else than the genuine one.

use libfuzzer_sys::fuzz_target;
use paymux_fuzz::wechat_v2::{GENUINE, signed, verify};
use paymux_fuzz::{Way, changed, same_or_refused};

fuzz_target!(|bytes: &[u8]| match Way::of(bytes) {
    None => {}
    Some(Way::Raw(body)) => {
        let _ = verify(body);
    }
    Some(Way::Changed(edits)) => {
        let (genuine, read) = &*GENUINE;
        same_or_refused(read, verify(&changed(genuine, edits)));
    }
    Some(Way::Signed(fields)) => {
        let _ = verify(&signed(fields));
    }
});
