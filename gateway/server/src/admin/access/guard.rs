//! Before every route of the admin listener: under which name it was asked for, by whom, and
//! whether that role may.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use paymux_engine::problem;
use paymux_store::Store;

use super::user::{Least, Role};
use super::{Desk, Who, origin};
use crate::api::problem::Refusal;
use crate::inbound::authenticate::Reason;
use crate::inbound::authorization::{Shown, shown};
use crate::inbound::client::Client;
use crate::inbound::request_id::RequestId;

const UNAUTHENTICATED: &str = "send a valid token in `Authorization: Bearer`";

/// A page of a stranger must not get at the listener by a name of its own that leads here.
pub(crate) async fn host<S: Store>(
    State(desk): State<Desk<S>>,
    mut request: Request,
    next: Next,
) -> Response {
    let known = desk.access.settings.load();
    match origin::of(request.headers(), request.uri(), &known.origins) {
        Some(origin) => {
            request.extensions_mut().insert(origin);
            next.run(request).await
        }
        None => {
            let detail = "the admin listener is not known by this name: see `admin.origins`";
            Refusal::new(problem::UNKNOWN_HOST, detail).into_response()
        }
    }
}

/// Before one route.
pub(crate) struct Guard<S> {
    pub(crate) desk: Desk<S>,
    pub(crate) least: Least,
    /// Whether it changes something, so that its every use is told.
    pub(crate) acts: bool,
    /// Whether a script asks by itself, so that it says nothing about a person.
    pub(crate) by_script: bool,
}

impl<S> Clone for Guard<S> {
    fn clone(&self) -> Self {
        let Self { least, acts, by_script, .. } = *self;
        Self { desk: self.desk.clone(), least, acts, by_script }
    }
}

impl<S> Guard<S> {
    pub(super) fn note(&self, who: &Who, request: &Request) {
        if self.acts {
            let (user, role, path) = (&who.name, who.role.name(), request.uri().path());
            tracing::info!(user, role, address = ?who.address, path, "admin.acted");
        }
    }
}

pub(crate) async fn machine<S: Store>(
    State(guard): State<Guard<S>>,
    mut request: Request,
    next: Next,
) -> Response {
    if guard.least == Least::Nobody {
        return next.run(request).await;
    }
    let who = match bearer(&guard.desk, &request) {
        Ok(who) => who,
        Err(reason) => return unauthenticated(reason),
    };
    if !who.role.reaches(guard.least) {
        return forbidden(&who.role);
    }
    guard.note(&who, &request);
    request.extensions_mut().insert(who);
    next.run(request).await
}

fn bearer<S: Store>(desk: &Desk<S>, request: &Request) -> Result<Who, Reason> {
    let token = match shown(request.headers()) {
        Shown::ApiKey(token) => token,
        Shown::Nothing => return Err(Reason::Missing),
        Shown::Signed(_) | Shown::Unreadable(_) => return Err(Reason::Malformed),
    };
    let (name, role) = desk.access.holder(token).ok_or(Reason::UnknownKey)?;
    Ok(Who { name, role, address: address(request), request_id: request_id(request) })
}

pub(crate) fn request_id(request: &Request) -> String {
    request.extensions().get::<RequestId>().map_or_else(String::new, |it| it.0.clone())
}

pub(crate) fn address(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<Client>().and_then(|it| it.address.or(it.peer))
}

/// The reason makes whoever fails often wait.
fn unauthenticated(reason: Reason) -> Response {
    let mut response = Refusal::new(problem::UNAUTHENTICATED, UNAUTHENTICATED).into_response();
    response.extensions_mut().insert(reason);
    response
}

pub(super) fn forbidden(role: &Role) -> Response {
    let detail = format!("the role {} may not do this", role.name());
    Refusal::new(problem::FORBIDDEN, detail).into_response()
}
