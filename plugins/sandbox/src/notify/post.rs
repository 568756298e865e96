//! One POST to a merchant, within the channel's deadline.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Semaphore;

use crate::clock;

/// Acceptance is a word or a small JSON; what is longer is cut off unread.
const MAX_ANSWER_BYTES: usize = 4 * 1024;
/// What the record keeps of an answer.
const MAX_DETAIL_CHARS: usize = 200;
/// Deliveries under way at once: a shortened schedule must not exhaust the ports.
const MAX_CONCURRENT: usize = 128;

pub(crate) struct Posting {
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    /// Whether an answer's status and body mean "received".
    pub(crate) accepts: fn(u16, &[u8]) -> bool,
}

pub(crate) struct Answer {
    pub(super) status: Option<u16>,
    pub(super) accepted: bool,
    pub(super) detail: String,
}

pub(crate) struct Post {
    client: Client<HttpConnector, Full<Bytes>>,
    timeout: Duration,
    turns: Semaphore,
}

impl Post {
    pub(crate) fn new(timeout: Duration) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .build(connector);
        Self { client, timeout, turns: Semaphore::new(MAX_CONCURRENT) }
    }

    pub(super) async fn deliver(&self, url: &str, posting: Posting) -> Answer {
        let _turn = self.turns.acquire().await;
        let accepts = posting.accepts;
        match clock::within(self.timeout, self.send(url, posting)).await {
            None => silence("no answer in time".to_owned()),
            Some(Err(reason)) => silence(reason),
            Some(Ok((status, body))) => Answer {
                status: Some(status),
                accepted: accepts(status, &body),
                detail: String::from_utf8_lossy(&body).chars().take(MAX_DETAIL_CHARS).collect(),
            },
        }
    }

    async fn send(&self, url: &str, posting: Posting) -> Result<(u16, Bytes), String> {
        let mut request = Request::post(url);
        for (name, value) in posting.headers {
            request = request.header(name, value);
        }
        let request = request
            .body(Full::new(Bytes::from(posting.body)))
            .map_err(|error| format!("bad address: {error}"))?;
        let response = self.client.request(request).await.map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await;
        Ok((status, body.map_err(|error| error.to_string())?.to_bytes()))
    }
}

fn silence(detail: String) -> Answer {
    Answer { status: None, accepted: false, detail }
}
