//! What the gateway does: one file per operation under [`flow`], over a store, channels and two
//! ways out. It knows no listener, no plugin and no socket, so a simulation can drive it whole.

pub mod access;
pub mod archive;
pub mod bell;
pub mod cashier;
pub mod clock;
pub mod courier;
pub mod door;
pub mod endpoint;
pub mod flow;
pub mod gateway;
pub mod lane;
pub mod metrics;
pub mod outbound;
pub mod problem;
pub mod record;
pub mod render;
pub mod routing;
mod settling;
pub mod signing;
pub mod snapshot;
pub mod taken;
mod telling;
pub mod traces;
pub mod wanted;
pub mod watchers;
mod webhook;

pub use gateway::{Gateway, Inner};
