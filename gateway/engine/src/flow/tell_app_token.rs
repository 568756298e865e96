//! A merchant's other systems use the application's token that the gateway holds: one of their own
//! would void it.

use std::time::Duration;

use paymux_channel::Secret;
use paymux_core::AccountId;
use paymux_store::Store;

use super::app_token::TokenError;
use super::call::Unanswered;
use super::own_account;
use super::raw::unfit;
use super::sync::unheard;
use crate::gateway::Gateway;
use crate::problem::{self, Problem};
use crate::snapshot::{Merchant, Snapshot};

/// Whoever holds it acts as the application.
#[derive(Clone, Debug)]
pub struct ToldToken {
    pub app: String,
    pub token: Secret,
    pub expires_in: Duration,
}

impl<S: Store> Gateway<S> {
    pub async fn tell_app_token(
        &self,
        merchant: &Merchant,
        id: &AccountId,
    ) -> Result<ToldToken, Problem> {
        let snapshot = self.snapshot.load_full();
        let account = own_account(&snapshot, merchant, id)?;
        if !merchant.app_tokens {
            return Err(forbidden("the merchant's `app_tokens` does not allow it"));
        }
        let channel = account.channel();
        let app = channel.capabilities().app_token.as_ref().map(|it| it.app.clone());
        let app = app.ok_or_else(|| refused(TokenError::Unsupported))?;
        if is_anothers(&snapshot, merchant, &account.kind, &app) {
            return Err(forbidden("another merchant sells by the same application"));
        }
        let held = self.app_token(&account).await.map_err(refused)?;
        tracing::info!(merchant = merchant.id.as_str(), account = id.as_str(), "app_token.told");
        Ok(ToldToken { app, token: held.token, expires_in: held.until.since(self.now()) })
    }
}

/// Accounts of two merchants may be of one application, which the configuration cannot tell.
fn is_anothers(snapshot: &Snapshot, merchant: &Merchant, kind: &str, app: &str) -> bool {
    let others = snapshot.merchants.values().filter(|it| it.id != merchant.id);
    let accounts = others.flat_map(|it| &it.candidates).map(|it| &it.account);
    accounts.filter_map(|it| snapshot.account(it)).any(|it| {
        let channel = it.channel();
        let token = channel.capabilities().app_token.as_ref();
        it.kind == kind && token.is_some_and(|it| it.app == app)
    })
}

fn forbidden(detail: &str) -> Problem {
    Problem::new(problem::APP_TOKENS_NOT_ALLOWED, detail)
}

fn refused(error: TokenError) -> Problem {
    match error {
        TokenError::Unsupported | TokenError::Refused { .. } => {
            Problem::new(problem::CHANNEL_UNFIT, error.to_string())
        }
        TokenError::Elsewhere => {
            Problem::new(problem::CHANNEL_UNAVAILABLE, error.to_string()).retry_after(1)
        }
        TokenError::Unclear { .. } => unheard("unknown"),
        TokenError::Unanswered(Unanswered::Build(error)) => unfit(&error),
        TokenError::Unanswered(error) => unheard(error.name()),
    }
}
