//! Who takes part, with which keys, and how the simulators behave.

mod alipay;
pub(crate) mod ca;
mod certificate;
mod config;
mod credentials;
mod init;
mod load;
mod parties;
mod pkcs12;

pub use alipay::{AlipayMerchant, AlipayParty};
pub use config::{Config, SignsWith, Slashes};
pub use credentials::{AlipayCredentials, Credentials, WechatCredentials};
pub use init::{InitError, InitReport, init};
pub use load::LoadError;
pub use parties::{GenerateError, Parties, WechatParty, WechatTls};

#[cfg(test)]
mod tests;
