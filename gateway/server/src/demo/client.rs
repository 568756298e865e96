//! A merchant's calls to the API, over real HTTP.

use std::net::SocketAddr;

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::embedded::API_KEY;

/// Answers of the API are far smaller.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

pub(super) struct Api {
    pub(super) address: SocketAddr,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) replayed: bool,
    pub(super) body: Value,
}

impl Api {
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(http::Request::get(self.url(path)), Bytes::new()).await
    }

    pub(super) async fn post(&self, path: &str, key: &str, body: &Value) -> anyhow::Result<Answer> {
        let request = http::Request::post(self.url(path))
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        self.send(request, serde_json::to_vec(body)?.into()).await
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn send(&self, request: http::request::Builder, body: Bytes) -> anyhow::Result<Answer> {
        let request =
            request.header("authorization", format!("Bearer {API_KEY}")).body(Full::new(body))?;
        let client = Client::builder(TokioExecutor::new()).build_http();
        let response = client.request(request).await.context("the gateway did not answer")?;
        let status = response.status().as_u16();
        let replayed = response.headers().contains_key("idempotent-replayed");
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await;
        let body = body.map_err(|error| anyhow::anyhow!("{error}"))?.to_bytes();
        Ok(Answer { status, replayed, body: serde_json::from_slice(&body)? })
    }
}
