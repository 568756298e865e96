//! A merchant's calls over HTTP.

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client as Hyper;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// No answer of the API or the sandbox comes near it.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

#[derive(Clone)]
pub(crate) struct Client {
    hyper: Hyper<HttpConnector, Full<Bytes>>,
    api_key: String,
}

impl Client {
    pub(crate) fn new(api_key: String) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self { hyper: Hyper::builder(TokioExecutor::new()).build(connector), api_key }
    }

    pub(crate) async fn get(&self, url: &str) -> anyhow::Result<(u16, Value)> {
        self.send(http::Request::get(url), Bytes::new()).await
    }

    pub(crate) async fn post(
        &self,
        url: &str,
        key: &str,
        body: &Value,
    ) -> anyhow::Result<(u16, Value)> {
        let request = http::Request::post(url)
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        self.send(request, serde_json::to_vec(body)?.into()).await
    }

    async fn send(
        &self,
        request: http::request::Builder,
        body: Bytes,
    ) -> anyhow::Result<(u16, Value)> {
        let request = request
            .header("authorization", format!("Bearer {}", self.api_key))
            .body(Full::new(body))?;
        let response = self.hyper.request(request).await.context("no answer")?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await;
        let body = body.map_err(|error| anyhow::anyhow!("a broken answer: {error}"))?.to_bytes();
        Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }
}
