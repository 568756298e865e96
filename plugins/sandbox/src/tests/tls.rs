//! A client of the TLS listener, with the merchant's certificate, without, or with a stranger's.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::{Parties, WechatCredentials};

pub(super) struct Secured(TlsConnector);

impl Secured {
    pub(super) fn new(own: &WechatCredentials, shows: bool) -> Self {
        let shown = shows.then_some((&*own.certificate_pem, &*own.private_key_pem));
        Self::with(&own.tls_ca_pem, shown)
    }

    /// Shows a certificate that our authority has not made.
    pub(super) fn stranger(own: &WechatCredentials) -> Self {
        let party = Parties::demo().wechat;
        Self::with(&own.tls_ca_pem, Some((&party.certificate_pem, &party.private_key_pem)))
    }

    fn with(ca_pem: &str, shown: Option<(&str, &str)>) -> Self {
        let read = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(read(ca_pem)).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match shown {
            None => config.with_no_client_auth(),
            Some((certificate, key)) => {
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                config.with_client_auth_cert(vec![read(certificate)], key).unwrap()
            }
        };
        Self(TlsConnector::from(Arc::new(config)))
    }

    /// `None` when the handshake or the connection fails.
    pub(super) async fn post(&self, url: &str, body: String) -> Option<(u16, String)> {
        let uri: http::Uri = url.parse().unwrap();
        let stream = TcpStream::connect(uri.authority()?.as_str()).await.ok()?;
        let name = ServerName::try_from(uri.host()?.to_owned()).unwrap();
        let stream = self.0.connect(name, stream).await.ok()?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
        tokio::spawn(connection);
        let request = Request::post(uri.path_and_query()?.as_str())
            .header("host", uri.authority()?.as_str())
            .header("content-type", "text/xml")
            .body(Full::new(Bytes::from(body)))
            .unwrap();
        let response = sender.send_request(request).await.ok()?;
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.ok()?.to_bytes();
        Some((status, String::from_utf8(bytes.to_vec()).unwrap()))
    }
}
