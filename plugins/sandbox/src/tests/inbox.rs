//! A merchant's notify listener: keeps what comes, answers from a script.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// A notification that has not come by then never will: fail instead of hanging.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Received {
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

type Script = Arc<Mutex<VecDeque<(u16, &'static str)>>>;

pub(super) struct Inbox {
    pub(super) url: String,
    script: Script,
    received: mpsc::UnboundedReceiver<Received>,
}

impl Inbox {
    /// Answers `200 success` unless scripted otherwise.
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, received) = mpsc::unbounded_channel();
        let script = Script::default();
        let answers = Arc::clone(&script);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (sender, answers) = (sender.clone(), Arc::clone(&answers));
                let service = service_fn(move |request| {
                    answer(request, sender.clone(), Arc::clone(&answers))
                });
                let server = auto::Builder::new(TokioExecutor::new());
                let connection = server.serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection.into_owned());
            }
        });
        Self { url, script, received }
    }

    /// The next answers, in order.
    pub(super) fn answer(&self, script: &[(u16, &'static str)]) {
        self.script.lock().unwrap().extend(script);
    }

    pub(super) async fn next(&mut self) -> Received {
        let next = tokio::time::timeout(PATIENCE, self.received.recv()).await;
        next.expect("a notification comes").expect("the listener lives")
    }

    pub(super) fn is_empty(&self) -> bool {
        self.received.is_empty()
    }
}

async fn answer(
    request: Request<Incoming>,
    sender: mpsc::UnboundedSender<Received>,
    script: Script,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8(bytes.to_vec()).unwrap();
    let path = parts.uri.path().to_owned();
    let scripted = script.lock().unwrap().pop_front();
    sender.send(Received { path, headers: parts.headers, body }).ok();
    let (status, text) = scripted.unwrap_or((200, "success"));
    Ok(Response::builder().status(status).body(Full::from(text)).unwrap())
}
