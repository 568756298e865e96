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

    fn enter(&self) -> Result<Self::Pass, CallError>;

    fn leave(&self, pass: Self::Pass, answer: Result<&Response, CallError>);
}

pub(super) struct GateLayer<G>(Arc<G>);

impl<G: Gate> GateLayer<G> {
    pub(super) fn new(gate: G) -> Self {
        Self(Arc::new(gate))
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
    S: Service<Request, Response = Response, Error = CallError> + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = CallError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, CallError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let pass = match self.gate.enter() {
            Ok(pass) => pass,
            Err(refusal) => return Box::pin(std::future::ready(Err(refusal))),
        };
        let (gate, answer) = (Arc::clone(&self.gate), self.inner.call(request));
        Box::pin(async move {
            let answer = answer.await;
            gate.leave(pass, answer.as_ref().map_err(|error| *error));
            answer
        })
    }
}
