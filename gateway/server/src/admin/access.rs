//! Access to the admin listener: nobody is let in who is not known, and nobody further than their
//! role reaches.

pub(crate) mod guard;
pub(crate) mod origin;
pub(crate) mod password;
pub(crate) mod run_token;
pub(crate) mod user;

use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use axum::extract::FromRef;
use paymux_engine::Gateway;
use paymux_engine::clock::World;
use paymux_engine::endpoint::ApiKeyHash;

use crate::app::reload::Reloader;
use crate::settings;
use run_token::RunToken;
use user::Role;

/// Whom the audit log names when the token of the run was used.
const RUN_TOKEN: &str = "run-token";

/// What every handler of the admin listener may hold.
pub(crate) struct Desk<S> {
    pub(crate) gateway: Gateway<S>,
    pub(crate) access: Arc<Access>,
    /// None where there is no configuration to read again.
    pub(crate) reloader: Option<Arc<Reloader<S>>>,
}

impl<S> Clone for Desk<S> {
    fn clone(&self) -> Self {
        Self {
            gateway: self.gateway.clone(),
            access: Arc::clone(&self.access),
            reloader: self.reloader.clone(),
        }
    }
}

impl<S> FromRef<Desk<S>> for Gateway<S> {
    fn from_ref(desk: &Desk<S>) -> Self {
        desk.gateway.clone()
    }
}

/// Who is known, as the settings say now.
pub(crate) struct Access {
    pub(crate) settings: ArcSwap<settings::Admin>,
    run: Mutex<Option<RunToken>>,
}

/// Who asks; kept with each request that was let in.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) address: Option<IpAddr>,
}

impl Who {
    /// Whether what belongs to this merchant is theirs to see.
    pub(crate) fn sees(&self, merchant: &str) -> bool {
        self.role.merchant().is_none_or(|it| it.as_str() == merchant)
    }
}

impl Access {
    pub(crate) fn new(settings: &settings::Admin) -> Self {
        Self { settings: ArcSwap::from_pointee(settings.clone()), run: Mutex::default() }
    }

    /// What a reload brings.
    pub(crate) fn take(&self, settings: &settings::Admin) {
        self.settings.store(Arc::new(settings.clone()));
    }

    /// Where nobody is configured, the token of this run lets its reader in; nobody else.
    pub(crate) fn begin_run(&self, folder: &Path, port: u16, world: &dyn World) {
        if !self.settings.load().users.is_empty() {
            return;
        }
        match RunToken::write(folder, port, world) {
            Ok(token) => {
                let file = token.path.display();
                tracing::info!(%file, "no admin user is configured: this run's token is in a file");
                *self.run.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
            }
            Err(error) => {
                let folder = folder.display();
                tracing::warn!(%error, %folder, "no admin user is configured, and none can be let in");
            }
        }
    }

    pub(crate) fn end_run(&self) {
        self.run.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Compares with every token there is, whichever matches.
    fn holder(&self, token: &str) -> Option<(String, Role)> {
        let (presented, settings) = (ApiKeyHash::of(token), self.settings.load());
        let mut found = None;
        for (name, user) in &settings.users {
            for token in &user.tokens {
                if token.equals(&presented) {
                    found = Some((name.to_string(), user.role.clone()));
                }
            }
        }
        if settings.users.is_empty() && self.is_run_token(&presented) {
            found = Some((RUN_TOKEN.to_owned(), Role::Admin));
        }
        found
    }

    fn is_run_token(&self, presented: &ApiKeyHash) -> bool {
        let run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        run.as_ref().is_some_and(|it| it.hash.equals(presented))
    }
}
