//! Spans on their way to the collector: a queue of limited length, and one task that sends. Whoever
//! ends a span never waits; what finds the queue full is dropped, and counted.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use opentelemetry::Context;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use paymux_channel::Secret;
use prometheus::IntCounterVec;
use prost::Message as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::outbound::Bare;
use crate::settings;

/// A few megabytes at most, and the spans of some hundred payments.
const WAITING: usize = 4096;
/// Spans of one message.
const BATCH: usize = 512;
/// How long a span waits for others.
const GATHER: Duration = Duration::from_secs(1);
/// For a whole answer of the collector.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
pub(super) struct Queue {
    spans: mpsc::Sender<SpanData>,
    counts: Arc<OnceLock<IntCounterVec>>,
    stop: CancellationToken,
    sending: TaskTracker,
    resource: Arc<OnceLock<ResourceAttributesWithSchema>>,
}

struct Sender {
    way: Bare,
    endpoint: String,
    headers: Vec<(http::HeaderName, Secret)>,
    queue: Queue,
}

impl Queue {
    pub(super) fn begin(settings: &settings::Traces) -> Self {
        let (spans, waiting) = mpsc::channel(WAITING);
        let (counts, stop, sending) =
            (Arc::default(), CancellationToken::new(), TaskTracker::new());
        let queue = Self { spans, counts, stop, sending, resource: Arc::default() };
        let sender = Sender {
            way: Bare::for_collector(PATIENCE),
            endpoint: settings.endpoint.clone(),
            headers: settings.headers.clone(),
            queue: queue.clone(),
        };
        queue.sending.spawn(sender.run(waiting));
        queue.sending.close();
        queue
    }

    pub(super) fn count_in(&self, counts: &IntCounterVec) {
        // The first gateway of the process counts; there is no other.
        let _ = self.counts.set(counts.clone());
    }

    pub(super) async fn end(&self) {
        self.stop.cancel();
        self.sending.wait().await;
    }

    fn count(&self, outcome: &str, spans: usize) {
        if let Some(counts) = self.counts.get() {
            counts.with_label_values(&[outcome]).inc_by(spans as u64);
        }
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.spans.try_send(span).is_err() {
            self.count("dropped", 1);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        self.stop.cancel();
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        let _ = self.resource.set(resource.into());
    }
}

impl Sender {
    async fn run(self, mut waiting: mpsc::Receiver<SpanData>) {
        while let Some(batch) = self.next_batch(&mut waiting).await {
            let spans = batch.len();
            let outcome = if self.send(batch).await { "sent" } else { "refused" };
            self.queue.count(outcome, spans);
        }
    }

    /// What came within a moment after the first. None once it is to end, and nothing is left.
    async fn next_batch(&self, waiting: &mut mpsc::Receiver<SpanData>) -> Option<Vec<SpanData>> {
        let mut batch = vec![];
        tokio::select! {
            _ = waiting.recv_many(&mut batch, BATCH) => {}
            () = self.queue.stop.cancelled() => waiting.close(),
        }
        let gather = async {
            while batch.len() < BATCH && waiting.recv_many(&mut batch, BATCH).await > 0 {}
        };
        tokio::select! {
            _ = tokio::time::timeout(GATHER, gather) => {}
            () = self.queue.stop.cancelled() => {}
        }
        while batch.len() < BATCH
            && let Ok(span) = waiting.try_recv()
        {
            batch.push(span);
        }
        (!batch.is_empty()).then_some(batch)
    }

    async fn send(&self, batch: Vec<SpanData>) -> bool {
        match self.way.send(self.request(batch)).await {
            Ok(answer) if answer.status().is_success() => true,
            Ok(answer) => {
                tracing::warn!(status = answer.status().as_u16(), "traces.refused");
                false
            }
            Err(error) => {
                tracing::warn!(%error, "traces.not_sent");
                false
            }
        }
    }

    fn request(&self, batch: Vec<SpanData>) -> http::Request<Bytes> {
        let resource = self.queue.resource.get_or_init(ResourceAttributesWithSchema::default);
        let resource_spans = group_spans_by_resource_and_scope(batch, resource);
        let message = ExportTraceServiceRequest { resource_spans };
        let mut request = http::Request::new(Bytes::from(message.encode_to_vec()));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.endpoint.parse().expect("the settings have read it");
        *request.headers_mut() = self.headers();
        request
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let protobuf = http::HeaderValue::from_static("application/x-protobuf");
        headers.insert(CONTENT_TYPE, protobuf);
        for (name, value) in &self.headers {
            let mut value: http::HeaderValue =
                value.expose().parse().expect("the settings have read it");
            value.set_sensitive(true);
            headers.insert(name.clone(), value);
        }
        headers
    }
}
