//! Walks a transfer to its definite end, always under its one number.

use std::time::Duration;

use paymux_channel::{Operation, Outcome, TransferCall, TransferOutcome};
use paymux_core::payment::Refusal;
use paymux_core::planted::bug;
use paymux_core::transfer::{Event, Fact, Transfer};
use paymux_core::{Timestamp, TransferId};
use paymux_store::{Leased, Store};

use super::call::Unanswered;
use super::shed::Shed;
use crate::gateway::Gateway;
use crate::record::{Along, RecordError};
use crate::snapshot::Account;

/// A channel knows a transfer sooner than that, or somebody has to do something.
const OVERDUE: Duration = Duration::from_secs(3600);

/// What came of one call.
pub(super) enum Heard {
    Fact(Fact),
    /// The channel knew no such transfer when it was asked.
    Absent {
        asked: Timestamp,
    },
    /// It may have been sent, and nothing was heard.
    Nothing,
    /// It was not sent; with what kept it back, where something of ours did.
    NeverSent(Option<Shed>),
    /// A question was kept back.
    Unasked(Shed),
}

impl Heard {
    const fn name(&self) -> &'static str {
        match self {
            Self::Fact(fact) => fact.name(),
            Self::Absent { .. } | Self::Nothing => "nothing_new",
            Self::NeverSent(None) => "never_sent",
            Self::NeverSent(Some(_)) | Self::Unasked(_) => "shed",
        }
    }
}

