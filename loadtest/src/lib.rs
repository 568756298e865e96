//! Open-loop load on a real gateway, then verification by id: after each run every payment must
//! have exactly one success and at least one delivery, and the channels' books must agree.

pub mod bare;
pub mod chart;
pub mod client;
pub mod compare;
pub mod crowd;
pub mod flock;
pub mod latency;
pub mod listener;
pub mod merchants;
pub mod pace;
pub mod process;
pub mod relay;
pub mod report;
pub mod rows;
pub mod scenario;
pub mod soak;
pub mod stage;
pub mod store;
pub mod verify;
