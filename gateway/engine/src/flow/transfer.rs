//! A merchant's transfer: promised and numbered in one commit, then asked of the channel.

use std::sync::Arc;

use paymux_channel::{BuildError, Operation, TransferCall};
use paymux_core::transfer::{Answer as Judgement, Event, Kind, Payee, Scene, State, Transfer};
use paymux_core::{AccountId, Money, OrderNo, TransferId};
use paymux_store::{Act, Answer, Key, Once, Store};

use super::Replied;
use super::call::Prepared;
use super::idempotency::{Keyed, Repeat, store_problem};
use super::own_account;
use super::raw::unfit;
use crate::gateway::Gateway;
use crate::problem::{self, Problem};
use crate::record::{Along, AnswerBy, RecordError};
use crate::render;
use crate::snapshot::{Account, Merchant, TransferTerms};

#[derive(Clone, Debug)]
pub struct NewTransfer {
    pub account: AccountId,
    pub transfer_no: OrderNo,
    pub amount: Money,
    pub kind: Kind,
    pub payee: Payee,
    pub title: String,
    pub scene: Option<Scene>,
}

impl NewTransfer {
    /// Everything that makes two of them different.
    fn canonical(&self) -> String {
        let Self { account, transfer_no, amount, kind, payee, title, scene } = self;
        let Payee { kind: of, identity, name, bank } = payee;
        let (kind, of) = (kind.name(), of.name());
        format!(
            "POST /v1/transfers\n{account}\n{transfer_no}\n{amount}\n{kind}\n{of}\n{identity:?}\n\
             {name:?}\n{bank:?}\n{title:?}\n{scene:?}"
        )
    }
}

impl<S: Store> Gateway<S> {
    pub async fn create_transfer(
        &self,
        merchant: &Merchant,
        new: NewTransfer,
        key: String,
    ) -> Result<Replied, Problem> {
        let keyed = Keyed::new(&merchant.id, key, &new.canonical());
        match self.repeat(&keyed).await? {
            Repeat::Replay(replied) => return Ok(replied),
            Repeat::Resume { holder } => return self.resume_transfer(&keyed, &holder).await,
            Repeat::First => {}
        }
        match self.take_on(merchant, &new, &keyed).await {
            Ok((account, transfer, prepared)) => {
                self.send_first(&account, &transfer, prepared, &keyed).await
            }
            Err(refusal) => self.repeated_transfer(&keyed, new.transfer_no, refusal).await,
        }
    }

    async fn take_on(
        &self,
        merchant: &Merchant,
        new: &NewTransfer,
        keyed: &Keyed,
    ) -> Result<(Arc<Account>, Transfer, Prepared), Problem> {
        let terms = merchant.transfers.ok_or_else(|| {
            let detail = "the merchant's `transfers` does not allow it";
            Problem::new(problem::TRANSFERS_NOT_ALLOWED, detail)
        })?;
        let account = own_account(&self.snapshot.load(), merchant, &new.account)?;
        let transfer = self.drawn(merchant, new, &terms, keyed.fingerprint);
        let call = Operation::Transfer(Box::new(TransferCall::from(&transfer)));
        let prepared = self.prepare(&account, Some(&merchant.id), call).await;
        let prepared = prepared.map_err(|it| refused_by_channel(&it))?;
        self.promise(&transfer, terms, keyed).await?;
        Ok((account, transfer, prepared))
    }

    pub(super) fn drawn(
        &self,
        merchant: &Merchant,
        new: &NewTransfer,
        terms: &TransferTerms,
        fingerprint: [u8; 32],
    ) -> Transfer {
        let now = self.now();
        let held = terms.approve_above.is_some_and(|it| new.amount.minor() > it);
        Transfer {
            id: TransferId::new(now, &merchant.id, self.world.entropy()),
            merchant: merchant.id.clone(),
            account: new.account.clone(),
            transfer_no: new.transfer_no.clone(),
            amount: new.amount,
            kind: new.kind,
            payee: new.payee.clone(),
            title: new.title.clone(),
            scene: new.scene.clone(),
            settles: None,
            state: if held { State::Held } else { State::InDoubt },
            channel_transfer_no: None,
            created_at: now,
            spent_on: self.snapshot.load().routing.live.day(now),
            sends: 0,
            first_sent_at: None,
            sent_at: None,
            known: false,
            approved_by: None,
            cancelling: false,
            events: 0,
            version: 1,
            fingerprint,
        }
    }

    /// Intent before call: from here on it has a number, a task, and its share of the day.
    async fn promise(
        &self,
        transfer: &Transfer,
        terms: TransferTerms,
        keyed: &Keyed,
    ) -> Result<(), RecordError> {
        let key = Key::Transfer(transfer.merchant.clone(), transfer.transfer_no.clone());
        let along = Along {
            once: vec![Once { key, holder: transfer.id.to_string() }],
            begin: Some(self.begin(keyed, transfer.id.to_string())),
            terms: Some(terms),
            ..Along::default()
        };
        let sent = if transfer.state == State::Held { vec![] } else { vec![Event::Sent] };
        self.record_new(transfer.clone(), &along, &sent).await.map(drop)
    }

