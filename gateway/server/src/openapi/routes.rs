//! One table for what is served and for what is described: a route cannot be added without its
//! description.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodRouter, delete, get, post};
use utoipa::openapi::path::HttpMethod;

use super::operation::Operation;

pub(crate) struct Described {
    pub(crate) method: HttpMethod,
    pub(crate) path: &'static str,
    pub(crate) operation: Operation,
}

pub(crate) struct Routes<S> {
    router: Router<S>,
    described: Vec<Described>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    pub(crate) fn new() -> Self {
        Self { router: Router::new(), described: vec![] }
    }

    pub(crate) fn get<T: 'static>(
        self,
        path: &'static str,
        handler: impl Handler<T, S>,
        operation: Operation,
    ) -> Self {
        self.add(path, get(handler), Described { method: HttpMethod::Get, path, operation })
    }

    pub(crate) fn post<T: 'static>(
        self,
        path: &'static str,
        handler: impl Handler<T, S>,
        operation: Operation,
    ) -> Self {
        self.add(path, post(handler), Described { method: HttpMethod::Post, path, operation })
    }

    pub(crate) fn delete<T: 'static>(
        self,
        path: &'static str,
        handler: impl Handler<T, S>,
        operation: Operation,
    ) -> Self {
        self.add(path, delete(handler), Described { method: HttpMethod::Delete, path, operation })
    }

    fn add(mut self, path: &str, handler: MethodRouter<S>, described: Described) -> Self {
        self.described.push(described);
        Self { router: self.router.route(path, handler), described: self.described }
    }

    #[cfg(test)]
    pub(crate) fn described(self) -> Vec<Described> {
        self.described
    }

    pub(crate) fn with_state(self, state: S) -> (Router, Vec<Described>) {
        (self.router.with_state(state), self.described)
    }
}
