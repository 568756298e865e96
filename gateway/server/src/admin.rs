//! What operators look at by hand; kept on loopback or in a private network.

mod reload;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use paymux_engine::Gateway;
use paymux_engine::snapshot::Snapshot;
use paymux_store::Store;
use serde::Serialize;

use crate::api::reply;
use crate::app::reload::Reloader;

/// All that the admin listener serves.
#[derive(Clone)]
pub struct Admin(Router);

#[derive(Serialize)]
struct Status<'a> {
    version: &'static str,
    config_generation: u64,
    accounts: Vec<AccountStatus<'a>>,
    merchants: usize,
}

#[derive(Serialize)]
struct AccountStatus<'a> {
    account: &'a str,
    channel: &'a str,
}

impl Admin {
    pub fn new<S: Store>(gateway: &Gateway<S>) -> Self {
        let routes = Router::new().route("/status", get(status::<S>));
        Self(routes.with_state(gateway.clone()))
    }

    /// Reads the configuration again, or tells what that would change.
    pub(crate) fn with_reload<S: Store>(self, reloader: Arc<Reloader<S>>) -> Self {
        Self(self.0.merge(reload::routes(reloader)))
    }

    pub fn into_service(self) -> Router {
        self.0
    }
}

async fn status<S: Store>(State(gateway): State<Gateway<S>>) -> Response {
    reply::json(StatusCode::OK, &of(&gateway.snapshot.load()))
}

fn of(snapshot: &Snapshot) -> Status<'_> {
    let accounts = snapshot.accounts.values();
    Status {
        version: env!("CARGO_PKG_VERSION"),
        config_generation: snapshot.generation,
        accounts: accounts
            .map(|it| AccountStatus { account: it.id.as_str(), channel: &it.kind })
            .collect(),
        merchants: snapshot.merchants.len(),
    }
}
