//! A receiver's share.

use std::fmt;

use crate::id::OrderNo;
use crate::money::Money;
use crate::payment::Refusal;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The merchant's own name for the receiver.
    pub receiver_no: OrderNo,
    pub receiver: Receiver,
    pub amount: Money,
    pub state: LineState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineState {
    Pending,
    Succeeded {
        at: Timestamp,
    },
    /// Nobody got it: it is the merchant's.
    Closed(Refusal),
}

impl LineState {
    pub const NAMES: [&str; 3] = ["pending", "succeeded", "closed"];

    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded { .. } => "succeeded",
            Self::Closed(_) => "closed",
        }
    }
}

impl Line {
    pub const fn holds_money(&self) -> bool {
        match self.state {
            LineState::Pending | LineState::Succeeded { .. } => true,
            LineState::Closed(_) => false,
        }
    }
}

/// By the number the channel knows it by. Its `Debug` tells the kind alone: it may be a person.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receiver {
    pub kind: ReceiverKind,
    pub account: String,
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Receiver({}, ***)", self.kind.name())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReceiverKind {
    /// A merchant's number at WeChat Pay.
    Merchant,
    /// A person, in the account's own application.
    OpenId,
    /// A person, in the application of the account's sub-merchant.
    SubOpenId,
    /// Alipay's number of a user, a person or a company.
    UserId,
    /// What a user of Alipay logs in with.
    LoginName,
}

impl ReceiverKind {
    pub const ALL: [Self; 5] =
        [Self::Merchant, Self::OpenId, Self::SubOpenId, Self::UserId, Self::LoginName];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Merchant => "merchant",
            Self::OpenId => "openid",
            Self::SubOpenId => "sub_openid",
            Self::UserId => "user_id",
            Self::LoginName => "login_name",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}
