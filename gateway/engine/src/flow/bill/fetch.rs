//! The file of a bill: asked for, fetched to where it is kept, and read once before it is believed.

use std::fs::File;
use std::sync::Arc;

use paymux_channel::{
    Bill, BillAnswer, BillFault, BillFile, BuildError, Channel, Operation, Outcome,
};
use paymux_core::bill::{BillRecord, BillState};
use paymux_store::Store;
use tokio::sync::mpsc;

use super::super::call::Unanswered;
use crate::archive::Arrived;
use crate::gateway::Gateway;
use crate::outbound::Sink;
use crate::snapshot::Account;

/// Pieces of a file on their way from the channel to the disk.
const PIECES: usize = 16;

pub(super) enum Fetched {
    /// It was there, and whole.
    Kept,
    /// It came now, and is whole.
    Anew,
    Absent,
    /// Nothing was heard, or nothing to go by; later.
    Busy,
    Refused {
        line: u64,
        what: String,
    },
}

impl<S: Store> Gateway<S> {
    /// Whoever wants it wants what the channel says now; whoever goes on with it goes on with what
    /// is kept. What is kept does for both where the channel has nothing to say any more.
    pub(super) async fn fetched(&self, account: &Account, known: &BillRecord) -> Fetched {
        let bill = known.bill;
        let kept = match self.kept(account, bill).await {
            Ok(kept) => kept,
            Err(refused) => return refused,
        };
        if kept && matches!(known.state, BillState::Fetched | BillState::Comparing { .. }) {
            return Fetched::Kept;
        }
        match self.ask_for_bill(account, bill).await {
            Fetched::Absent | Fetched::Busy if kept => Fetched::Kept,
            fetched @ (Fetched::Kept
            | Fetched::Anew
            | Fetched::Absent
            | Fetched::Busy
            | Fetched::Refused { .. }) => fetched,
        }
    }

    async fn kept(&self, account: &Account, bill: Bill) -> Result<bool, Fetched> {
        let (archive, id) = (self.archive.clone(), account.id.clone());
        let kept = tokio::task::spawn_blocking(move || archive.open(&id, bill)).await;
        let kept = kept.map_err(|_| Fetched::Busy)?;
        let unread = |it| refused(format!("the files of bills cannot be read: {it}"));
        kept.map(|it| it.is_some()).map_err(unread)
    }

    async fn ask_for_bill(&self, account: &Account, bill: Bill) -> Fetched {
        match self.call(account, None, Operation::Bill(bill)).await {
            Ok(Outcome::Bill(BillAnswer::At(file))) => self.fetch(account, bill, file).await,
            Ok(Outcome::Bill(BillAnswer::Absent)) => Fetched::Absent,
            Ok(Outcome::Refused(it)) => refused(format!("{}: {}", it.code, it.message)),
            Err(Unanswered::Build(error @ BuildError::Unsupported)) => refused(error.to_string()),
            Ok(_) | Err(_) => Fetched::Busy,
        }
    }

    async fn fetch(&self, account: &Account, bill: Bill, file: BillFile) -> Fetched {
        let asked = Operation::BillFile(bill, file.clone());
        let (sink, source) = mpsc::channel(PIECES);
        let prepared = match self.prepare(account, None, asked).await {
            Ok(prepared) => prepared.with(Sink(sink)),
            Err(error) => return refused(error.to_string()),
        };
        let (archive, id) = (self.archive.clone(), account.id.clone());
        let taken = tokio::task::spawn_blocking(move || archive.take(&id, bill, source));
        let sent = self.send(account, prepared).await;
        match (sent, taken.await) {
            (Ok(Outcome::Bill(BillAnswer::Fetched)), Ok(Ok(arrived))) => {
                self.settle(account, bill, file, arrived).await
            }
            (_, Ok(Err(error))) => refused(format!("the bill cannot be kept: {error}")),
            (_, Ok(Ok(_)) | Err(_)) => Fetched::Busy,
        }
    }

    /// Read from its first line to its last before anything of it is believed.
    async fn settle(
        &self,
        account: &Account,
        bill: Bill,
        file: BillFile,
        arrived: Arrived,
    ) -> Fetched {
        let (archive, id, channel) = (self.archive.clone(), account.id.clone(), account.channel());
        let read = tokio::task::spawn_blocking(move || {
            let fault = arrived.open().ok().map(|it| first_fault(&channel, bill, &file, it));
            let evidence = matches!(fault, Some(None | Some(BillFault::Refused { .. })));
            if evidence && archive.settle(&arrived, &id, bill, fault == Some(None)).is_err() {
                return Some(Some(BillFault::Unread));
            }
            fault
        });
        match read.await.ok().flatten() {
            Some(None) => Fetched::Anew,
            Some(Some(BillFault::Absent)) => Fetched::Absent,
            Some(Some(BillFault::Refused { line, what })) => {
                Fetched::Refused { line, what: what.to_owned() }
            }
            Some(Some(error @ BillFault::Denied { .. })) => refused(error.to_string()),
            Some(Some(BillFault::Making | BillFault::Unread)) | None => Fetched::Busy,
        }
    }
}

fn first_fault(
    channel: &Arc<dyn Channel>,
    bill: Bill,
    file: &BillFile,
    bytes: File,
) -> Option<BillFault> {
    channel.read_bill(bill, file, Box::new(bytes)).find_map(Result::err)
}

fn refused(what: String) -> Fetched {
    Fetched::Refused { line: 0, what }
}
