//! Private instances of the real services: on free ports, in temporary folders, gone with their
//! handle or with the test process, whichever ends first.

mod daemon;
pub mod disk;
pub mod ports;
pub mod postgres;
pub mod prometheus;
pub mod proxy;
pub mod rabbitmq;
pub mod redis;

pub use disk::Disk;
pub use postgres::Postgres;
pub use prometheus::Prometheus;
pub use proxy::{Fault, Proxy, Trigger};
pub use rabbitmq::Rabbitmq;
pub use redis::Redis;
