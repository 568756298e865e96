//! The tests of the whole: each binary under `tests/` looks at the gateway from outside.
//!
//! Here is the rig they stand in: the real program as a child process, both simulated channels, a
//! merchant that believes only what is signed, and a tap on the channels' way in.

pub mod api;
pub mod audit;
pub mod config;
pub mod counterpart;
pub mod customer;
pub mod front;
pub mod http;
pub mod listen;
pub mod metrics;
pub mod node;
pub mod nodes;
pub mod order;
pub mod process;
pub mod program;
pub mod rig;
pub mod shop;
pub mod signer;
pub mod tap;
pub mod wait;
pub mod webhook;
