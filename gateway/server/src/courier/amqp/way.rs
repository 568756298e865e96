//! The way to a broker: TCP, or TLS over it. lapin is handed the finished connection, so that one
//! library and one set of trust anchors verify all endpoints.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_rs::traits::Reactor;
use async_rs::util::RuntimeParts;
use async_rs::{Runtime, Tokio};
use futures_core::Stream;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt as _};

/// What lapin runs on.
pub(super) type Ways = Runtime<RuntimeParts<Tokio, Way>>;

/// The same for every connection to one broker.
#[derive(Clone)]
pub(super) struct Way {
    /// And as whom the broker has to show itself.
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    tokio: Tokio,
}

impl Way {
    pub(super) fn plain() -> Ways {
        Self { tls: None, tokio: Tokio::current() }.into_ways()
    }

    /// `None` where no certificate could be for this host.
    pub(super) fn secure(config: &Arc<ClientConfig>, host: &str) -> Option<Ways> {
        let name = ServerName::try_from(host.to_owned()).ok()?;
        let tls = Some((Arc::clone(config), name));
        Some(Self { tls, tokio: Tokio::current() }.into_ways())
    }

    fn into_ways(self) -> Ways {
        Runtime::new(RuntimeParts::new(self.tokio.clone(), self))
    }

    async fn connect(self, address: SocketAddr) -> io::Result<Compat<Box<dyn Duplex>>> {
        let tcp = TcpStream::connect(address).await?;
        tcp.set_nodelay(true)?;
        let stream: Box<dyn Duplex> = match self.tls {
            None => Box::new(tcp),
            Some((config, name)) => Box::new(TlsConnector::from(config).connect(name, tcp).await?),
        };
        Ok(stream.compat())
    }
}

pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Way").field("tls", &self.tls.is_some()).finish_non_exhaustive()
    }
}

impl Reactor for Way {
    type TcpStream = Compat<Box<dyn Duplex>>;
    type Sleep = <Tokio as Reactor>::Sleep;

    fn register<H: Read + Write + AsFd + AsRawFd + Send + 'static>(
        &self,
        socket: H,
    ) -> io::Result<impl futures_io::AsyncRead + futures_io::AsyncWrite + Send + Unpin + 'static>
    {
        self.tokio.register(socket)
    }

    fn sleep(&self, pause: Duration) -> Self::Sleep {
        self.tokio.sleep(pause)
    }

    fn interval(&self, pause: Duration) -> impl Stream<Item = Instant> + Send + 'static {
        self.tokio.interval(pause)
    }

    fn tcp_connect_addr(
        &self,
        address: SocketAddr,
    ) -> impl Future<Output = io::Result<Self::TcpStream>> + Send + 'static {
        self.clone().connect(address)
    }
}
