//! Who may look into the gateway: a name, a role, and by what it is known.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use paymux_core::MerchantId;
use paymux_engine::endpoint::ApiKeyHash;

use super::password::Password;

/// As the operator named it: `[a-z0-9_-]{1,40}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(Arc<str>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no user's name")]
pub struct UserNameError;

#[derive(Clone, Debug)]
pub struct User {
    pub role: Role,
    pub password: Option<Password>,
    /// For machines; two while one replaces the other.
    pub tokens: Vec<ApiKeyHash>,
    /// Another one for other credentials: sessions begun with these end with them.
    pub mark: Vec<u8>,
}

/// Each role may do what the one before it may, but for the merchant's, which stands apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Sees everything but secrets, and changes nothing.
    Viewer,
    /// Replays events, tries endpoints, disables and enables them.
    Operator,
    /// Changes the configuration.
    Admin,
    /// Sees the payments and deliveries of one merchant.
    Merchant(MerchantId),
}

/// What a route asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Least {
    /// Anyone, known or not.
    Nobody,
    /// Anyone who is known; what is seen is cut down to the merchant, where there is one.
    Merchant,
    Viewer,
    Operator,
    Admin,
}

pub type Users = BTreeMap<UserName, User>;

impl UserName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserName {
    type Err = UserNameError;

    fn from_str(text: &str) -> Result<Self, UserNameError> {
        let fits = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-_".contains(&it);
        let good = (1..=40).contains(&text.len()) && text.bytes().all(fits);
        if good { Ok(Self(text.into())) } else { Err(UserNameError) }
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Role {
    /// A closed set of words for settings, logs and the audit log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
            Self::Merchant(_) => "merchant",
        }
    }

    pub const fn merchant(&self) -> Option<&MerchantId> {
        match self {
            Self::Merchant(merchant) => Some(merchant),
            Self::Viewer | Self::Operator | Self::Admin => None,
        }
    }

    pub(crate) const fn reaches(&self, least: Least) -> bool {
        let rank = match self {
            Self::Merchant(_) => 1,
            Self::Viewer => 2,
            Self::Operator => 3,
            Self::Admin => 4,
        };
        rank >= least.rank()
    }
}

impl Least {
    const fn rank(self) -> u8 {
        match self {
            Self::Nobody => 0,
            Self::Merchant => 1,
            Self::Viewer => 2,
            Self::Operator => 3,
            Self::Admin => 4,
        }
    }
}
