//! TLS to PostgreSQL: tokio-postgres over the one rustls of this program.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use anyhow::Context as _;
use paymux_store::postgres::Trust;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};

use crate::outbound;
use crate::settings::Postgres;

/// Makes connections as the url's `sslmode` demands.
#[derive(Clone)]
pub(crate) struct PostgresTls(Arc<ClientConfig>);

pub(crate) fn connector(settings: &Postgres) -> anyhow::Result<PostgresTls> {
    let builder = ClientConfig::builder();
    let config = match settings.options.url.trust() {
        Trust::Verified => builder.with_root_certificates(roots(settings)?).with_no_client_auth(),
        Trust::Plain | Trust::Encrypted => {
            let anybody = Anybody(Arc::clone(builder.crypto_provider()));
            let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(anybody));
            builder.with_no_client_auth()
        }
    };
    Ok(PostgresTls(Arc::new(config)))
}

fn roots(settings: &Postgres) -> anyhow::Result<Arc<RootCertStore>> {
    let Some(pem) = &settings.root_certificates else { return Ok(outbound::system_roots()) };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate.context("`store.root_certificates`")?)?;
    }
    anyhow::ensure!(!roots.is_empty(), "`store.root_certificates` holds no certificate");
    Ok(Arc::new(roots))
}

/// What `require` asks for: a peer that owns its certificate, whosever that is.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// One handshake to come.
pub(crate) struct Handshake {
    config: Arc<ClientConfig>,
    host: ServerName<'static>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> MakeTlsConnect<S> for PostgresTls {
    type Stream = Stream<S>;
    type TlsConnect = Handshake;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> io::Result<Handshake> {
        let host = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        Ok(Handshake { config: Arc::clone(&self.0), host })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for Handshake {
    type Stream = Stream<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Stream<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        let connector = tokio_rustls::TlsConnector::from(self.config);
        Box::pin(async move { Ok(Stream(connector.connect(self.host, stream).await?)) })
    }
}

pub(crate) struct Stream<S>(tokio_rustls::client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Stream<S> {
    /// The host was verified by its certificate, or nobody asked for it.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, into)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use paymux_store::postgres::{Options, pending};

    use super::*;

    const CERTIFICATE: &str = include_str!("postgres_tls/test-certificate.pem");
    const KEY: &str = include_str!("postgres_tls/test-key.pem");

    #[tokio::test]
    async fn the_url_says_whom_to_trust() {
        crate::install_crypto();
        let start = || paymux_services::Postgres::start_tls(CERTIFICATE, KEY);
        let server = tokio::task::spawn_blocking(start).await.unwrap();
        let database = server.database();
        let check = async |host: &str, mode: &str, known: bool, expect: &str| {
            let url = format!("{}?sslmode={mode}", database.replace("127.0.0.1", host));
            let timeout = Duration::from_secs(20);
            let options = Options {
                url: url.parse().unwrap(),
                connections: 2,
                connect_timeout: timeout,
                statement_timeout: timeout,
                lock_timeout: timeout,
            };
            let root_certificates = known.then(|| CERTIFICATE.as_bytes().to_vec());
            let settings = Postgres { options, root_certificates };
            let tls = connector(&settings).unwrap();
            let said = pending(&settings.options, tls).await;
            let said = said.map_or_else(|it| it.to_string(), |_| "connected".into());
            assert!(said.contains(expect), "{host} {mode} {known}: {said}");
        };
        // The certificate is for `localhost`.
        check("localhost", "verify-full", true, "connected").await;
        check("localhost", "verify-full", false, "invalid peer certificate").await;
        check("127.0.0.1", "verify-full", true, "invalid peer certificate").await;
        check("127.0.0.1", "require", false, "connected").await;
        check("127.0.0.1", "prefer", false, "connected").await;
        check("127.0.0.1", "disable", false, "connected").await;
    }
}
