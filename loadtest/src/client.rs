//! Calls over HTTP, as merchants and channels make them.

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client as Hyper;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// No answer of the API or the sandbox comes near it.
const MAX_ANSWER_BYTES: usize = 256 * 1024 * 1024;

#[derive(Clone)]
pub struct Client {
    hyper: Hyper<HttpConnector, Full<Bytes>>,
}

impl Default for Client {
    fn default() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self { hyper: Hyper::builder(TokioExecutor::new()).build(connector) }
    }
}

impl Client {
    /// With a token, or with none.
    pub async fn get(&self, url: &str, token: &str) -> anyhow::Result<(u16, Value)> {
        let request = http::Request::get(url).header("authorization", format!("Bearer {token}"));
        let (status, body) = self.send(request.body(Full::default())?).await?;
        Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }

    pub async fn post(
        &self,
        url: &str,
        (token, key): (&str, &str),
        body: &Value,
    ) -> anyhow::Result<(u16, Value)> {
        let request = http::Request::post(url)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"))
            .header("idempotency-key", key)
            .body(Full::from(serde_json::to_vec(body)?))?;
        let (status, body) = self.send(request).await?;
        Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }

    pub async fn send(&self, request: http::Request<Full<Bytes>>) -> anyhow::Result<(u16, Bytes)> {
        let response = self.hyper.request(request).await.context("no answer")?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await;
        let body = body.map_err(|error| anyhow::anyhow!("a broken answer: {error}"))?;
        Ok((status, body.to_bytes()))
    }
}
