//! Where a shop of another protocol hears: it keeps every request as it came.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use paymux_tests::listen::{response, serve};
use paymux_tests::wait::until;
use tokio::net::TcpListener;

#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

#[derive(Default)]
struct Book {
    calls: Vec<Call>,
    script: VecDeque<(u16, &'static str)>,
}

#[derive(Clone)]
pub(crate) struct Ear {
    base: String,
    book: Arc<Mutex<Book>>,
}

impl Ear {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let base = format!("http://{}", listener.local_addr().expect("it listens"));
        let ear = Self { base, book: Arc::default() };
        let own = ear.clone();
        let handle = move |request| {
            let ear = own.clone();
            async move { ear.hear(request).await }
        };
        tokio::spawn(serve(listener, handle));
        ear
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// What the next calls are answered; then `success`.
    pub(crate) fn script(&self, replies: &[(u16, &'static str)]) {
        self.book.lock().expect("one at a time").script.extend(replies);
    }

    pub(crate) fn calls(&self, path: &str) -> Vec<Call> {
        let book = self.book.lock().expect("one at a time");
        book.calls.iter().filter(|it| it.path == path).cloned().collect()
    }

    /// Waits until so many have come.
    pub(crate) async fn hears(&self, path: &str, count: usize) -> Vec<Call> {
        let heard = async || Some(self.calls(path)).filter(|it| it.len() >= count);
        until(&format!("{count} calls of {path}"), heard).await
    }

    async fn hear(
        &self,
        request: Request<Incoming>,
    ) -> io::Result<http::Response<http_body_util::Full<Bytes>>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let header = |name: &str| parts.headers.get(name).and_then(|it| it.to_str().ok());
        let call = Call {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            content_type: header("content-type").unwrap_or_default().to_owned(),
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        let mut book = self.book.lock().expect("one at a time");
        book.calls.push(call);
        let (status, text) = book.script.pop_front().unwrap_or((200, "success"));
        Ok(response(status, Bytes::from_static(text.as_bytes())))
    }
}
