//! The payer's browser comes back from the channel: no proof of payment, but a reason to ask now.

use paymux_core::AttemptId;
use paymux_core::payment::Payment;
use paymux_store::{Change, Store, Task, TaskKind};

use crate::gateway::Gateway;
use crate::problem::{self, Problem};
use crate::snapshot::Account;

impl<S: Store> Gateway<S> {
    /// Wakes the question about the attempt, and tells whose payment it is.
    pub async fn land(&self, account: &Account, query: &str) -> Result<Payment, Problem> {
        let verified = account.channel().verify_return(query);
        let number = verified.map_err(|_| Problem::new(problem::NOT_FOUND, "not a return"))?;
        let attempt: AttemptId =
            number.parse().map_err(|_| Problem::new(problem::NOT_FOUND, "not one of ours"))?;
        let payment = self.load(attempt.payment).await?;
        let own = payment.attempt(attempt).filter(|it| it.account == account.id);
        let own = own.ok_or_else(|| Problem::new(problem::NOT_FOUND, "not one of this account"))?;
        let live = own.standing.is_live();
        if live {
            let task = Task { kind: TaskKind::Resolve(attempt), due: self.now() };
            let change = Change { tasks: vec![task], ..Change::default() };
            match self.store.commit(change).await {
                Ok(()) => self.bell.ring(),
                Err(error) => tracing::warn!(%error, "return.not_woken"),
            }
        }
        Ok(payment)
    }
}
