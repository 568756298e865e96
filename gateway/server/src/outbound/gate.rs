//! A layer that lets a request pass or refuses it before it is sent.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use paymux_channel::{Request, Response};
use paymux_engine::outbound::CallError;
use tower::{Layer, Service};

pub(super) trait Gate: Send + Sync + 'static {
    /// What a request holds while it is on its way.
    type Pass: Send;

    fn enter(
        &self,
        request: &Request,
    ) -> impl Future<Output = Result<Self::Pass, CallError>> + Send;

    fn leave(&self, pass: Self::Pass, answer: Result<&Response, CallError>);
}

pub(super) struct GateLayer<G>(Arc<G>);

impl<G: Gate> GateLayer<G> {
    pub(super) fn new(gate: Arc<G>) -> Self {
        Self(gate)
    }
}

impl<G, S> Layer<S> for GateLayer<G> {
    type Service = Gated<G, S>;

    fn layer(&self, inner: S) -> Gated<G, S> {
        Gated { gate: Arc::clone(&self.0), inner }
    }
}

pub(super) struct Gated<G, S> {
    gate: Arc<G>,
    inner: S,
}

impl<G, S: Clone> Clone for Gated<G, S> {
    fn clone(&self) -> Self {
        Self { gate: Arc::clone(&self.gate), inner: self.inner.clone() }
    }
}

impl<G, S> Service<Request> for Gated<G, S>
where
    G: Gate,
    S: Service<Request, Response = Response, Error = CallError> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = CallError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, CallError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let gate = Arc::clone(&self.gate);
        // The one that was found ready goes on this call's way.
        let unready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, unready);
        Box::pin(async move {
            let pass = gate.enter(&request).await?;
            let answer = inner.call(request).await;
            gate.leave(pass, answer.as_ref().map_err(|error| *error));
            answer
        })
    }
}
