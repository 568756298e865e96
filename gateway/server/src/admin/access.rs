//! Access to the admin listener: nobody is let in who is not known, and nobody further than their
//! role reaches.

pub(crate) mod browser;
pub(crate) mod guard;
pub(crate) mod login;
pub(crate) mod origin;
mod pacing;
pub(crate) mod page_guard;
pub(crate) mod password;
pub(crate) mod run_token;
mod session;
pub(crate) mod sessions;
pub(crate) mod user;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use axum::extract::FromRef;
use paymux_engine::Gateway;
use paymux_engine::clock::World;
use paymux_engine::endpoint::ApiKeyHash;
use tokio::sync::OnceCell;

use crate::admin::console::Series;
use crate::app::reload::Reloader;
use crate::settings;
use pacing::Pacing;
use run_token::RunToken;
use user::{Role, User, UserName};

/// Whom the token of the run stands for.
const RUN_USER: &str = "admin";

/// What every handler of the admin listener may hold.
pub(crate) struct Desk<S> {
    pub(crate) gateway: Gateway<S>,
    pub(crate) access: Arc<Access>,
    /// None where there is no configuration to read again.
    pub(crate) reloader: Option<Arc<Reloader<S>>>,
    /// What the console draws.
    pub(crate) series: Arc<Series>,
}

impl<S> Clone for Desk<S> {
    fn clone(&self) -> Self {
        Self {
            gateway: self.gateway.clone(),
            access: Arc::clone(&self.access),
            reloader: self.reloader.clone(),
            series: Arc::clone(&self.series),
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
    pacing: Pacing,
    /// What all nodes sign sessions with, once it was read.
    secret: OnceCell<String>,
}

/// Who asks; kept with each request that was let in.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) address: Option<IpAddr>,
    pub(crate) request_id: String,
}

impl Who {
    /// Whether what belongs to this merchant is theirs to see.
    pub(crate) fn sees(&self, merchant: &str) -> bool {
        self.role.merchant().is_none_or(|it| it.as_str() == merchant)
    }
}

impl Access {
    pub(crate) fn new(settings: &settings::Admin) -> Self {
        Self {
            settings: ArcSwap::from_pointee(settings.clone()),
            run: Mutex::default(),
            pacing: Pacing::default(),
            secret: OnceCell::new(),
        }
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

    pub(crate) fn token_file(&self) -> Option<PathBuf> {
        let run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        run.as_ref().map(|it| it.path.clone())
    }

    pub(crate) fn end_run(&self) {
        self.run.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    pub(crate) fn failure_is_noted(&self) -> bool {
        self.pacing.failure_is_noted()
    }

    /// As the settings say now or, where they name nobody, whoever reads the run's token.
    pub(crate) fn user(&self, name: &UserName) -> Option<User> {
        let settings = self.settings.load();
        if !settings.users.is_empty() {
            return settings.users.get(name).cloned();
        }
        self.run_user().filter(|_| name.as_str() == RUN_USER)
    }

    fn run_user(&self) -> Option<User> {
        let run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        run.as_ref().map(|it| it.user.clone())
    }

    /// Compares with every token there is, whichever matches.
    fn holder(&self, token: &str) -> Option<(String, Role)> {
        let (presented, settings) = (ApiKeyHash::of(token), self.settings.load());
        let run = if settings.users.is_empty() { self.run_user() } else { None };
        let known = settings.users.iter().map(|(name, it)| (name.as_str(), it));
        let mut found = None;
        for (name, user) in known.chain(run.iter().map(|it| (RUN_USER, it))) {
            for token in &user.tokens {
                if token.equals(&presented) {
                    found = Some((name.to_owned(), user.role.clone()));
                }
            }
        }
        found
    }
}
