//! HTTP from outside: one connection for each request, so that no restart surprises it.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// The gateway answers within its own deadlines; this is for one that does not.
const DEADLINE: Duration = Duration::from_secs(40);

#[derive(Clone)]
pub struct Http(Client<HttpConnector, Full<Bytes>>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Default for Http {
    fn default() -> Self {
        Self(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http())
    }
}

impl Http {
    /// HTTP/2 from the first byte.
    pub fn second() -> Self {
        let mut builder = Client::builder(TokioExecutor::new());
        Self(builder.pool_max_idle_per_host(0).http2_only(true).build_http())
    }

    /// An error is text: all of them mean that there was no answer.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, String> {
        let answered = tokio::time::timeout(DEADLINE, self.exchange(request)).await;
        answered.map_err(|_| "no answer in time".to_owned())?
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, String> {
        let response = self.0.request(request).await.map_err(|it| format!("{it:?}"))?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|it| it.to_string())?.to_bytes();
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    pub async fn get(&self, url: &str) -> Result<Answer, String> {
        let request = Request::get(url).body(Full::default());
        self.send(request.map_err(|it| it.to_string())?).await
    }
}

impl Http {
    /// With nothing in its body.
    pub async fn post(&self, url: &str) -> Result<Answer, String> {
        let request = Request::post(url).body(Full::default());
        self.send(request.map_err(|it| it.to_string())?).await
    }
}

impl Answer {
    /// The body; `null` when it is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|it| it.to_str().ok())
    }

    /// What a problem is called, or nothing.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn is_replayed(&self) -> bool {
        self.header("idempotent-replayed") == Some("true")
    }
}