    /// What is held is answered as it is; what is not leaves now.
    async fn send_first(
        &self,
        account: &Account,
        transfer: &Transfer,
        prepared: Prepared,
        keyed: &Keyed,
    ) -> Result<Replied, Problem> {
        if transfer.state != State::Held {
            let asked = self.now();
            let answered = self.send(account, prepared).await;
            let found = self.heard(account, answered, asked);
            match self.settle_transfer(transfer.id, found, None).await {
                Ok(_) => {}
                Err(RecordError::Contradiction(it)) => {
                    self.quarantined(transfer.id, &it.to_string());
                }
                Err(error) => {
                    tracing::warn!(transfer_id = %transfer.id, %error, "transfer.in_doubt");
                }
            }
        }
        self.answer_transfer(keyed, transfer.id).await
    }

    /// A repeat is answered as before, even where the wish would be refused today: whoever is told
    /// of a refusal may pay in another way.
    async fn repeated_transfer(
        &self,
        keyed: &Keyed,
        transfer_no: OrderNo,
        refusal: Problem,
    ) -> Result<Replied, Problem> {
        match self.repeat(keyed).await? {
            Repeat::Replay(replied) => return Ok(replied),
            Repeat::Resume { holder } => return self.resume_transfer(keyed, &holder).await,
            Repeat::First => {}
        }
        let key = Key::Transfer(keyed.key.merchant.clone(), transfer_no);
        let Some(holder) = self.store.holder(&key).await.map_err(store_problem)? else {
            return Err(refusal);
        };
        let known = self.load(parse(&holder)?).await?;
        if known.fingerprint != keyed.fingerprint {
            let detail = "the transfer_no belongs to a transfer with another content";
            return Err(Problem::new(problem::TRANSFER_NO_TAKEN, detail));
        }
        Ok(Replied::fresh(answer(&known, 200)))
    }

    /// The first request ended without an answer: find out, under the same number.
    async fn resume_transfer(&self, keyed: &Keyed, holder: &str) -> Result<Replied, Problem> {
        let id = parse(holder)?;
        self.walk_transfer(id, None).await;
        self.answer_transfer(keyed, id).await
    }

    /// A transfer that was taken on is a final answer: its end is told by an event.
    async fn answer_transfer(&self, keyed: &Keyed, id: TransferId) -> Result<Replied, Problem> {
        let render = |it: &Transfer| Some(answer(it, 201));
        let along = Along {
            answer: Some(AnswerBy { key: keyed.key.clone(), render: &render }),
            release: Some(keyed.key.clone()),
            ..Along::default()
        };
        match self.record(id, along, |_| vec![]).await {
            Ok(recorded) => Ok(Replied::fresh(answer(&recorded.next, 201))),
            Err(RecordError::Duplicate(_)) => match self.repeat(keyed).await? {
                Repeat::Replay(replied) => Ok(replied),
                Repeat::First | Repeat::Resume { .. } => {
                    Ok(Replied::fresh(answer(&self.load(id).await?, 201)))
                }
            },
            Err(error) => Err(error.into()),
        }
    }

    /// A merchant's own transfer; another's looks like none at all.
    pub async fn owned_transfer(
        &self,
        merchant: &Merchant,
        id: TransferId,
    ) -> Result<Transfer, Problem> {
        let transfer = self.load(id).await.map_err(unrecorded)?;
        if transfer.merchant == merchant.id { Ok(transfer) } else { Err(missing()) }
    }

    /// Recorded first, then asked of the channel, where the channel has it.
    pub async fn cancel_transfer(
        &self,
        merchant: &Merchant,
        id: TransferId,
    ) -> Result<Transfer, Problem> {
        let transfer = self.owned_transfer(merchant, id).await?;
        let account = self.snapshot.load().account(&transfer.account).cloned();
        let cancels = account.and_then(|it| it.channel().capabilities().transfers);
        // What nobody knows yet is at least not sent again.
        let taken = matches!(transfer.state, State::Processing | State::Waiting { .. });
        if taken && !cancels.is_some_and(|it| it.cancels) {
            let detail = "its channel takes no transfer back";
            return Err(Problem::new(problem::CHANNEL_UNFIT, detail));
        }
        self.record(id, Along::default(), |_| vec![Event::CancelRequested]).await?;
        self.walk_transfer(id, None).await;
        Ok(self.load(id).await?)
    }

    /// Somebody at the gateway allows what is held, or does not.
    pub async fn judge_transfer(
        &self,
        id: TransferId,
        by: &str,
        judgement: Judgement,
        act: Option<Act>,
    ) -> Result<Transfer, Problem> {
        let event = Event::Judged { by: by.to_owned(), answer: judgement };
        let along = Along { act, ..Along::default() };
        let recorded = self.record(id, along, |_| vec![event.clone()]).await;
        recorded.map(|it| it.next).map_err(unrecorded)
    }
}

fn refused_by_channel(error: &BuildError) -> Problem {
    match error {
        BuildError::Unsupported => {
            let detail = "the account pays nothing out, or not so";
            Problem::new(problem::CHANNEL_UNFIT, detail)
        }
        BuildError::Limit { .. } | BuildError::Sign => unfit(error),
    }
}

fn missing() -> Problem {
    Problem::new(problem::NOT_FOUND, "there is no such transfer")
}

/// What a payment's errors call a payment.
fn unrecorded(error: RecordError) -> Problem {
    if let RecordError::Missing = error { missing() } else { error.into() }
}

fn parse(holder: &str) -> Result<TransferId, Problem> {
    holder.parse().map_err(|_| Problem::new(problem::INTERNAL, "a damaged transfer key"))
}

fn answer(transfer: &Transfer, status: u16) -> Answer {
    Answer { status, body: render::bytes(&render::transfer(transfer)) }
}
