//! The transfer that pays a settlement: promised with it in one commit, and followed to its end.

use paymux_channel::{BuildError, Operation, TransferCall};
use paymux_core::settlement::{Event, Rejection, Settlement};
use paymux_core::transfer::{Kind, Transfer};
use paymux_core::{AccountId, MerchantId, OrderNo};
use paymux_store::{Key, Once, Spending, Store, Task, TaskKind, TransferWrite};

use super::threshold;
use crate::flow::transfer::NewTransfer;
use crate::gateway::Gateway;
use crate::record::RecordError;
use crate::settling::{Beside, said};
use crate::snapshot::{Payout, SettlementTerms, TransferTerms};

impl<S: Store> Gateway<S> {
    pub(super) async fn pay_by_itself(
        &self,
        settlement: &Settlement,
        terms: &SettlementTerms,
    ) -> Result<bool, RecordError> {
        match self.begin_payout(settlement, terms, None, Beside::default()).await {
            Ok(_) => Ok(true),
            Err(Unpaid::Recorded(error)) => Err(error),
            Err(Unpaid::Unfit(why)) => {
                tracing::warn!(
                    settlement = settlement.number.as_str(),
                    why,
                    "settlement.unpayable"
                );
                self.wants_attention(settlement, "settlement_unpayable");
                Ok(false)
            }
        }
    }

    /// Intent before call: number, transfer and state in one commit, with the task that sends it.
    pub(super) async fn begin_payout(
        &self,
        settlement: &Settlement,
        terms: &SettlementTerms,
        by: Option<&str>,
        beside: Beside,
    ) -> Result<Settlement, Unpaid> {
        let payout = terms.payout.as_ref().ok_or_else(|| unfit("it has no `payout`"))?;
        let transfer = self.payout_transfer(settlement, payout)?;
        self.is_taken(&transfer, &settlement.merchant).await?;
        let (id, account) = (transfer.id, transfer.account.clone());
        let key = Key::Transfer(transfer.merchant.clone(), transfer.transfer_no.clone());
        let once = vec![Once { key, holder: id.to_string() }];
        let spending = self.payout_spending(&transfer, &account);
        let tasks = vec![Task { kind: TaskKind::Transfer(id), due: self.now() }];
        let transfer = Some(TransferWrite { expected: 0, next: transfer, spending });
        let beside = Beside { transfer, once, tasks, ..beside };
        let event = Event::PayoutBegun { transfer: id };
        let fits = |it: &Settlement| match it.may_be_paid_by(by, threshold(it, Some(terms))) {
            // The number is made of how often it was tried.
            true if it.tries == settlement.tries => Ok(()),
            true => Err(Rejection::WrongState.into()),
            false => Err(Rejection::SamePerson.into()),
        };
        Ok(self.record_settlement(&settlement.number, &beside, &event, fits).await?)
    }

    fn payout_transfer(&self, it: &Settlement, payout: &Payout) -> Result<Transfer, Unpaid> {
        let snapshot = self.snapshot.load_full();
        let merchant =
            snapshot.merchant(&it.merchant).ok_or_else(|| unfit("it has no merchant"))?;
        let tried = it.tries + 1;
        let transfer_no: Result<OrderNo, _> = format!("{}-{tried}", it.number).parse();
        let new = NewTransfer {
            account: payout.account.clone(),
            transfer_no: transfer_no.map_err(|_| unfit("its number is too long"))?,
            amount: it.amount(),
            kind: Kind::Transfer,
            payee: payout.payee.clone(),
            title: payout.title.clone(),
            scene: payout.scene.clone(),
        };
        // Whoever agreed to the settlement agreed to this.
        let terms = TransferTerms::default();
        let drawn = self.drawn(merchant, &new, &terms, [0; 32]);
        Ok(Transfer { settles: Some(it.number.clone()), ..drawn })
    }

    /// What the channel cannot take is found out before anything is written.
    async fn is_taken(&self, transfer: &Transfer, merchant: &MerchantId) -> Result<(), Unpaid> {
        let account = self.snapshot.load().account(&transfer.account).cloned();
        let account = account.ok_or_else(|| unfit("its account is not there"))?;
        let call = Operation::Transfer(Box::new(TransferCall::from(transfer)));
        let prepared = self.prepare(&account, Some(merchant), call).await;
        prepared.map(drop).map_err(|it| Unpaid::Unfit(refused_payout(&it)))
    }

    /// It counts among what is paid out on its day, and no limit of the merchant's is for it.
    fn payout_spending(&self, transfer: &Transfer, account: &AccountId) -> Vec<Spending> {
        let day = self.snapshot.load().routing.live.day(transfer.created_at);
        let (currency, amount) = (transfer.amount.currency(), transfer.amount.minor());
        [format!("merchant/{}", transfer.merchant), format!("account/{account}")]
            .map(|spender| Spending { spender, day, currency, amount, limit: None })
            .to_vec()
    }

    /// What its transfer says of it; whether that was news.
    pub(super) async fn follow_payout(&self, it: &Settlement) -> Result<bool, RecordError> {
        let Some(id) = it.transfer else { return Ok(false) };
        let transfer = self.load(id).await?;
        let own = |it: &Settlement| match it.transfer == Some(id) {
            true => Ok(()),
            false => Err(Rejection::WrongState.into()),
        };
        let mut moved = false;
        for event in said(&transfer, it) {
            match self.record_settlement(&it.number, &Beside::default(), &event, own).await {
                Ok(next) => moved |= next.version != it.version,
                Err(RecordError::Settlement(_)) => {
                    let stands = self.load_settlement(&it.number).await?.version == it.version;
                    if stands {
                        self.contradicted(it, &transfer);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(moved)
    }
}

/// Why a payout was not begun.
#[derive(Debug)]
pub(super) enum Unpaid {
    /// The configuration or the channel cannot pay it so.
    Unfit(String),
    Recorded(RecordError),
}

impl From<RecordError> for Unpaid {
    fn from(error: RecordError) -> Self {
        Self::Recorded(error)
    }
}

fn unfit(why: &str) -> Unpaid {
    Unpaid::Unfit(why.to_owned())
}

pub fn refused_payout(error: &BuildError) -> String {
    format!("the account cannot pay it: {error}")
}
