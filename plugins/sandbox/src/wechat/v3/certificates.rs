//! `GET /v3/certificates`: the platform certificate, sealed with the APIv3 key.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::answer::Answer;
use crate::clock;
use crate::crypto::{random_hex, seal};
use crate::setup::SignsWith;
use crate::shared::Shared;

const LIFE: Duration = Duration::from_hours(5 * 365 * 24);

pub(super) fn certificates(shared: &Shared, now: Timestamp) -> Answer {
    match shared.config.wechat_signs_with {
        SignsWith::PublicKey => return Answer::not_found("无可用的平台证书"),
        SignsWith::Certificate => {}
    }
    let party = &shared.wechat.party;
    let nonce = random_hex(6);
    let sealed = seal(&party.api_v3_key, &nonce, "certificate", party.certificate_pem.as_bytes());
    Answer::ok(json!({ "data": [{
        "serial_no": party.certificate_serial,
        "effective_time": clock::rfc3339(now),
        "expire_time": clock::rfc3339(clock::after(now, LIFE)),
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": "certificate",
            "ciphertext": sealed.expect("the key's length was checked at the start"),
        },
    }] }))
}
