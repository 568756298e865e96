//! By what a merchant is known, from where it may come, and how fast.

mod decoy;
mod key;
mod response_key;

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use ipnet::IpNet;

use crate::endpoint::ApiKeyHash;

pub use decoy::{Verdict, verify};
pub use key::{Algorithm, KeyId, KeyIdError, KeyMaterial, MaterialError, MerchantKey};
pub use response_key::{PublishedKey, ResponseKey, ResponseKeyError};

#[derive(Clone, Debug, Default)]
pub struct Access {
    pub api_keys: Vec<ApiKeyHash>,
    /// Two while one replaces the other.
    pub keys: Vec<Arc<MerchantKey>>,
    /// An API key alone opens nothing.
    pub require_signature: bool,
    /// Empty: from anywhere.
    pub allowed_ips: Vec<IpNet>,
    pub rate: Rate,
}

/// Requests a merchant may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub per_second: NonZeroU32,
    /// So many at once after a rest.
    pub burst: NonZeroU32,
}

impl Default for Rate {
    fn default() -> Self {
        Self { per_second: NonZeroU32::MAX, burst: NonZeroU32::MAX }
    }
}

impl Access {
    pub fn key(&self, id: &KeyId) -> Option<&Arc<MerchantKey>> {
        self.keys.iter().find(|it| it.id == *id)
    }

    /// An address that is not known is in no list.
    pub fn allows(&self, client: Option<IpAddr>) -> bool {
        let client = client.map(|it| it.to_canonical());
        self.allowed_ips.is_empty()
            || client.is_some_and(|it| self.allowed_ips.iter().any(|net| net.contains(&it)))
    }
}
