//! An application's token at its channel's open platform: one for all accounts of the application
//! and, where a new one voids the last, for all nodes.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use paymux_channel::{AppToken, Operation, Outcome, Secret};
use paymux_core::Timestamp;
use paymux_store::Store;
use paymux_store::guard::{Claim, Guard};
use paymux_store::token::{Kept, LocalTokens, Tokens};

use super::call::Unanswered;
use crate::clock::World;
use crate::gateway::Gateway;
use crate::snapshot::Account;

/// A token is not used for longer: its channel keeps the old one alive for this while beside the
/// new one, and clocks differ.
const EARLY: Duration = Duration::from_secs(300);
/// Longer than any call to a channel may take.
const LEASE: Duration = Duration::from_secs(60);

#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error("the account has no application whose token could be asked for")]
    Unsupported,
    /// Another node asks, or nobody knows whether one does: a token of ours would void its own.
    #[error("the token is being asked for elsewhere")]
    Elsewhere,
    #[error("the channel gives no token: {code}")]
    Refused { code: String },
    #[error("the channel's answer is not understood: {code}")]
    Unclear { code: String },
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
}

/// A token, and how long it lasts from the moment it was asked for.
type Granted = (Secret, Duration);

impl<S: Store> Gateway<S> {
    pub async fn app_token(&self, account: &Account) -> Result<Held, TokenError> {
        let channel = account.channel();
        let app = channel.capabilities().app_token.as_ref().ok_or(TokenError::Unsupported)?;
        let node = Node { world: &*self.world, guard: &*self.guard };
        self.tokens.get(app, node, self.ask_token(account)).await
    }

    async fn ask_token(&self, account: &Account) -> Result<Granted, TokenError> {
        let outcome = self.call(account, None, Operation::AppToken).await?;
        if let Outcome::Token { token, expires_in } = outcome {
            return Ok((token, expires_in));
        }
        if let Outcome::Refused(it) = outcome {
            return Err(TokenError::Refused { code: it.code });
        }
        Err(TokenError::Unclear { code: outcome.name().to_owned() })
    }
}

#[derive(Clone, Copy)]
struct Node<'a> {
    world: &'a dyn World,
    guard: &'a dyn Guard,
}

/// The tokens this node uses, and where nodes show theirs.
pub struct AppTokens {
    held: Mutex<BTreeMap<String, Held>>,
    shared: Arc<dyn Tokens>,
    /// One question at a time: whoever waited finds its answer.
    asking: tokio::sync::Mutex<()>,
}

/// A token that is in use.
#[derive(Clone, Debug)]
pub struct Held {
    pub token: Secret,
    pub until: Timestamp,
}

impl Default for AppTokens {
    fn default() -> Self {
        Self::new(Arc::new(LocalTokens::default()))
    }
}

impl AppTokens {
    pub fn new(shared: Arc<dyn Tokens>) -> Self {
        Self { held: Mutex::default(), shared, asking: tokio::sync::Mutex::default() }
    }

    /// `ask` is polled by whoever may ask, and by nobody else.
    async fn get(
        &self,
        app: &AppToken,
        node: Node<'_>,
        ask: impl Future<Output = Result<Granted, TokenError>>,
    ) -> Result<Held, TokenError> {
        if let Some(token) = self.lasting(app, node, EARLY) {
            return Ok(token);
        }
        let _turn = self.asking.lock().await;
        if let Some(token) = self.lasting(app, node, EARLY) {
            return Ok(token);
        }
        let asked = if app.exclusive {
            self.ask_for_all(app, node, ask).await
        } else {
            self.ask_now(app, node, ask).await
        };
        // The old one serves as long as it lasts.
        asked.or_else(|error| self.lasting(app, node, Duration::ZERO).ok_or(error))
    }

    /// Under a lease, and only where it is certain that nobody has asked before.
    async fn ask_for_all(
        &self,
        app: &AppToken,
        node: Node<'_>,
        ask: impl Future<Output = Result<Granted, TokenError>>,
    ) -> Result<Held, TokenError> {
        if let Some(token) = self.shown(app, node).await? {
            return Ok(token);
        }
        let key = format!("app_token/{}", app.app);
        let Claim::Taken(claim) = node.guard.claim(&key, LEASE).await else {
            return Err(TokenError::Elsewhere);
        };
        // Whoever held the lease a moment ago has shown what it got.
        let token = match self.shown(app, node).await {
            Ok(None) => self.ask_and_show(app, node, ask).await,
            Ok(Some(token)) => Ok(token),
            Err(error) => Err(error),
        };
        node.guard.release(&key, claim).await;
        token
    }

    /// What another node got, as this node's own from now on.
    async fn shown(&self, app: &AppToken, node: Node<'_>) -> Result<Option<Held>, TokenError> {
        match self.shared.read(&app.app).await {
            Kept::Away => Err(TokenError::Elsewhere),
            Kept::Nothing => Ok(None),
            Kept::Token { text, left } => {
                let until = node.world.now().after(left);
                self.hold(app, Held { token: Secret::new(text), until });
                Ok(self.lasting(app, node, EARLY))
            }
        }
    }

    async fn ask_and_show(
        &self,
        app: &AppToken,
        node: Node<'_>,
        ask: impl Future<Output = Result<Granted, TokenError>>,
    ) -> Result<Held, TokenError> {
        let held = self.ask_now(app, node, ask).await?;
        let left = held.until.since(node.world.now());
        if !self.shared.keep(&app.app, held.token.expose(), left).await {
            tracing::warn!(app = app.app, "app_token.not_shown");
        }
        Ok(held)
    }

    async fn ask_now(
        &self,
        app: &AppToken,
        node: Node<'_>,
        ask: impl Future<Output = Result<Granted, TokenError>>,
    ) -> Result<Held, TokenError> {
        let asked_at = node.world.now();
        let (token, life) = ask.await?;
        let held = Held { token, until: asked_at.after(life) };
        self.hold(app, held.clone());
        tracing::info!(app = app.app, exclusive = app.exclusive, "app_token.granted");
        Ok(held)
    }

    /// The one we hold, if it lasts for longer than this.
    fn lasting(&self, app: &AppToken, node: Node<'_>, longer: Duration) -> Option<Held> {
        self.held(app).filter(|it| it.until.since(node.world.now()) > longer)
    }

    fn held(&self, app: &AppToken) -> Option<Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).get(&app.app).cloned()
    }

    fn hold(&self, app: &AppToken, held: Held) {
        let mut all = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(app.app.clone(), held);
    }
}

#[cfg(test)]
mod tests;
