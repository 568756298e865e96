//! Profit sharing (分账): what is asked of a channel, and what it can have answered.

use paymux_core::SplitId;
use paymux_core::fee::WHOLE_BP;
use paymux_core::payment::Payment;
use paymux_core::split::{Fact, Kind, Line, Receiver, ReceiverKind, Split};

use crate::Secret;
use crate::settings::Reader;

/// Rebuilt from the stored payment on every repeat, so that a repeat is the same request.
#[derive(Clone, Debug)]
pub struct SplitCall {
    pub split: SplitId,
    pub kind: Kind,
    pub lines: Vec<Line>,
    pub description: String,
    /// The channel's own number of the order whose money it is.
    pub channel_trade_no: String,
}

impl SplitCall {
    /// Nothing of a split whose payment was never paid.
    pub fn of(payment: &Payment, split: &Split) -> Option<Self> {
        let receipt = payment.attempt(split.attempt)?.receipt.as_ref()?;
        Some(Self {
            split: split.id,
            kind: split.kind,
            lines: split.lines.clone(),
            description: split.description.clone(),
            channel_trade_no: receipt.channel_trade_no.clone(),
        })
    }

    /// Its number at the channel, whatever is asked of it.
    pub fn out_order_no(&self) -> String {
        self.split.out_order_no()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SplitOutcome {
    Fact(Fact),
    /// The channel knows no such order. Not proof that the request never was sent.
    Absent,
    /// No question tells what became of it. It proves nothing; the same request, under its number,
    /// is done once however often it is sent.
    Untold,
}

impl SplitOutcome {
    /// A closed set of words for metrics and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Fact(fact) => fact.name(),
            Self::Absent => "split_absent",
            Self::Untold => "split_untold",
        }
    }
}

/// Who may get shares of an account's payments; asked for as often as is wished.
#[derive(Clone, Debug)]
pub struct ReceiverCall {
    pub receiver: Receiver,
    /// For the channel to compare; it is kept nowhere here.
    pub name: Option<Secret>,
    pub relation: Relation,
}

/// What a receiver is to the merchant, in the words of WeChat Pay, which asks for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    ServiceProvider,
    Store,
    Staff,
    StoreOwner,
    Partner,
    Headquarter,
    Brand,
    Distributor,
    User,
    Supplier,
}

impl Relation {
    pub const ALL: [Self; 10] = [
        Self::ServiceProvider,
        Self::Store,
        Self::Staff,
        Self::StoreOwner,
        Self::Partner,
        Self::Headquarter,
        Self::Brand,
        Self::Distributor,
        Self::User,
        Self::Supplier,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::ServiceProvider => "service_provider",
            Self::Store => "store",
            Self::Staff => "staff",
            Self::StoreOwner => "store_owner",
            Self::Partner => "partner",
            Self::Headquarter => "headquarter",
            Self::Brand => "brand",
            Self::Distributor => "distributor",
            Self::User => "user",
            Self::Supplier => "supplier",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// How an account splits its payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Splits {
    pub receivers: &'static [ReceiverKind],
    /// The most of one payment that all shares may be, in basis points of it.
    pub max_bp: u16,
}

impl Splits {
    /// `max_split_bp`: none where the account does not split.
    pub fn read(reader: &mut Reader<'_>, receivers: &'static [ReceiverKind]) -> Option<Self> {
        let within = |text: &str| {
            let number = text.parse().ok().filter(|it| (1..=WHOLE_BP).contains(it));
            number.ok_or("is not 1 to 10000 ten-thousandths of a payment")
        };
        let max_bp = reader.parsed_optional("max_split_bp", within)?;
        Some(Self { receivers, max_bp })
    }
}
