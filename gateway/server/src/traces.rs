//! Traces, where somebody collects them: OpenTelemetry's protocol over HTTP, beside the work and
//! never in its way. Off where the configuration names no collector.

mod queue;
mod sampler;

use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracerProvider, Tracer};
use paymux_core::trace::{Heading, Trace};
use paymux_engine::metrics::Metrics;
use paymux_engine::traces::{TARGET, Traces, untraced};
use tracing::Span;
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::registry::LookupSpan;

use crate::settings;
use queue::Queue;
use sampler::Requests;

/// For what is queued at the end.
const GOODBYE: Duration = Duration::from_secs(3);

/// Whoever writes lines is the whole process's, and so is who keeps its traces.
static KEEPER: OnceLock<Arc<Keeper>> = OnceLock::new();

/// Keeps the traces of this process, and knows what became of their spans.
pub(crate) struct Keeper {
    queue: Queue,
    provider: SdkTracerProvider,
}

/// Begins to keep traces; for the subscriber of this process.
pub(crate) fn begin(settings: &settings::Traces) -> Arc<Keeper> {
    let queue = Queue::begin(settings);
    let resource = Resource::builder_empty()
        .with_attribute(opentelemetry::KeyValue::new("service.name", "paymux"))
        .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(queue.clone())
        .with_sampler(Requests { permille: settings.sample_permille })
        .with_resource(resource)
        .build();
    let keeper = Arc::new(Keeper { queue, provider });
    Arc::clone(KEEPER.get_or_init(|| keeper))
}

impl Keeper {
    /// What makes spans of ours OpenTelemetry's; nothing of lines, places in code or threads.
    pub(crate) fn layer<S>(&self) -> OpenTelemetryLayer<S, Tracer>
    where
        S: tracing::Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("paymux"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_level(false)
            .with_tracked_inactivity(false)
    }
}

/// What keeps traces in this process, told in the gateway's metrics from now on.
pub(crate) fn kept(metrics: &Metrics) -> Arc<dyn Traces> {
    let Some(keeper) = KEEPER.get() else { return untraced() };
    keeper.queue.count_in(&metrics.spans);
    Arc::clone(keeper) as Arc<dyn Traces>
}

/// Sends what is queued, if that is soon done.
pub(crate) async fn end() {
    if let Some(keeper) = KEEPER.get() {
        let ended = tokio::time::timeout(GOODBYE, keeper.queue.end()).await;
        if ended.is_err() {
            tracing::warn!("traces.not_sent");
        }
    }
}

/// The span of a merchant's request; none where the merchant keeps no trace of it.
pub(crate) fn request(traces: &dyn Traces, heading: Option<Heading>, route: &str) -> Span {
    if !traces.are_kept() || heading == Some(Heading::NotKept) {
        return Span::none();
    }
    let span = tracing::trace_span!(
        target: TARGET,
        sampler::REQUEST,
        otel.kind = "server",
        http.route = route,
        http.response.status_code = tracing::field::Empty,
        merchant = tracing::field::Empty,
    );
    if let Some(Heading::Kept(trace)) = heading {
        traces.join(&span, trace);
    }
    span
}

impl Traces for Keeper {
    fn current(&self) -> Option<Trace> {
        let context = Span::current().context();
        let here = context.span().span_context().clone();
        let trace = Trace {
            id: u128::from_be_bytes(here.trace_id().to_bytes()),
            span: u64::from_be_bytes(here.span_id().to_bytes()),
        };
        (here.is_valid() && here.is_sampled()).then_some(trace)
    }

    fn join(&self, span: &Span, trace: Trace) {
        let there = SpanContext::new(
            TraceId::from(trace.id),
            SpanId::from(trace.span),
            TraceFlags::SAMPLED,
            true,
            TraceState::default(),
        );
        let context = opentelemetry::Context::new().with_remote_span_context(there);
        if let Err(error) = span.set_parent(context) {
            tracing::debug!(%error, "trace.not_joined");
        }
    }

    fn are_kept(&self) -> bool {
        true
    }
}
