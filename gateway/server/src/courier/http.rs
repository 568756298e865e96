//! hyper over rustls with a resolver that answers with vetted addresses alone.

use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use jiff::fmt::rfc2822;
use paymux_core::Timestamp;
use paymux_engine::courier::{CourierError, MAX_RECEIPT_BYTES, Parcel, Receipt, RetryAfter};
use tower::Service;

use super::{UrlPolicy, address};

/// For the endpoint's next event. All are kept: there are no more than deliveries that are under way
/// at once, which have places.
const IDLE: Duration = Duration::from_secs(15);

pub(super) type MerchantClient = Client<HttpsConnector<HttpConnector<Vetted>>, Full<Bytes>>;

pub(super) fn client(allow_private: bool, roots: &Arc<rustls::RootCertStore>) -> MerchantClient {
    let tls = rustls::ClientConfig::builder()
        .with_root_certificates(Arc::clone(roots))
        .with_no_client_auth();
    let mut tcp = HttpConnector::new_with_resolver(Vetted { allow_private });
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let connector = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp);
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build(connector)
}

pub(super) async fn attempt(
    client: &MerchantClient,
    target: Uri,
    parcel: &Parcel,
) -> Result<Receipt, CourierError> {
    let mut request = http::Request::builder()
        .method(&parcel.method)
        .uri(target)
        .body(Full::new(parcel.body.clone()))
        .map_err(|_| CourierError::Url)?;
    *request.headers_mut() = parcel.headers.clone();
    let response = client.request(request).await.map_err(|error| classify(&error))?;
    let (status, retry_after) = (response.status().as_u16(), retry_after(response.headers()));
    let body = head(response.into_body()).await;
    Ok(Receipt::Answered { status, retry_after, body })
}

pub(super) async fn knock(client: &MerchantClient, target: Uri) -> Result<u16, CourierError> {
    let request = http::Request::head(target).body(Full::default());
    let request = request.map_err(|_| CourierError::Url)?;
    let response = client.request(request).await.map_err(|error| classify(&error))?;
    Ok(response.status().as_u16())
}

/// To any address of the name that may be reached.
pub(super) async fn connects(
    host: &str,
    port: u16,
    policy: &UrlPolicy,
) -> Result<(), CourierError> {
    let found = tokio::net::lookup_host((host, port)).await.map_err(|_| CourierError::Resolve)?;
    let vetted = address::vet(found.collect(), policy.allow_private_addresses);
    if vetted.is_empty() {
        return Err(CourierError::Address);
    }
    let connected = tokio::net::TcpStream::connect(&*vetted).await;
    connected.map(drop).map_err(|_| CourierError::Connect)
}

/// The beginning of the body; the status has decided already, so a broken end is no failure.
async fn head(mut body: Incoming) -> Bytes {
    let mut head = BytesMut::new();
    while head.len() < MAX_RECEIPT_BYTES {
        match body.frame().await {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    let room = MAX_RECEIPT_BYTES - head.len();
                    head.extend_from_slice(&data[..data.len().min(room)]);
                }
            }
            Some(Err(_)) | None => break,
        }
    }
    head.freeze()
}

/// Seconds, or a date: by the endpoint's own clock, where it tells that too.
fn retry_after(headers: &HeaderMap) -> Option<RetryAfter> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(RetryAfter::In(Duration::from_secs(seconds)));
    }
    let moment = date(text)?;
    let now = headers.get(DATE).and_then(|it| it.to_str().ok()).and_then(date);
    Some(now.map_or(RetryAfter::At(moment), |now| RetryAfter::In(moment.since(now))))
}

fn date(text: &str) -> Option<Timestamp> {
    let moment = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Timestamp(moment.as_millisecond()))
}

/// Resolves a name and drops every address that is not public: a name that leads to a private
/// address is refused even if it led elsewhere a moment ago.
#[derive(Clone, Copy)]
pub(super) struct Vetted {
    allow_private: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("every address of the name is refused")]
struct AddressRefused;

#[derive(Debug, thiserror::Error)]
#[error("the name cannot be resolved")]
struct Unresolved;

type Addresses = std::vec::IntoIter<SocketAddr>;

impl Service<Name> for Vetted {
    type Response = Addresses;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Addresses, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let found: Vec<_> = found.map_err(|_| Unresolved)?.collect();
            let vetted = address::vet(found, allow_private);
            if vetted.is_empty() { Err(AddressRefused.into()) } else { Ok(vetted.into_iter()) }
        })
    }
}

fn classify(error: &hyper_util::client::legacy::Error) -> CourierError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(it) = cause {
        if it.is::<AddressRefused>() {
            return CourierError::Address;
        }
        if it.is::<Unresolved>() {
            return CourierError::Resolve;
        }
        if it.is::<rustls::Error>() || is_tls(it) {
            return CourierError::Tls;
        }
        cause = it.source();
    }
    if error.is_connect() { CourierError::Connect } else { CourierError::Broken }
}

/// rustls hides its errors inside those of the socket, perhaps more than once.
fn is_tls(error: &(dyn Error + 'static)) -> bool {
    let Some(socket) = error.downcast_ref::<std::io::Error>() else { return false };
    let Some(inner) = socket.get_ref() else { return false };
    inner.is::<rustls::Error>() || is_tls(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_to_wait_is_seconds_or_a_date() {
        let check = |wish: &'static str, clock: Option<&'static str>, expect| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, wish.parse().unwrap());
            clock.map(|it| headers.insert(DATE, it.parse().unwrap()));
            assert_eq!(retry_after(&headers), expect, "{wish} {clock:?}");
        };
        let seconds = |it| Some(RetryAfter::In(Duration::from_secs(it)));
        check("120", None, seconds(120));
        check(" 0 ", None, seconds(0));
        check("1000000000", None, seconds(1_000_000_000));
        let date = "Wed, 21 Oct 2026 07:28:00 GMT";
        let moment = Timestamp::from_secs(1_792_567_680);
        check(date, None, Some(RetryAfter::At(moment)));
        check(date, Some("Wed, 21 Oct 2026 07:27:00 GMT"), seconds(60));
        check(date, Some("Wed, 21 Oct 2026 08:00:00 GMT"), seconds(0));
        check(date, Some("now"), Some(RetryAfter::At(moment)));
        for nonsense in ["-1", "soon", "1.5", "", "99999999999999999999999", "21 Oct"] {
            check(nonsense, None, None);
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
