//! Items of the configuration that are kept here and not in a file: sealed bytes to the store.

use std::fmt;

use paymux_core::Timestamp;

/// One item as it was last written. Those that were removed stay, without their bytes, so that the
/// highest version of all, the generation, never falls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Managed {
    pub kind: ManagedKind,
    pub id: String,
    /// The generation that this write made: it is written only over the one before.
    pub version: u64,
    /// None once it is removed.
    pub sealed: Option<Vec<u8>>,
    pub changed_at: Timestamp,
    /// Who asked for it.
    pub changed_by: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ManagedKind {
    Account,
    Merchant,
}

impl ManagedKind {
    /// As in the path of the settings it stands for.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "accounts",
            Self::Merchant => "merchants",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Account, Self::Merchant].into_iter().find(|it| it.name() == name)
    }
}

impl fmt::Display for ManagedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The highest version; zero where nothing was ever written.
pub fn generation(items: &[Managed]) -> u64 {
    items.iter().map(|it| it.version).max().unwrap_or(0)
}
