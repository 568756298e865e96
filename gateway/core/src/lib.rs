//! What a payment is and how it may change. Pure: no IO, no clock, no randomness, no serde.

pub mod bill;
pub mod delivery;
pub mod endpoint;
pub mod fee;
pub mod id;
pub mod ledger;
pub mod money;
pub mod payment;
pub mod planted;
pub mod reconcile;
pub mod refund;
pub mod route;
pub mod schedule;
pub mod settlement;
pub mod split;
pub mod time;
pub mod trace;
pub mod transfer;

pub use id::{
    AccountId, AttemptId, DeliveryId, EndpointId, EventId, MerchantId, OrderNo, PaymentId, PlateId,
    RefundId, RefundNo, SplitId, TransferId, VoucherNo,
};
pub use money::{Currency, Money};
pub use time::Timestamp;
