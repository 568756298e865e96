//! Who may get shares of a merchant's payments: bound at the channel, and then kept here. It moves
//! no money and is good however often it is asked, so there is nothing to record before the call.

use paymux_channel::{Operation, Outcome, ReceiverCall, Relation, Secret};
use paymux_core::split::Receiver;
use paymux_core::{AccountId, OrderNo};
use paymux_store::{Binding, Change, Store};

use super::call::Unanswered;
use super::idempotency::store_problem;
use super::own_account;
use super::raw::unfit;
use super::sync::unheard;
use crate::gateway::Gateway;
use crate::problem::{self, FieldError, Problem};
use crate::snapshot::Merchant;

#[derive(Clone, Debug)]
pub struct NewReceiver {
    pub receiver_no: OrderNo,
    pub account: AccountId,
    pub receiver: Receiver,
    /// For the channel to compare; it is kept nowhere.
    pub name: Option<Secret>,
    pub relation: Relation,
}

impl<S: Store> Gateway<S> {
    pub async fn bind_receiver(
        &self,
        merchant: &Merchant,
        new: NewReceiver,
    ) -> Result<Binding, Problem> {
        allowed(merchant)?;
        let NewReceiver { receiver_no, account, receiver, name, relation } = new;
        let known = self.store.receiver(&merchant.id, &receiver_no).await.map_err(store_problem)?;
        let same = |it: &Binding| it.account == account && it.receiver == receiver;
        // What is bound stays what it is: splits under way name it.
        if known.is_some_and(|it| it.bound && !same(&it)) {
            let detail = "the receiver_no belongs to another receiver that is bound";
            return Err(Problem::new(problem::RECEIVER_NO_TAKEN, detail));
        }
        let call = ReceiverCall { receiver: receiver.clone(), name, relation };
        self.ask_receiver(merchant, &account, Operation::Bind(Box::new(call))).await?;
        let relation = relation.name().to_owned();
        let (merchant, changed_at) = (merchant.id.clone(), self.now());
        let bound =
            Binding { merchant, receiver_no, account, receiver, relation, bound: true, changed_at };
        self.keep_receiver(&bound).await?;
        Ok(bound)
    }

    /// Here first: nothing new is shared with it, whatever the channel answers. The channel knows
    /// one relation of an account, which stays for whoever else has the receiver bound to it.
    pub async fn unbind_receiver(
        &self,
        merchant: &Merchant,
        receiver_no: &OrderNo,
    ) -> Result<Binding, Problem> {
        allowed(merchant)?;
        let known = self.own_receiver(merchant, receiver_no).await?;
        let unbound = Binding { bound: false, changed_at: self.now(), ..known };
        self.keep_receiver(&unbound).await?;
        if self.store.bound_elsewhere(&unbound).await.map_err(store_problem)? {
            return Ok(unbound);
        }
        let relation = Relation::from_name(&unbound.relation).unwrap_or(Relation::Partner);
        let call = ReceiverCall { receiver: unbound.receiver.clone(), name: None, relation };
        self.ask_receiver(merchant, &unbound.account, Operation::Unbind(Box::new(call))).await?;
        Ok(unbound)
    }

    /// A merchant's own receiver; another's looks like none at all.
    pub async fn own_receiver(
        &self,
        merchant: &Merchant,
        receiver_no: &OrderNo,
    ) -> Result<Binding, Problem> {
        let known = self.store.receiver(&merchant.id, receiver_no).await.map_err(store_problem)?;
        known.ok_or_else(|| Problem::new(problem::NOT_FOUND, "there is no such receiver"))
    }

    async fn keep_receiver(&self, binding: &Binding) -> Result<(), Problem> {
        let change = Change { receiver: Some(binding.clone()), ..Change::default() };
        self.store.commit(change).await.map_err(|error| {
            tracing::error!(%error, "store.failed");
            let detail = "the outcome is not known; repeat it";
            Problem::new(problem::STORE_UNAVAILABLE, detail).retry_after(1)
        })
    }

    async fn ask_receiver(
        &self,
        merchant: &Merchant,
        account: &AccountId,
        operation: Operation,
    ) -> Result<(), Problem> {
        let account = own_account(&self.snapshot.load(), merchant, account)?;
        match self.call(&account, Some(&merchant.id), operation).await {
            Ok(Outcome::Bound) => Ok(()),
            Ok(Outcome::Refused(it)) => {
                let reason = format!("the channel says {}: {}", it.code, it.message);
                let mut problem = Problem::new(problem::CHANNEL_UNFIT, reason.clone());
                problem.errors.push(FieldError { pointer: "/receiver/account".into(), reason });
                Err(problem)
            }
            Err(Unanswered::Build(error)) => Err(unfit(&error)),
            Err(error) => Err(unheard(error.name())),
            Ok(_) => Err(unheard("unknown")),
        }
    }
}

fn allowed(merchant: &Merchant) -> Result<(), Problem> {
    let detail = "the merchant's `splits` does not allow it";
    let refused = || Problem::new(problem::SPLITS_NOT_ALLOWED, detail);
    if merchant.splits { Ok(()) } else { Err(refused()) }
}
