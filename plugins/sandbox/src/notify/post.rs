//! One POST to a merchant, within the channel's deadline.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Semaphore;

use crate::clock;

/// Acceptance is a word or a small JSON; what is longer is cut off unread.
const MAX_ANSWER_BYTES: usize = 4 * 1024;
/// A merchant's page, without what it loads.
const MAX_PAGE_BYTES: usize = 2 * 1024 * 1024;
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

/// What a browser gets to see of a page.
pub(crate) enum Fetched {
    Redirect(String),
    Page { status: StatusCode, content_type: Option<HeaderValue>, body: Bytes },
}

impl Post {
    /// Fetches a page as an app with this name would; plain HTTP alone.
    pub(crate) async fn fetch(&self, url: &str, agent: &str) -> Result<Fetched, String> {
        if !url.starts_with("http://") {
            return Err("只能打开 http:// 地址。 Only http:// addresses open here.".to_owned());
        }
        let request = Request::get(url)
            .header(header::USER_AGENT, agent)
            .header(header::ACCEPT, "text/html,*/*")
            .body(Full::default())
            .map_err(|error| format!("bad address: {error}"))?;
        let answer = clock::within(self.timeout, self.client.request(request)).await;
        let response = answer.ok_or("no answer in time")?.map_err(|error| error.to_string())?;
        let (parts, body) = response.into_parts();
        let named = |name| parts.headers.get(name).cloned();
        if let Some(location) = named(header::LOCATION) {
            let location = location.to_str().map_err(|error| error.to_string())?;
            return Ok(Fetched::Redirect(location.to_owned()));
        }
        let body = clock::within(self.timeout, Limited::new(body, MAX_PAGE_BYTES).collect()).await;
        let body = body.ok_or("no page in time")?.map_err(|error| error.to_string())?.to_bytes();
        let content_type = named(header::CONTENT_TYPE);
        Ok(Fetched::Page { status: parts.status, content_type, body })
    }
}

fn silence(detail: String) -> Answer {
    Answer { status: None, accepted: false, detail }
}
