//! The API as merchants meet it: the real router and its layers over a store in memory.

pub(crate) mod conform;
mod fee;
mod keys;
mod line;
pub(crate) mod rig;

mod app_token;
mod attempts;
mod authentication;
mod bad_bodies;
mod bad_requests;
mod document;
mod events;
mod explain;
mod never;
mod payers;
mod payments;
pub(crate) mod problems;
mod raw;
mod refunds;
mod settlements;
mod shed;
mod signed;
mod signing;
mod splits;
mod sync;
mod terms;
mod world;
