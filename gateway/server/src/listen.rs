//! The accept loop that all listeners share: no more connections than allowed, none of them kept
//! without a reason, and an end in peace when the gateway stops.

mod addresses;
mod connection;
mod framing;
mod watched;

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use ipnet::IpNet;
use prometheus::IntCounter;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use addresses::{Addresses, Seat};
use connection::Connection;
pub(crate) use framing::Framing;

/// Out of files or memory: asking again at once would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

#[derive(Clone, Debug)]
pub struct Limits {
    pub connections: usize,
    /// Of one client address; one that has more is turned away.
    pub per_address: usize,
    /// Proxies of ours, each of which may have all connections.
    pub proxies: Vec<IpNet>,
    /// Where it is counted what was turned away.
    pub counts: Option<Counts>,
    /// For a request's head to arrive. HTTP/1 counts it from the end of the request before, so
    /// there an idle connection lives no longer than this.
    pub header_timeout: Duration,
    /// How long a connection without a request is kept.
    pub idle_timeout: Duration,
    /// How long requests under way may take when the gateway stops.
    pub grace: Duration,
}

#[derive(Clone, Debug)]
pub struct Counts {
    /// Connections of an address that had too many.
    pub crowded: IntCounter,
    /// Connections that ended because nobody can be sure what they said.
    pub malformed: IntCounter,
}

impl Limits {
    fn seats(&self, address: IpAddr) -> usize {
        let proxy = self.proxies.iter().any(|it| it.contains(&address.to_canonical()));
        if proxy { self.connections } else { self.per_address }
    }
}

/// The other end of a connection, kept with each of its requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

pub async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Until `shutdown`; then no connection is accepted any more, those without a request are closed,
/// and the others have until the end of the grace.
pub async fn serve<S, B>(
    listener: TcpListener,
    service: S,
    limits: Limits,
    shutdown: CancellationToken,
) where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let places = Arc::new(Semaphore::new(limits.connections));
    let (running, cut) = (TaskTracker::new(), CancellationToken::new());
    let (grace, limits, addresses) = (limits.grace, Arc::new(limits), Addresses::default());
    loop {
        let (stream, peer, place) = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some(seat) = admit(&addresses, &limits, peer) else { continue };
        let connection = Connection {
            limits: Arc::clone(&limits),
            stopping: shutdown.clone(),
            cut: cut.clone(),
        };
        let service = service.clone();
        running.spawn(async move {
            connection.serve(stream, peer, service).await;
            drop((place, seat));
        });
    }
    drop(listener);
    drain(running, cut, grace).await;
}

/// A place first: whoever comes beyond the limit waits in the system's queue, at no cost to us.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    loop {
        let place = Arc::clone(places).acquire_owned().await;
        let place = place.expect("nobody closes the semaphore");
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            Err(error) => {
                tracing::warn!(%error, "connection.not_accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whoever is turned away is told by the closed connection alone, which costs the least.
fn admit(addresses: &Addresses, limits: &Limits, peer: SocketAddr) -> Option<Seat> {
    let seat = addresses.seat(peer.ip(), limits.seats(peer.ip()));
    if let (None, Some(counts)) = (&seat, &limits.counts) {
        counts.crowded.inc();
    }
    seat
}

async fn drain(running: TaskTracker, cut: CancellationToken, grace: Duration) {
    running.close();
    if tokio::time::timeout(grace, running.wait()).await.is_err() {
        tracing::warn!(connections = running.len(), "connections.cut");
        cut.cancel();
        running.wait().await;
    }
}

#[cfg(test)]
mod tests;
