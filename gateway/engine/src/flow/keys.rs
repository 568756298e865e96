//! The keys by which a channel's signatures are verified: fetched, and the channel opened anew.

use paymux_channel::{Operation, Outcome, ParseError, PlatformKey};
use paymux_store::Store;

use super::call::Unanswered;
use crate::gateway::Gateway;
use crate::snapshot::Account;
use crate::wanted::Source;

impl<S: Store> Gateway<S> {
    /// Asks for this key soon; however often it is called, the fetches stay rare.
    pub(super) fn stale_keys(&self, account: &Account, source: Source, serial: &str) {
        tracing::warn!(account = account.id.as_str(), serial, ?source, "platform_keys.unknown");
        account.keys_wanted.ring(source, serial);
    }

    /// Nothing but keys is an answer; a failed one takes no key away. `serial` is the key that is
    /// wanted, where the channel tells keys one by one.
    pub async fn fetch_keys(
        &self,
        account: &Account,
        serial: Option<String>,
    ) -> Result<Vec<PlatformKey>, Unanswered> {
        let outcome = self.call(account, None, Operation::PlatformKeys { serial }).await?;
        if let Outcome::PlatformKeys(keys) = outcome {
            return Ok(keys);
        }
        tracing::warn!(account = account.id.as_str(), ?outcome, "platform_keys.refused");
        Err(Unanswered::Parse(ParseError::Malformed("no platform keys")))
    }
}
