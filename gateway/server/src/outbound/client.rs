//! hyper over rustls: sends a request once, and says how far it got.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use paymux_channel::{ClientCertificate, Request, Response};
use paymux_engine::outbound::{CallError, MAX_ANSWER_BYTES, Sink};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;
use tower::Service;

/// Shorter than the channels keep theirs, so that we rarely write into a closed one. Until then all
/// are kept: there are no more than calls that are under way at once.
const IDLE: Duration = Duration::from_secs(20);

/// Whom we trust, and as whom we show ourselves to who asks.
pub(super) fn tls(
    roots: &Arc<RootCertStore>,
    certificate: Option<&ClientCertificate>,
) -> Result<ClientConfig, rustls::Error> {
    let config = ClientConfig::builder().with_root_certificates(Arc::clone(roots));
    let Some(ClientCertificate { chain, key }) = certificate else {
        return Ok(config.with_no_client_auth());
    };
    let chain = chain.iter().map(|it| CertificateDer::from(it.clone())).collect();
    config.with_client_auth_cert(chain, PrivatePkcs8KeyDer::from(key.to_vec()).into())
}

pub(super) type HttpsClient = Client<Timely<HttpsConnector<HttpConnector>>, Full<Bytes>>;

/// A pool of its own for each: what is open was opened with this certificate and no other.
pub(super) fn client(tls: ClientConfig, connect_timeout: Duration) -> HttpsClient {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(connect_timeout));
    let connector = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        // A call a connection: a dead one fails its own call, and no other behind it.
        .enable_http1()
        .wrap_connector(tcp);
    let connector = Timely { connector, timeout: connect_timeout };
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build(connector)
}

/// Bounds the whole way to a usable connection: name, TCP and TLS. What fails here was never sent.
#[derive(Clone)]
pub(super) struct Timely<C> {
    connector: C,
    timeout: Duration,
}

type Coming = http::Response<hyper::body::Incoming>;
type Boxed = Box<dyn Error + Send + Sync>;

impl<C> Service<Uri> for Timely<C>
where
    C: Service<Uri, Error = Boxed>,
    C::Response: Send + 'static,
    C::Future: Send + 'static,
{
    type Response = C::Response;
    type Error = Boxed;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, Boxed>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Boxed>> {
        self.connector.poll_ready(cx)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let connection = tokio::time::timeout(self.timeout, self.connector.call(target));
        Box::pin(async move { connection.await? })
    }
}

pub(super) fn within(deadline: Duration, client: HttpsClient) -> Within {
    Within { deadline, client }
}

#[derive(Clone)]
pub(super) struct Within {
    deadline: Duration,
    client: HttpsClient,
}

impl Service<Request> for Within {
    type Response = Response;
    type Error = CallError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, CallError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let (deadline, client) = (self.deadline, self.client.clone());
        if let Some(sink) = request.extensions_mut().remove::<Sink>() {
            return Box::pin(pour(deadline, client, request, sink));
        }
        Box::pin(async move {
            tokio::time::timeout(deadline, exchange(client, request))
                .await
                .unwrap_or(Err(CallError::Deadline))
        })
    }
}

async fn exchange(client: HttpsClient, request: Request) -> Result<Response, CallError> {
    collected(head(client, request).await?).await
}

async fn head(client: HttpsClient, request: Request) -> Result<Coming, CallError> {
    let mut request = request.map(Full::new);
    // A compressed answer could be larger than it looks.
    let identity = http::HeaderValue::from_static("identity");
    request.headers_mut().insert(http::header::ACCEPT_ENCODING, identity);
    client.request(request).await.map_err(|error| classify(&error))
}

/// The deadline is each piece's: a file may take longer than an answer.
async fn pour(
    deadline: Duration,
    client: HttpsClient,
    request: Request,
    Sink(sink): Sink,
) -> Result<Response, CallError> {
    let late = |_| CallError::Deadline;
    let response = timeout(deadline, head(client, request)).await.map_err(late)??;
    if response.status() != http::StatusCode::OK {
        return timeout(deadline, collected(response)).await.map_err(late)?;
    }
    let (parts, mut body) = response.into_parts();
    while let Some(frame) = timeout(deadline, body.frame()).await.map_err(late)? {
        let Ok(bytes) = frame.map_err(|_| CallError::Broken)?.into_data() else { continue };
        // Whoever took it has enough.
        let taken = timeout(deadline, sink.send(bytes)).await.map_err(late)?;
        taken.map_err(|_| CallError::TooLarge)?;
    }
    Ok(Response::from_parts(parts, Bytes::new()))
}

async fn collected(response: Coming) -> Result<Response, CallError> {
    let (parts, body) = response.into_parts();
    let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await.map_err(|error| {
        let too_large = error.is::<http_body_util::LengthLimitError>();
        if too_large { CallError::TooLarge } else { CallError::Broken }
    })?;
    Ok(Response::from_parts(parts, body.to_bytes()))
}

/// A connection that never stood carried no byte; everything else may have.
fn classify(error: &hyper_util::client::legacy::Error) -> CallError {
    tracing::debug!(error = %chain(error), "channel.connection");
    if error.is_connect() { CallError::Connect } else { CallError::Broken }
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
