//! A socket, and nothing between the test and the gateway's bytes.

use std::net::Ipv4Addr;
use std::time::Duration;

use paymux_tests::config::API_KEY;
use paymux_tests::rig::Rig;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

/// The gateway closes every connection of these tests, and long before.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Wire {
    pub(crate) stream: TcpStream,
}

/// One answer as it came.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The status, and what a problem is called.
    pub(crate) fn outcome(&self) -> String {
        let code = self.json()["code"].as_str().unwrap_or_default().to_owned();
        format!("{} {code}", self.status).trim_end().to_owned()
    }

    fn first(text: &str) -> Option<(Self, &str)> {
        let (head, rest) = text.split_once("\r\n\r\n")?;
        let status = head.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()?;
        let line = |it: &str| it.strip_prefix("content-length: ").and_then(|it| it.parse().ok());
        let length: usize = head.lines().find_map(line).unwrap_or(0);
        let (body, rest) = rest.split_at_checked(length)?;
        Some((Self { status, head: head.into(), body: body.into() }, rest))
    }
}

impl Wire {
    pub(crate) async fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("it listens");
        Self { stream }
    }

    /// From another address of this machine.
    pub(crate) async fn open_from(source: Ipv4Addr, port: u16) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((source, 0).into()).expect("an address of this machine");
        let to = (Ipv4Addr::LOCALHOST, port).into();
        Self { stream: socket.connect(to).await.expect("it listens") }
    }

    /// Whoever is hung up on in the middle finds out when reading.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Everything until the gateway closes.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut bytes = vec![];
        let read = tokio::time::timeout(PATIENCE, self.stream.read_to_end(&mut bytes)).await;
        let _ = read.expect("the gateway closes the connection");
        bytes
    }

    pub(crate) async fn replies(&mut self) -> Vec<Reply> {
        let text = String::from_utf8_lossy(&self.rest().await).into_owned();
        let (mut replies, mut rest) = (vec![], text.as_str());
        while let Some((reply, after)) = Reply::first(rest) {
            replies.push(reply);
            rest = after;
        }
        assert_eq!(rest, "", "whole answers and nothing else");
        replies
    }
}

/// Sends these bytes to the public listener and reads all answers until it closes.
pub(crate) async fn talk(rig: &Rig, bytes: impl AsRef<[u8]>) -> Vec<Reply> {
    let mut wire = Wire::open(rig.node.ports[0]).await;
    wire.send(bytes).await;
    wire.replies().await
}

/// The same, of one answer.
pub(crate) async fn ask(rig: &Rig, bytes: impl AsRef<[u8]>) -> Reply {
    let mut replies = talk(rig, bytes).await;
    assert_eq!(replies.len(), 1, "{replies:?}");
    replies.remove(0)
}

pub(crate) fn bearer() -> String {
    format!("Authorization: Bearer {API_KEY}\r\n")
}

/// A request of the merchant's, whole; `fields` are lines with their ends.
pub(crate) fn request(line: &str, fields: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let (body, key) = (body.as_ref(), bearer());
    let length = body.len();
    let head = format!("{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{key}{fields}");
    [format!("{head}Content-Length: {length}\r\n\r\n").as_bytes(), body].concat()
}

/// Asks for a payment with this body.
pub(crate) fn create(key: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let fields = format!("Content-Type: application/json\r\nIdempotency-Key: {key}\r\n");
    request("POST /v1/payments", &fields, body)
}

/// The smallest order, with one member changed or added; the value is JSON.
pub(crate) fn order(name: &str, value: &str) -> String {
    let mut members = vec![
        ("order_no", r#""hostile-1""#),
        ("amount", "888"),
        ("currency", r#""CNY""#),
        ("subject", r#""tea""#),
        ("method", r#""qr""#),
    ];
    members.retain(|it| it.0 != name);
    members.push((name, value));
    let members: Vec<_> = members.iter().map(|(name, it)| format!(r#""{name}":{it}"#)).collect();
    format!("{{{}}}", members.join(","))
}

/// Neither a payment nor an order at a channel came of it.
pub(crate) async fn nothing_was_made(rig: &Rig) {
    assert!(rig.api.payments().await.is_empty(), "nothing was made");
    assert!(rig.sandbox.books().values().all(|it| it.orders == 0), "no channel was asked");
}
