//! The keys by which a channel's signatures are verified: fetched, and the channel opened anew.

use paymux_channel::{Operation, Outcome, ParseError, PlatformKey};
use paymux_store::Store;

use super::call::Unanswered;
use crate::gateway::Gateway;
use crate::snapshot::Account;

impl<S: Store> Gateway<S> {
    /// Asks for new keys soon; however often it is called, the fetches stay rare.
    pub(super) fn stale_keys(&self, account: &Account) {
        tracing::warn!(account = account.id.as_str(), "platform_keys.unknown");
        account.keys_wanted.notify_one();
    }

    /// Nothing but keys is an answer; a failed one takes no key away.
    pub async fn fetch_keys(&self, account: &Account) -> Result<Vec<PlatformKey>, Unanswered> {
        let outcome = self.call(account, None, Operation::PlatformKeys { serial: None }).await?;
        if let Outcome::PlatformKeys(keys) = outcome {
            return Ok(keys);
        }
        tracing::warn!(account = account.id.as_str(), ?outcome, "platform_keys.refused");
        Err(Unanswered::Parse(ParseError::Malformed("no platform keys")))
    }
}
