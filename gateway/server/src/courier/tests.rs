use std::time::Duration;

use bytes::Bytes;
use paymux_engine::courier::RetryAfter;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tower::ServiceExt as _;

use super::*;

fn strict() -> UrlPolicy {
    UrlPolicy {
        allow_private_addresses: false,
        allow_http: false,
        allow_amqp: false,
        ports: vec![443, 8443],
    }
}

fn local() -> UrlPolicy {
    UrlPolicy { allow_private_addresses: true, allow_http: true, allow_amqp: true, ports: vec![] }
}

#[test]
fn urls_that_are_not_a_merchants_are_refused_before_any_name_is_asked() {
    let refused = [
        "",
        "shop",
        "/hook",
        "http://shop.example/hook",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "https://user@shop.example/",
        "https://user:pw@shop.example/",
        "https://shop.example:22/",
        "https://shop.example:6379/",
        "https://shop.example/#@evil",
        "https:///hook",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.1./",
        "https://[64:ff9b::7f00:1]/",
    ];
    for url in refused {
        assert!(strict().check(url).is_err(), "{url}");
    }
    assert!(strict().check(&format!("https://shop.example/{}", "x".repeat(16 * 1024))).is_err());
    for url in ["https://shop.example/hook?a=1", "https://shop.example:8443/", "https://1.1.1.1/"] {
        assert!(strict().check(url).is_ok(), "{url}");
    }
}

/// Answers every connection with the same bytes, and then hangs or closes.
async fn endpoint(answer: &'static [u8], hang: bool) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = socket.read(&mut [0; 4096]).await;
                let _ = socket.write_all(answer).await;
                if hang {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    format!("http://{address}/hook")
}

fn post(url: &str) -> Parcel {
    Parcel {
        url: url.into(),
        method: ::http::Method::POST,
        login: None,
        merchant: "shop".parse().unwrap(),
        kind: "payment.succeeded".into(),
        headers: ::http::HeaderMap::new(),
        body: Bytes::from_static(b"{}"),
        timeout: Duration::from_millis(300),
    }
}

async fn send(urls: UrlPolicy, url: &str) -> Result<Receipt, CourierError> {
    crate::install_crypto();
    courier(urls, &Arc::new(rustls::RootCertStore::empty())).oneshot(post(url)).await
}

/// What was answered over HTTP.
async fn answer(url: &str) -> (u16, Option<RetryAfter>, Bytes) {
    match send(local(), url).await.unwrap() {
        Receipt::Answered { status, retry_after, body } => (status, retry_after, body),
        Receipt::Confirmed => panic!("not over HTTP"),
    }
}

#[tokio::test]
async fn answers_are_read_as_far_as_they_matter() {
    let ok = endpoint(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nsuccess", false).await;
    assert_eq!(answer(&ok).await, (200, None, Bytes::from_static(b"success")));
    let wait = b"HTTP/1.1 503 Busy\r\nretry-after: 5\r\ncontent-length: 0\r\n\r\n";
    let wish = RetryAfter::In(Duration::from_secs(5));
    assert_eq!(answer(&endpoint(wait, false).await).await, (503, Some(wish), Bytes::new()));
    let moved = b"HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(answer(&endpoint(moved, false).await).await.0, 307, "never followed");
}

#[tokio::test]
async fn every_failure_has_its_name() {
    let hang = endpoint(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nslow", true).await;
    assert_eq!(send(local(), &hang).await.unwrap_err(), CourierError::Deadline);
    let broken = endpoint(b"", false).await;
    assert_eq!(send(local(), &broken).await.unwrap_err(), CourierError::Broken);
    let tls = endpoint(b"HTTP/1.1 400 Bad\r\n\r\n", false).await.replace("http:", "https:");
    assert_eq!(send(local(), &tls).await.unwrap_err(), CourierError::Tls);
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = format!("http://{}/", closed.local_addr().unwrap());
    drop(closed);
    assert_eq!(send(local(), &refused).await.unwrap_err(), CourierError::Connect);
    let named = UrlPolicy {
        allow_private_addresses: false,
        allow_http: true,
        allow_amqp: false,
        ports: vec![80],
    };
    assert_eq!(send(named, "http://localhost/").await.unwrap_err(), CourierError::Address);
}
