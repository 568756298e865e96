//! The merchant's webhook: believes only what is signed, answers as scripted, forgets nothing.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::listen::{response, serve};
use crate::wait::until;
use crate::webhook::is_genuine;

/// A receiver refuses what was signed longer ago, or later, than this.
const WINDOW_SECS: u64 = 300;

/// What the shop answers to one delivery.
#[derive(Clone, Debug)]
pub enum Reply {
    Status(u16, &'static str),
    /// Busy, and when to come again: the value of `Retry-After`.
    Wait(&'static str),
    /// Sends the deliverer to another page of the shop.
    Redirect,
    /// Says nothing, and keeps the connection.
    Hang,
    /// Ends the connection without an answer.
    Cut,
}

const SUCCESS: Reply = Reply::Status(200, "success");

/// One delivery as it came.
#[derive(Clone, Debug)]
pub struct Heard {
    pub id: String,
    pub timestamp: u64,
    pub signature: String,
    /// Where the delivery stands in a trace, if in any.
    pub traceparent: String,
    pub body: Bytes,
    pub event: Value,
    /// Whether it was answered with success.
    pub taken: bool,
}

/// A kind of event, and the order it is about.
type Topic = (String, String);

#[derive(Default)]
struct Book {
    heard: BTreeMap<Topic, Vec<Heard>>,
    forged: Vec<String>,
    elsewhere: usize,
    /// What to answer next.
    script: BTreeMap<Topic, VecDeque<Reply>>,
}

#[derive(Clone)]
pub struct Shop {
    pub address: SocketAddr,
    secret: Arc<str>,
    book: Arc<Mutex<Book>>,
}

impl Shop {
    pub async fn open(secret: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let shop = Self { address, secret: secret.into(), book: Arc::default() };
        let own = shop.clone();
        let handle = move |request| {
            let shop = own.clone();
            async move { shop.receive(request).await }
        };
        tokio::spawn(serve(listener, handle));
        shop
    }

    pub fn url(&self) -> String {
        format!("http://{}/webhook", self.address)
    }

    /// The next deliveries of this event of this order are answered so; then with success.
    pub fn script(&self, kind: &str, order_no: &str, replies: &[Reply]) {
        let key = (kind.to_owned(), order_no.to_owned());
        self.book().script.entry(key).or_default().extend(replies.iter().cloned());
    }

    /// All deliveries so far; none may be forged.
    pub fn heard(&self) -> Vec<Heard> {
        let book = self.book();
        assert!(book.forged.is_empty(), "not signed by the gateway: {:?}", book.forged);
        book.heard.values().flatten().cloned().collect()
    }

    /// How often the page was asked for to which nobody was to be led.
    pub fn elsewhere(&self) -> usize {
        self.book().elsewhere
    }

    pub fn of(&self, kind: &str, order_no: &str) -> Vec<Heard> {
        let book = self.book();
        assert!(book.forged.is_empty(), "not signed by the gateway: {:?}", book.forged);
        let topic = (kind.to_owned(), order_no.to_owned());
        book.heard.get(&topic).cloned().unwrap_or_default()
    }

    /// Waits until the shop has taken this event of this order.
    pub async fn hears(&self, kind: &str, order_no: &str) -> Heard {
        let taken = async || self.of(kind, order_no).into_iter().find(|it| it.taken);
        until(&format!("{kind} of {order_no}"), taken).await
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn receive(&self, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        if parts.uri.path() != "/webhook" {
            self.book().elsewhere += 1;
            return Ok(response(200, Bytes::from_static(b"success")));
        }
        let reply = self.note(&parts.headers, &body);
        match reply {
            Reply::Status(status, body) => Ok(response(status, Bytes::from(body))),
            Reply::Wait(wish) => {
                let mut busy = response(503, Bytes::new());
                let wish = http::HeaderValue::from_static(wish);
                busy.headers_mut().insert(http::header::RETRY_AFTER, wish);
                Ok(busy)
            }
            Reply::Redirect => {
                let mut redirect = response(302, Bytes::new());
                let elsewhere = http::HeaderValue::from_static("/elsewhere");
                redirect.headers_mut().insert(http::header::LOCATION, elsewhere);
                Ok(redirect)
            }
            Reply::Hang => std::future::pending().await,
            Reply::Cut => Err(io::Error::other("cut")),
        }
    }

    fn note(&self, headers: &http::HeaderMap, body: &Bytes) -> Reply {
        let header =
            |name: &str| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let timestamp = header("webhook-timestamp").parse().unwrap_or_default();
        let event: Value = serde_json::from_slice(body).unwrap_or_default();
        let mut book = self.book();
        let genuine = is_genuine(&self.secret, headers, body) && is_fresh(timestamp);
        if !genuine || event["id"] != header("webhook-id") {
            book.forged.push(format!("{headers:?} {event}"));
            return Reply::Status(401, "");
        }
        let mut heard = Heard {
            id: header("webhook-id").to_owned(),
            timestamp,
            signature: header("webhook-signature").to_owned(),
            traceparent: header("traceparent").to_owned(),
            body: body.clone(),
            event,
            taken: false,
        };
        let topic = (heard.kind().to_owned(), heard.order_no().to_owned());
        let reply = book.script.get_mut(&topic).and_then(VecDeque::pop_front).unwrap_or(SUCCESS);
        heard.taken = matches!(reply, Reply::Status(200..=299, "success"));
        book.heard.entry(topic).or_default().push(heard);
        reply
    }
}

impl Heard {
    pub fn kind(&self) -> &str {
        self.event["type"].as_str().unwrap_or_default()
    }

    pub fn order_no(&self) -> &str {
        let data = &self.event["data"];
        let number = data["payment"]["order_no"].as_str();
        number.or(data["transfer"]["transfer_no"].as_str()).unwrap_or_default()
    }
}

#[expect(clippy::disallowed_methods, reason = "a receiver compares with its own clock")]
fn is_fresh(timestamp: u64) -> bool {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.is_ok_and(|it| it.as_secs().abs_diff(timestamp) <= WINDOW_SECS)
}
