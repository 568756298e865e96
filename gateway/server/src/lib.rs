//! Paymux: a self-hosted aggregator gateway for Alipay and WeChat Pay.

pub mod admin;
mod api;
pub mod app;
mod bills;
mod cashier;
pub mod cli;
pub mod clock;
pub mod courier;
pub mod demo;
pub mod diff;
mod docs;
pub mod doctor;
mod doors;
mod embedded;
mod explain;
pub mod hook;
pub mod inbound;
mod keys;
pub mod listen;
mod manage;
pub mod migrate;
mod openapi;
pub mod ops;
pub mod outbound;
pub mod outside;
mod postgres_tls;
mod probe;
pub mod registry;
pub mod route;
pub mod sandbox;
pub mod seal;
pub mod serve;
pub mod settings;
mod settlements;
mod shared;
mod signals;
mod takings;
mod traces;
pub mod worker;

/// One cryptography provider for the whole process; the second call finds the first one's.
pub fn install_crypto() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
