//! A merchant's system, as small as one can be that sells: goods with stock, an order, the
//! gateway's cashier, and a webhook. It knows the gateway by its API alone.

mod page;
mod server;
pub mod shelf;

pub use server::{Shop, Terms};
