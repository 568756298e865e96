//! The listener: our own accept loop, which can cut a connection without an answer.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::{Extensions, Request};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::clock;
use crate::exchange::Cut;
use crate::shared::Shared;
use crate::tls::ClientCertificate;
use crate::{alipay, control, wallet, wechat};

const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(30);
/// After this, connections still open are dropped.
pub(crate) const DRAIN: Duration = Duration::from_secs(2);
/// After a failed accept (too many open files), before the next.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug, thiserror::Error)]
#[error("the connection was cut on purpose")]
struct CutOnPurpose;

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .nest("/alipay", alipay::routes())
        .merge(wechat::routes())
        .merge(wallet::routes())
        .nest("/control", control::routes())
        .with_state(shared)
}

/// Serves until the sandbox stops; with TLS when there is an acceptor.
pub(crate) async fn serve(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<Shared>,
) {
    let router = router(Arc::clone(&shared));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_READ_TIMEOUT);
    let server = Server { builder, router, graceful: GracefulShutdown::new() };
    while let Some(accepted) = shared.stop.run_until_cancelled(listener.accept()).await {
        let Ok((stream, _peer)) = accepted else {
            clock::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        match &acceptor {
            Some(acceptor) => server.secured(acceptor.clone(), stream),
            None => server.connection(stream),
        }
    }
    drop(listener);
    clock::within(DRAIN, server.graceful.shutdown()).await;
}

struct Server {
    builder: auto::Builder<TokioExecutor>,
    router: Router,
    graceful: GracefulShutdown,
}

impl Server {
    fn connection(&self, stream: TcpStream) {
        let (builder, router) = (self.builder.clone(), self.router.clone());
        let watcher = self.graceful.watcher();
        tokio::spawn(async move { run(builder, router, watcher, stream, None).await });
    }

    /// What the client has shown goes with every request of its connection.
    fn secured(&self, acceptor: TlsAcceptor, stream: TcpStream) {
        let (builder, router) = (self.builder.clone(), self.router.clone());
        let watcher = self.graceful.watcher();
        tokio::spawn(async move {
            match acceptor.accept(stream).await {
                Ok(stream) => {
                    let shown = ClientCertificate::of(stream.get_ref().1);
                    run(builder, router, watcher, stream, shown).await;
                }
                Err(error) => tracing::debug!(%error, "a TLS handshake failed"),
            }
        });
    }
}

async fn run(
    builder: auto::Builder<TokioExecutor>,
    router: Router,
    watcher: Watcher,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    shown: Option<ClientCertificate>,
) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().extend(shown.clone().map(with).unwrap_or_default());
        respond(router.clone(), request)
    });
    let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

fn with(shown: ClientCertificate) -> Extensions {
    let mut extensions = Extensions::new();
    extensions.insert(shown);
    extensions
}

/// An error from here ends the connection with nothing sent.
async fn respond(router: Router, request: Request<Incoming>) -> Result<Response, CutOnPurpose> {
    let answered: Result<_, std::convert::Infallible> =
        router.oneshot(request.map(Body::new)).await;
    let Ok(response) = answered;
    if response.extensions().get::<Cut>().is_some() { Err(CutOnPurpose) } else { Ok(response) }
}
