//! The listener: our own accept loop, which can cut a connection without an answer.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::any;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt as _;

use crate::clock;
use crate::exchange::Cut;
use crate::shared::Shared;
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
        .route("/alipay/gateway.do", any(alipay::gateway))
        .merge(wechat::routes())
        .merge(wallet::routes())
        .nest("/control", control::routes())
        .with_state(shared)
}

pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let router = router(Arc::clone(&shared));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_READ_TIMEOUT);
    let graceful = GracefulShutdown::new();
    while let Some(accepted) = shared.stop.run_until_cancelled(listener.accept()).await {
        let Ok((stream, _peer)) = accepted else {
            clock::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        connection(stream, builder.clone(), router.clone(), &graceful);
    }
    drop(listener);
    clock::within(DRAIN, graceful.shutdown()).await;
}

fn connection(
    stream: TcpStream,
    builder: auto::Builder<TokioExecutor>,
    router: Router,
    graceful: &GracefulShutdown,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let watcher = graceful.watcher();
    tokio::spawn(async move {
        let service = service_fn(move |request| respond(router.clone(), request));
        let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "a connection ended early");
        }
    });
}

/// An error from here ends the connection with nothing sent.
async fn respond(router: Router, request: Request<Incoming>) -> Result<Response, CutOnPurpose> {
    let answered: Result<_, std::convert::Infallible> =
        router.oneshot(request.map(Body::new)).await;
    let Ok(response) = answered;
    if response.extensions().get::<Cut>().is_some() { Err(CutOnPurpose) } else { Ok(response) }
}
