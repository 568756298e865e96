//! One connection from its first byte to its last, whichever HTTP it speaks.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tower::{Service, ServiceExt as _};

use super::watched::Watched;
use super::{Limits, Peer};

/// No head of ours is larger; more is answered 431.
const MAX_HEAD_BYTES: u16 = u16::MAX;
const MAX_HEADERS: usize = 100;
/// Requests at once on one HTTP/2 connection.
const MAX_STREAMS: u32 = 32;
/// Streams that their peer took back before anybody looked at them; whoever goes on is cut off.
const MAX_TAKEN_BACK: usize = 20;
/// Streams that we had to reset because of what their peer sent.
const MAX_RESETS: usize = 64;
/// Bytes that a peer may send, of one stream and of all of its streams, before anybody reads them.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 4 * STREAM_WINDOW;
/// Of an answer that its peer does not read, so much is kept ready.
const MAX_UNSENT_BYTES: usize = 64 * 1024;
/// How often a silent HTTP/2 peer is asked whether it is there, and how long it may think.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct Connection {
    pub(super) limits: Arc<Limits>,
    /// Finish what is under way, take nothing new.
    pub(super) stopping: CancellationToken,
    /// The grace is over.
    pub(super) cut: CancellationToken,
}

impl Connection {
    pub(super) async fn serve<S, B>(self, stream: TcpStream, peer: SocketAddr, service: S)
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
        S: Clone + Send + 'static,
        S::Future: Send + 'static,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        // Answers are small and whole; waiting for more of them only delays.
        let _ = stream.set_nodelay(true);
        let (running, quiet) = watch::channel(0_usize);
        let counted = tower::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            let under_way = UnderWay::begin(&running);
            let answer = service.clone().oneshot(request);
            async move {
                let _under_way = under_way;
                answer.await
            }
        });
        let builder = builder(&self.limits);
        let service = TowerToHyperService::new(counted);
        let stream = TokioIo::new(Watched::new(stream));
        let note = |ended| note(ended, &self.limits);
        let mut connection = pin!(builder.serve_connection(stream, service));
        tokio::select! {
            ended = connection.as_mut() => return note(ended),
            () = self.cut.cancelled() => return,
            () = self.stopping.cancelled() => {}
            () = idle(quiet, &self.limits) => {}
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            ended = connection.as_mut() => note(ended),
            () = self.cut.cancelled() => {}
            // Nobody reads the last answer.
            () = unread(&self.stopping, self.limits.idle_timeout) => {}
        }
    }
}

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        // Without a timer the timeout is silently none.
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES.into());
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_pending_accept_reset_streams(MAX_TAKEN_BACK)
        .max_local_error_reset_streams(MAX_RESETS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(MAX_UNSENT_BYTES)
        .max_header_list_size(MAX_HEAD_BYTES.into())
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT);
    builder
}

/// A request that is being answered, counted.
struct UnderWay(watch::Sender<usize>);

impl UnderWay {
    fn begin(count: &watch::Sender<usize>) -> Self {
        count.send_modify(|it| *it += 1);
        Self(count.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.send_modify(|it| *it -= 1);
    }
}

/// Returns when nothing has been asked for too long; the first request must come sooner, since
/// until then nothing says what the peer speaks.
async fn idle(mut under_way: watch::Receiver<usize>, limits: &Limits) {
    let mut patience = limits.header_timeout;
    while under_way.wait_for(|it| *it == 0).await.is_ok() {
        tokio::select! {
            () = tokio::time::sleep(patience) => return,
            _ = under_way.changed() => patience = limits.idle_timeout,
        }
    }
    // The service is gone, and the connection with it.
    std::future::pending().await
}

/// While the gateway stops, the grace decides instead.
async fn unread(stopping: &CancellationToken, patience: Duration) {
    tokio::time::sleep(patience).await;
    if stopping.is_cancelled() {
        std::future::pending().await
    }
}

/// Peers break off all the time; it is no matter of ours, unless they say what nobody can read.
fn note(ended: Result<(), Box<dyn std::error::Error + Send + Sync>>, limits: &Limits) {
    let Err(error) = ended else { return };
    tracing::debug!(%error, "connection.broken");
    let malformed = error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse);
    if let Some(counts) = limits.counts.as_ref().filter(|_| malformed) {
        counts.malformed.inc();
    }
}
