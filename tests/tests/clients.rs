//! The channels' own client libraries against the sandbox: each side checks the other.

#[path = "clients/alipay.rs"]
mod alipay;
#[path = "clients/client.rs"]
mod client;
#[path = "clients/wechat.rs"]
mod wechat;
