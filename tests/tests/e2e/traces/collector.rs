//! A collector of traces: takes what OpenTelemetry's protocol brings over HTTP, and can fail.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use paymux_tests::listen::{response, serve};
use prost::Message as _;
use tokio::net::TcpListener;

/// A span as it was sent.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) trace: String,
    pub(super) id: String,
    pub(super) parent: String,
    pub(super) name: String,
    pub(super) attributes: BTreeMap<String, String>,
}

#[derive(Clone)]
pub(super) struct Collector {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    /// Whether it keeps whoever comes waiting.
    hangs: Arc<AtomicBool>,
}

impl Collector {
    pub(super) async fn open(token: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let collector = Self { address, seen: Arc::default(), hangs: Arc::default() };
        let own = collector.clone();
        let handle = move |request| {
            let own = own.clone();
            async move { own.take(token, request).await }
        };
        tokio::spawn(serve(listener, handle));
        collector
    }

    pub(super) fn hang(&self) {
        self.hangs.store(true, Ordering::Relaxed);
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn take(
        &self,
        token: &str,
        request: http::Request<Incoming>,
    ) -> std::io::Result<http::Response<http_body_util::Full<Bytes>>> {
        let (parts, body) = request.into_parts();
        let header = |name: &str| parts.headers.get(name).and_then(|it| it.to_str().ok());
        assert_eq!(parts.uri.path(), "/v1/traces");
        assert_eq!(header("content-type"), Some("application/x-protobuf"));
        assert_eq!(header("authorization"), Some(token));
        if self.hangs.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
        let message = ExportTraceServiceRequest::decode(body).expect("it is the protocol's");
        let scopes = message.resource_spans.into_iter().flat_map(|it| it.scope_spans);
        let spans = scopes.flat_map(|it| it.spans).map(|it| seen(&it));
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).extend(spans);
        Ok(response(200, Bytes::new()))
    }
}

fn seen(span: &Span) -> Seen {
    let hex = |bytes: &[u8]| bytes.iter().map(|it| format!("{it:02x}")).collect::<String>();
    let text = |value: &Option<Value>| match value {
        Some(Value::StringValue(text)) => text.clone(),
        other => format!("{other:?}"),
    };
    let attributes = span.attributes.iter().map(|it| {
        let value = it.value.as_ref().and_then(|it| it.value.clone());
        (it.key.clone(), text(&value))
    });
    Seen {
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        name: span.name.clone(),
        attributes: attributes.collect(),
    }
}
