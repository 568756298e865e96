//! Simulators of Alipay and WeChat Pay v3 with a wallet page and faults on demand.
//!
//! They sign, verify and seal with the RustCrypto crates and share no code with the gateway's
//! plugins, so that each side checks the other.

mod alipay;
mod autopay;
#[allow(
    dead_code,
    unused_imports,
    reason = "the tills of both channels will use the rest of the books"
)]
mod books;
mod clock;
mod control;
mod crypto;
mod exchange;
#[allow(dead_code, unused_imports, reason = "the tills of both channels will use the rest of it")]
mod fault;
mod followup;
mod money;
mod notify;
mod sandbox;
mod server;
mod setup;
mod shared;
mod tls;
mod wallet;
mod wechat;

pub use autopay::AutopayRule;
pub use books::{
    Channel, MAX_ORDERS, MAX_PAYERS, OrderView, PayRefusal, Product, RefundStatus, RefundView,
    Status, Totals,
};
pub use fault::{FaultError, FaultKind, FaultRule, FaultView, MAX_FAULTS, Operation};
pub use notify::{MAX_NOTIFICATIONS, NoticeKind, NoticeState, NotificationView, TryView};
pub use sandbox::{Sandbox, StartError};
pub use setup::{
    AlipayCredentials, AlipayParty, Config, Credentials, GenerateError, InitError, InitReport,
    LoadError, Parties, SignsWith, WechatCredentials, WechatParty, WechatTls, init,
};
pub use shared::KeyError;
pub use wechat::Rotation;

#[cfg(test)]
mod tests;
