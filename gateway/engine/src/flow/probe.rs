//! Finds out whether a channel works, by a question that moves no money and is about nobody's order.

use paymux_channel::{Operation, Outcome};
use paymux_core::AttemptId;
use paymux_store::Store;

use super::call::Unanswered;
use crate::gateway::Gateway;
use crate::snapshot::Account;

/// Rides with the question: its answer is judged by who has read it, and not by its status.
#[derive(Clone, Copy, Debug)]
pub struct Probe;

impl<S: Store> Gateway<S> {
    /// It passes the account's stack like any call, so its quota and its breaker bound it.
    pub async fn probe(&self, account: &Account) {
        let answered = self.ask_of_nobody(account).await;
        account.gauge.probed(answered.as_ref().is_ok_and(is_definite));
        let outcome = answered.as_ref().map_or_else(Unanswered::name, Outcome::name);
        self.metrics.breaker_probes.with_label_values(&[account.id.as_str(), outcome]).inc();
    }

    async fn ask_of_nobody(&self, account: &Account) -> Result<Outcome, Unanswered> {
        let question = Operation::Query { attempt: AttemptId::NOBODYS };
        let prepared = self.prepare(account, None, question).await?;
        self.send(account, prepared.with(Probe)).await
    }
}

/// The channel itself has looked, and "no such order" is what it should have found. A page of
/// something before it, or its own "try again", is no sign that it works.
const fn is_definite(outcome: &Outcome) -> bool {
    !matches!(outcome, Outcome::Unknown { .. })
}
