//! Simulators of Alipay and WeChat Pay v3 with a wallet page and faults on demand.
//!
//! They sign, verify and seal with the RustCrypto crates and share no code with the gateway's
//! plugins, so that each side checks the other.

mod alipay;
mod autopay;
mod bills;
mod books;
mod clock;
mod control;
mod crypto;
mod exchange;
mod fault;
mod followup;
mod money;
mod notify;
mod people;
mod sandbox;
mod server;
mod setup;
mod shared;
mod tls;
mod transfers;
mod wallet;
mod wechat;

pub use autopay::AutopayRule;
pub use books::{
    Channel, MAX_ORDERS, MAX_PAYERS, OrderView, PayRefusal, Product, RefundStatus, RefundView,
    Status, Totals, TransferStatus, TransferView,
};
pub use fault::{FaultError, FaultKind, FaultRule, FaultView, MAX_FAULTS, Operation};
pub use notify::{MAX_NOTIFICATIONS, NoticeKind, NoticeState, NotificationView, TryView};
pub use people::PayerView;
pub use sandbox::{Sandbox, StartError};
pub use setup::{
    AlipayCredentials, AlipayMerchant, AlipayParty, Config, Credentials, GenerateError, InitError,
    InitReport, LoadError, Parties, SignsWith, Slashes, WechatCredentials, WechatParty, WechatTls,
    init,
};
pub use shared::KeyError;
pub use wechat::Rotation;

#[cfg(test)]
mod tests;
