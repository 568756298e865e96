//! Spans: what a unit of work is called in a trace, and how it joins the one that its payment's
//! request began.

use std::sync::Arc;

use paymux_core::PaymentId;
use paymux_core::trace::Trace;
use paymux_store::Store;
use tracing::Span;

use crate::gateway::Gateway;

/// Of every span, so that those who write lines never see one, and nothing is made where nobody
/// keeps traces.
pub const TARGET: &str = "paymux::traces";

/// Whoever keeps traces.
pub trait Traces: Send + Sync {
    /// Where we stand, if it is kept.
    fn current(&self) -> Option<Trace>;

    /// Has `span` go on from there; before it was entered.
    fn join(&self, span: &Span, trace: Trace);

    fn are_kept(&self) -> bool;
}

/// Nobody.
pub struct Untraced;

impl Traces for Untraced {
    fn current(&self) -> Option<Trace> {
        None
    }

    fn join(&self, _: &Span, _: Trace) {}

    fn are_kept(&self) -> bool {
        false
    }
}

pub fn untraced() -> Arc<dyn Traces> {
    Arc::new(Untraced)
}

impl<S: Store> Gateway<S> {
    /// A span of work on a payment that was begun elsewhere, in the trace of its request. The store
    /// is asked where traces are kept, and a failure costs the trace alone.
    pub(crate) async fn joined(
        &self,
        payment: Option<PaymentId>,
        begin: impl FnOnce() -> Span,
    ) -> Span {
        let Some(payment) = payment.filter(|_| self.traces.are_kept()) else {
            return Span::none();
        };
        let trace = self.store.payment(payment).await.ok().flatten().and_then(|it| it.trace);
        let Some(trace) = trace else { return Span::none() };
        let span = begin();
        self.traces.join(&span, trace);
        span
    }
}
