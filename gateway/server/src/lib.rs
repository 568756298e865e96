//! Paymux: a self-hosted aggregator gateway for Alipay and WeChat Pay.

pub mod clock;
pub mod courier;
pub mod outbound;

/// One cryptography provider for the whole process; the second call finds the first one's.
pub fn install_crypto() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
