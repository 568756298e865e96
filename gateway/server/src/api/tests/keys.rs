//! The keys of the merchant and of its channel.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(super) struct Keys {
    pub(super) app: String,
    pub(super) alipay: String,
    pub(super) alipay_public: String,
}

/// Made once; making keys takes longer than any test.
pub(super) static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let pair = || KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private = |it: &KeyPair| {
        let der: Pkcs8V1Der<'_> = it.as_der().unwrap();
        STANDARD.encode(der.as_ref())
    };
    let (app, alipay) = (pair(), pair());
    let public: PublicKeyX509Der<'_> = alipay.public_key().as_der().unwrap();
    let alipay_public = STANDARD.encode(public.as_ref());
    Keys { app: private(&app), alipay: private(&alipay), alipay_public }
});

/// Ed25519; it opens nothing.
pub(crate) const RESPONSE_KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";
