#![no_main]
//! No form makes `verify` panic, and none that was changed says anything else than the genuine one.

use libfuzzer_sys::fuzz_target;
use paymux_fuzz::alipay::{ACCOUNT, GENUINE, signed_form, verify};
use paymux_fuzz::{Way, changed, same_or_refused};

fuzz_target!(|bytes: &[u8]| match Way::of(bytes) {
    None => {}
    Some(Way::Raw(body)) => {
        let _ = verify(body);
        if let Ok(query) = std::str::from_utf8(body) {
            let _ = ACCOUNT.verify_return(query);
        }
    }
    Some(Way::Changed(edits)) => {
        for (genuine, read) in GENUINE.iter() {
            same_or_refused(read, verify(&changed(genuine, edits)));
        }
    }
    Some(Way::Signed(fields)) => {
        let _ = verify(signed_form(fields).as_bytes());
    }
});
