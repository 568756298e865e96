//! Money paid out (打款): what is asked of a channel, and what it can have answered.

use paymux_core::transfer::{Fact, Kind, Payee, PayeeKind, Scene, Transfer};
use paymux_core::{Money, TransferId};

/// Rebuilt from the stored transfer on every repeat, so that a repeat is the same request.
#[derive(Clone, Debug)]
pub struct TransferCall {
    pub transfer: TransferId,
    pub amount: Money,
    pub kind: Kind,
    pub payee: Payee,
    pub title: String,
    pub scene: Option<Scene>,
}

impl TransferCall {
    /// Its number at the channel, whatever is asked of it.
    pub fn out_bill_no(&self) -> String {
        self.transfer.out_bill_no()
    }
}

impl From<&Transfer> for TransferCall {
    fn from(it: &Transfer) -> Self {
        Self {
            transfer: it.id,
            amount: it.amount,
            kind: it.kind,
            payee: it.payee.clone(),
            title: it.title.clone(),
            scene: it.scene.clone(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferOutcome {
    Fact(Fact),
    /// The channel knows no such transfer. Not proof that the request never was sent.
    Absent,
}

impl TransferOutcome {
    /// A closed set of words for metrics and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Fact(fact) => fact.name(),
            Self::Absent => "transfer_absent",
        }
    }
}

/// What an account pays out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfers {
    pub payees: &'static [PayeeKind],
    pub red_packets: bool,
    /// Whether what waits for its payee can be taken back.
    pub cancels: bool,
}
