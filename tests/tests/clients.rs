//! Others' libraries and tools: the channels' own against the sandbox, those of webhooks and of API
//! descriptions against the gateway.

#[path = "clients/alipay.rs"]
mod alipay;
#[path = "clients/client.rs"]
mod client;
#[path = "clients/schemathesis.rs"]
mod schemathesis;
#[path = "clients/standard_webhooks.rs"]
mod standard_webhooks;
#[path = "clients/wechat.rs"]
mod wechat;