impl<S: Store> Gateway<S> {
    pub async fn walk_transfer(&self, id: TransferId, lease: Option<&Leased>) -> &'static str {
        let walked = self.step_transfer(id, lease).await;
        self.walked(id, walked, lease).await
    }

    /// Asks first: what was sent may have worked. Sends again only what the channel does not know.
    async fn step_transfer(
        &self,
        id: TransferId,
        lease: Option<&Leased>,
    ) -> Result<&'static str, RecordError> {
        let transfer = self.load(id).await?;
        let Some(account) = self.snapshot.load().account(&transfer.account).cloned() else {
            tracing::error!(transfer_id = %id, "transfer.account_missing");
            self.metrics.attention.with_label_values(&["account_missing"]).inc();
            return self.settle_transfer(id, Heard::Nothing, lease).await;
        };
        let mut heard = Heard::Absent { asked: self.now() };
        let transfer = self.still_wanted(transfer).await?;
        if transfer.may_be_known() {
            heard = self.find_out_transfer(&account, &transfer).await;
        }
        if matches!(heard, Heard::Absent { asked } if transfer.may_be_sent(asked)) {
            heard = self.send_transfer(&account, &transfer).await?;
        }
        self.look_after_transfer(&transfer, &heard);
        self.settle_transfer(id, heard, lease).await
    }

    /// Where another transfer has paid the settlement meanwhile, this one is taken back.
    async fn still_wanted(&self, transfer: Transfer) -> Result<Transfer, RecordError> {
        let Some(number) = transfer.settles.as_ref().filter(|_| transfer.state.is_open()) else {
            return Ok(transfer);
        };
        let settlement = self.load_settlement(number).await?;
        if settlement.transfer == Some(transfer.id) || transfer.cancelling {
            return Ok(transfer);
        }
        let cancel = |_: &Transfer| vec![Event::CancelRequested];
        Ok(self.record(transfer.id, Along::default(), cancel).await?.next)
    }

    /// What nobody tells of for so long may want a person, and so does what was refused in between.
    fn look_after_transfer(&self, transfer: &Transfer, heard: &Heard) {
        let silent = !matches!(heard, Heard::Fact(_)) && transfer.state.is_open();
        if silent && self.now().since(transfer.created_at) >= OVERDUE {
            self.metrics.attention.with_label_values(&["transfer_in_doubt"]).inc();
        }
    }

    /// What is to come back is asked back, and then asked about: only a question is believed.
    async fn find_out_transfer(&self, account: &Account, transfer: &Transfer) -> Heard {
        let call = || Box::new(TransferCall::from(transfer));
        let cancels = account.channel().capabilities().transfers.is_some_and(|it| it.cancels);
        if transfer.cancelling && transfer.state.is_open() && cancels {
            let cancel = Operation::CancelTransfer(call());
            let asked = self.now();
            let heard = self.call(account, Some(&transfer.merchant), cancel).await;
            match self.heard(account, heard, asked) {
                Heard::Fact(fact @ Fact::Closed(_)) => return Heard::Fact(fact),
                Heard::NeverSent(Some(shed)) => return Heard::Unasked(shed),
                Heard::Fact(_)
                | Heard::Absent { .. }
                | Heard::Nothing
                | Heard::NeverSent(None)
                | Heard::Unasked(_) => {}
            }
        }
        let question = Operation::QueryTransfer(call());
        let asked = self.now();
        let answered = self.call(account, Some(&transfer.merchant), question).await;
        match self.heard(account, answered, asked) {
            // Of a question nothing follows but what it was answered.
            Heard::NeverSent(None) => Heard::Nothing,
            Heard::NeverSent(Some(shed)) => Heard::Unasked(shed),
            heard
            @ (Heard::Fact(_) | Heard::Absent { .. } | Heard::Nothing | Heard::Unasked(_)) => heard,
        }
    }

    /// Intent before call, for repeats too: from here on a refusal of another send decides nothing.
    async fn send_transfer(
        &self,
        account: &Account,
        transfer: &Transfer,
    ) -> Result<Heard, RecordError> {
        let recorded = self.record(transfer.id, Along::default(), |_| vec![Event::Sent]).await?;
        // What was true when the walk began is over.
        let overtaken = recorded.next.sends != transfer.sends + 1;
        if !recorded.changed || overtaken {
            return Ok(Heard::Nothing);
        }
        let mut call = TransferCall::from(&recorded.next);
        if bug("transfer-under-new-number") && recorded.next.sends > 1 {
            let (now, merchant) = (self.now(), &transfer.merchant);
            call.transfer = TransferId::new(now, merchant, self.world.entropy());
        }
        let operation = Operation::Transfer(Box::new(call));
        let asked = self.now();
        let answered = self.call(account, Some(&transfer.merchant), operation).await;
        Ok(self.heard(account, answered, asked))
    }

    pub(super) fn heard(
        &self,
        account: &Account,
        answered: Result<Outcome, Unanswered>,
        asked: Timestamp,
    ) -> Heard {
        match answered {
            Ok(Outcome::Transfer(TransferOutcome::Fact(fact))) => Heard::Fact(fact),
            Ok(Outcome::Transfer(TransferOutcome::Absent)) => Heard::Absent { asked },
            Ok(_) | Err(_) if bug("transfer-failed-on-unknown") => {
                let refusal = Refusal { code: String::new(), message: String::new() };
                Heard::Fact(Fact::Closed(refusal))
            }
            Err(error) if error.is_shed() => Heard::NeverSent(Some(self.shed(account))),
            Err(error) if error.never_sent() => Heard::NeverSent(None),
            Ok(_) | Err(_) => Heard::Nothing,
        }
    }

    /// Commits what was heard, and with it when the task looks again.
    pub(super) async fn settle_transfer(
        &self,
        id: TransferId,
        heard: Heard,
        lease: Option<&Leased>,
    ) -> Result<&'static str, RecordError> {
        let name = heard.name();
        let (events, shed) = match heard {
            Heard::Fact(fact) => (vec![Event::Told(fact)], None),
            Heard::Absent { asked } => (vec![Event::Unfound { asked }], None),
            Heard::Nothing => (vec![Event::Unheard], None),
            Heard::NeverSent(shed) => (vec![Event::Unsent], shed),
            Heard::Unasked(shed) => (vec![], Some(shed)),
        };
        let along = Along { lease, shed, ..Along::default() };
        self.record(id, along, |_| events.clone()).await?;
        Ok(name)
    }
}
