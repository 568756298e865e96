//! The merchant's webhook: takes every event and remembers when each payment was first told paid.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;

#[derive(Clone, Default)]
pub(crate) struct Inbox {
    heard: Arc<Mutex<BTreeMap<String, Heard>>>,
    news: Arc<Notify>,
}

/// What was heard of one payment.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) first: Instant,
    /// Ids of its `payment.succeeded` events: one, however often it is delivered.
    pub(crate) events: Vec<String>,
    pub(crate) deliveries: u32,
}

impl Inbox {
    pub(crate) fn open(listener: TcpListener) -> Self {
        let inbox = Self::default();
        let served = inbox.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let inbox = served.clone();
                let _ = socket.set_nodelay(true);
                tokio::spawn(async move {
                    let service = service_fn(|request| inbox.clone().receive(request));
                    let server = auto::Builder::new(TokioExecutor::new());
                    let _ = server.serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        inbox
    }

    async fn receive(
        self,
        request: http::Request<Incoming>,
    ) -> Result<http::Response<Full<Bytes>>, Infallible> {
        if let Ok(body) = request.into_body().collect().await
            && let Ok(event) = serde_json::from_slice::<Value>(&body.to_bytes())
            && event["type"] == "payment.succeeded"
        {
            self.note(&event);
        }
        Ok(http::Response::new(Full::from("success")))
    }

    fn note(&self, event: &Value) {
        let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
        let id = text(&event["id"]);
        let mut heard = self.heard();
        let entry = heard.entry(text(&event["data"]["payment"]["id"])).or_insert_with(|| Heard {
            first: now(),
            events: vec![],
            deliveries: 0,
        });
        entry.deliveries += 1;
        if !entry.events.contains(&id) {
            entry.events.push(id);
        }
        drop(heard);
        self.news.notify_waiters();
    }

    pub(crate) fn heard(&self) -> MutexGuard<'_, BTreeMap<String, Heard>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until so many payments were told paid; whether that came in time.
    pub(crate) async fn wait_for(&self, payments: usize, patience: Duration) -> bool {
        let all = async {
            loop {
                let news = self.news.notified();
                if self.heard().len() >= payments {
                    return;
                }
                // The poll makes up for news between the look and the wait.
                let _ = tokio::time::timeout(Duration::from_millis(50), news).await;
            }
        };
        tokio::time::timeout(patience, all).await.is_ok()
    }
}

/// The load generator's stopwatch.
pub(crate) fn now() -> Instant {
    Instant::now()
}
