//! Notifications of version 2: a signed payment, and a refund sealed under the key's digest.

use aes::Aes256;
use aes::cipher::{Block, BlockCipherEncrypt as _, KeyInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

use super::described;
use super::refund::told;
use super::sign::{SignType, sign};
use super::xml::{Params, read, write};
use crate::books::{Order, Refund};
use crate::crypto::random_hex;
use crate::fault::FaultKind;
use crate::notify::Posting;
use crate::shared::Shared;
use crate::wechat::owner::Owner;

const BLOCK: usize = 16;

/// What is told; nonce and signature are fresh on every try.
#[derive(Clone)]
pub(crate) enum Event {
    Paid(Params, SignType),
    /// Sealed once, as the text has no time in it.
    Refunded(Params),
}

pub(in crate::wechat) fn paid(
    shared: &Shared,
    order: &Order,
    (kind, skew): (SignType, i64),
) -> Event {
    let mut said = common(shared, order);
    said.extend(described::paid(order, skew));
    said.insert("result_code".to_owned(), "SUCCESS".to_owned());
    Event::Paid(said, kind)
}

pub(in crate::wechat) fn refunded(
    shared: &Shared,
    order: &Order,
    refund: &Refund,
    skew: i64,
) -> Event {
    let plain = write("root", &told(order, refund, skew));
    let mut said = common(shared, order);
    said.insert("req_info".to_owned(), seal(&shared.wechat.party.api_v2_key, &plain));
    Event::Refunded(said)
}

fn common(shared: &Shared, order: &Order) -> Params {
    let mut said = Params::from([
        ("return_code".to_owned(), "SUCCESS".to_owned()),
        ("appid".to_owned(), order.app_id.clone()),
        ("mch_id".to_owned(), shared.wechat.party.mch_id.clone()),
    ]);
    let Owner { sub_mch_id, sub_app_id } = Owner::of(order);
    said.extend(sub_mch_id.map(|id| ("sub_mch_id".to_owned(), id)));
    said.extend(sub_app_id.map(|id| ("sub_appid".to_owned(), id)));
    said
}

pub(in crate::wechat) fn posting(
    shared: &Shared,
    event: &Event,
    flaw: Option<FaultKind>,
) -> Posting {
    let mut said = match event {
        Event::Paid(said, _) | Event::Refunded(said) => said.clone(),
    };
    said.insert("nonce_str".to_owned(), random_hex(16));
    if let Event::Paid(_, kind) = event {
        let own = &shared.wechat.party.api_v2_key;
        let key = if flaw.is_some() { "another key" } else { own };
        said.insert("sign".to_owned(), sign(&said, key, *kind));
    } else if flaw.is_some() {
        said.insert("req_info".to_owned(), STANDARD.encode([0; BLOCK]));
    }
    if flaw == Some(FaultKind::Unsigned) {
        said.remove("sign");
    }
    let headers = vec![
        ("content-type", "text/xml".to_owned()),
        ("request-id", format!("08{}-0", random_hex(20).to_uppercase())),
        ("user-agent", "Mozilla/4.0".to_owned()),
    ];
    Posting { headers, body: write("xml", &said), accepts: received }
}

/// The status alone says nothing here: the body does.
fn received(status: u16, body: &[u8]) -> bool {
    let said = std::str::from_utf8(body).ok().and_then(read);
    let code = said.and_then(|said| said.get("return_code").cloned());
    status == 200 && code.as_deref() == Some("SUCCESS")
}

/// AES-256-ECB with PKCS#7, under the lower-case digits of the key's MD5.
pub(crate) fn seal(api_v2_key: &str, plain: &str) -> String {
    let digits = hex::encode(Md5::digest(api_v2_key.as_bytes()));
    let cipher = Aes256::new_from_slice(digits.as_bytes()).expect("32 digits are a key");
    let pad = BLOCK - plain.len() % BLOCK;
    let mut bytes = plain.as_bytes().to_vec();
    bytes.extend(std::iter::repeat_n(u8::try_from(pad).unwrap_or_default(), pad));
    for chunk in bytes.chunks_exact_mut(BLOCK) {
        let block = <&mut Block<Aes256>>::try_from(chunk).expect("chunks are blocks");
        cipher.encrypt_block(block);
    }
    STANDARD.encode(bytes)
}
