//! `GET /v3/certificates`: the platform's certificates, sealed with the APIv3 key.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use crate::clock;
use crate::crypto::{random_hex, seal};
use crate::setup::SignsWith;
use crate::shared::Shared;
use crate::wechat::desk::Platform;

const LIFE: Duration = Duration::from_hours(5 * 365 * 24);

pub(super) fn certificates(shared: &Shared, now: Timestamp) -> Answer {
    match shared.config.wechat_signs_with {
        SignsWith::PublicKey => return Answer::not_found("无可用的平台证书"),
        SignsWith::Certificate | SignsWith::Grey => {}
    }
    let published = shared.wechat.published();
    let data: Vec<Value> = published.into_iter().map(|own| sealed(shared, own, now)).collect();
    Answer::ok(json!({ "data": data }))
}

fn sealed(shared: &Shared, own: &Platform, now: Timestamp) -> Value {
    let (key, nonce) = (&shared.wechat.party.api_v3_key, random_hex(6));
    let ciphertext = seal(key, &nonce, "certificate", own.certificate_pem.as_bytes());
    json!({
        "serial_no": own.serial,
        "effective_time": clock::rfc3339(now),
        "expire_time": clock::rfc3339(clock::after(now, LIFE)),
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": "certificate",
            "ciphertext": ciphertext.expect("the key's length was checked at the start"),
        },
    })
}
