//! What a channel offers and the gateway does not model: signed, sent once, verified, handed back.

use paymux_channel::{BuildError, Operation, Outcome, RawAnswer, RawCall};
use paymux_core::AccountId;
use paymux_store::Store;

use super::call::Unanswered;
use super::dispatch::limits;
use super::own_account;
use super::sync::unheard;
use crate::gateway::Gateway;
use crate::problem::{self, Problem};
use crate::snapshot::Merchant;

impl<S: Store> Gateway<S> {
    /// Nothing is recorded of it but a log line, and nothing is ever sent twice.
    pub async fn raw(
        &self,
        merchant: &Merchant,
        account: &AccountId,
        call: RawCall,
    ) -> Result<RawAnswer, Problem> {
        let found = own_account(&self.snapshot.load(), merchant, account)?;
        if !merchant.raw_calls {
            let detail = "the merchant's `raw_calls` does not allow it";
            return Err(Problem::new(problem::RAW_CALLS_NOT_ALLOWED, detail));
        }
        let (api, verb) = (call.api.clone(), call.verb.clone());
        let answered = self.call(&found, Some(&merchant.id), Operation::Raw(call)).await;
        let outcome = answered.as_ref().map_or_else(Unanswered::name, Outcome::name);
        let (merchant, account) = (merchant.id.as_str(), account.as_str());
        // Without its query, which may name a payer.
        let api = api.split('?').next().unwrap_or_default();
        tracing::info!(merchant, account, api, %verb, outcome, "raw.called");
        match answered {
            Ok(Outcome::Raw(answer)) => Ok(answer),
            Err(Unanswered::Build(error)) => Err(unfit(&error)),
            Err(error) => Err(unheard(error.name())),
            Ok(_) => Err(unheard("unknown")),
        }
    }
}

pub(super) fn unfit(error: &BuildError) -> Problem {
    limits(Problem::new(problem::CHANNEL_UNFIT, error.to_string()), std::slice::from_ref(error))
}
