//! Who is paid: by the number a wallet knows them by, or a bank card.

use std::fmt;

/// Its `Debug` tells the kind alone: the rest is a person's.
#[derive(Clone, PartialEq, Eq)]
pub struct Payee {
    pub kind: PayeeKind,
    /// The number of the wallet's account, or of the card.
    pub identity: String,
    /// Whose it is, for the channel to compare.
    pub name: Option<String>,
    /// The card's bank: at WeChat Pay its code, at Alipay its name.
    pub bank: Option<String>,
}

impl fmt::Debug for Payee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payee({}, ***)", self.kind.name())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayeeKind {
    /// Of the account's own application, at either channel.
    OpenId,
    /// Alipay's number of the user.
    UserId,
    /// What the user logs in with: a telephone number or a mail address.
    LogonId,
    BankCard,
}

impl PayeeKind {
    pub const ALL: [Self; 4] = [Self::OpenId, Self::UserId, Self::LogonId, Self::BankCard];

    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenId => "openid",
            Self::UserId => "user_id",
            Self::LogonId => "logon_id",
            Self::BankCard => "bank_card",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

impl Payee {
    /// The identity as others may see it: of a card its last four digits, of a log-in its ends.
    pub fn shown(&self) -> String {
        let shown = match self.kind {
            PayeeKind::OpenId | PayeeKind::UserId => return self.identity.clone(),
            PayeeKind::LogonId => (3, 2),
            PayeeKind::BankCard => (0, 4),
        };
        masked(&self.identity, shown)
    }
}

fn masked(text: &str, (head, tail): (usize, usize)) -> String {
    let all: Vec<char> = text.chars().collect();
    // Where little would be hidden, all is.
    let (head, tail) = if all.len() < (head + tail) * 2 { (0, 0) } else { (head, tail) };
    let hidden = "*".repeat(all.len() - head - tail);
    all[..head].iter().collect::<String>()
        + &hidden
        + &all[all.len() - tail..].iter().collect::<String>()
}
