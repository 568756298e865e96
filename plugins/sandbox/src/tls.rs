//! TLS of the second listener: a server certificate of our own authority, and the client's if it
//! shows one.

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{Error, RootCertStore, ServerConfig, ServerConnection};

use crate::setup::WechatTls;
use crate::shared::KeyError;

/// A certificate the client has proven to own.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ClientCertificate(Vec<u8>);

impl ClientCertificate {
    pub(crate) fn from_pem(pem: &str) -> Option<Self> {
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
        Some(Self(der.to_vec()))
    }

    pub(crate) fn of(connection: &ServerConnection) -> Option<Self> {
        let leaf = connection.peer_certificates()?.first()?;
        Some(Self(leaf.to_vec()))
    }
}

/// A certificate is taken, not demanded: as at the channel, the path decides.
pub(crate) fn acceptor(own: &WechatTls) -> Result<TlsAcceptor, KeyError> {
    let config = config(own).ok_or(KeyError("TLS certificates and key"))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn config(own: &WechatTls) -> Option<ServerConfig> {
    let read = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).ok();
    let mut roots = RootCertStore::empty();
    roots.add(read(&own.ca_certificate_pem)?).ok()?;
    let chain = vec![read(&own.server_certificate_pem)?];
    let key = PrivateKeyDer::from_pem_slice(own.server_private_key_pem.as_bytes()).ok()?;
    build(roots, chain, key).ok()
}

fn build(
    roots: RootCertStore,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, Error> {
    let provider = Arc::new(default_provider());
    let failed = |error: tokio_rustls::rustls::server::VerifierBuilderError| {
        Error::General(error.to_string())
    };
    let clients =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .allow_unauthenticated()
            .build()
            .map_err(failed)?;
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key)
}
