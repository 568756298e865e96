//! A running gateway's admin listener: how it is reached, and what its answers mean.

use anyhow::Context as _;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::error::CliError;
use super::out::Out;
use crate::admin::token;
use crate::outbound::system_roots;

/// A page of payments with their timelines is far shorter.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// Of every command that asks a running gateway.
#[derive(clap::Args)]
pub(super) struct Reach {
    /// The admin listener.
    #[arg(long, default_value = "http://127.0.0.1:8081", value_name = "URL")]
    admin: String,
    /// A user's token; by default the one in `PAYMUX_ADMIN_TOKEN` or, of a gateway without users,
    /// in the file its run has written into this folder.
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    /// The listener's own answer, for machines.
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) struct Admin {
    base: String,
    token: String,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Reach {
    pub(super) fn out(&self) -> Out {
        Out::new(self.json)
    }

    pub(super) fn open(&self) -> anyhow::Result<Admin> {
        let base = self.admin.trim_end_matches('/').to_owned();
        let token = self.token.clone().map_or_else(|| token::find(&base, &[]), Ok);
        let token = token.map_err(|it| CliError::NoToken(it.to_string()))?;
        let roots = rustls::ClientConfig::builder().with_root_certificates(system_roots());
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(roots.with_no_client_auth())
            .https_or_http()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Admin { base, token, client })
    }
}

impl Admin {
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(Method::GET, path, &[], None).await
    }

    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        head: &[(HeaderName, String)],
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let url = format!("{}{path}", self.base);
        let mut request = Request::builder().method(method).uri(&url);
        for (name, value) in head {
            request = request.header(name, value);
        }
        request = request.header(AUTHORIZATION, format!("Bearer {}", self.token));
        let bytes = body.map(|it| Bytes::from(it.to_string())).unwrap_or_default();
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::new(bytes));
        let (status, body) = self.exchange(&url, request.context("this is no URL")?).await?;
        if status.is_success() { Ok(body) } else { Err(refusal(status, &body).into()) }
    }

    /// An answer that is no JSON, as it is.
    pub(super) async fn text(&self, path: &str) -> anyhow::Result<String> {
        let url = format!("{}{path}", self.base);
        let bearer = format!("Bearer {}", self.token);
        let request = Request::get(&url).header(AUTHORIZATION, bearer).body(Full::default());
        let (status, body) = self.bytes(&url, request.context("this is no URL")?).await?;
        if !status.is_success() {
            return Err(refusal(status, &serde_json::from_slice(&body).unwrap_or_default()).into());
        }
        String::from_utf8(body.into()).context("what answers is no text")
    }

    async fn exchange(
        &self,
        url: &str,
        request: Request<Full<Bytes>>,
    ) -> Result<(StatusCode, Value), CliError> {
        let (status, body) = self.bytes(url, request).await?;
        let (url, why) = (url.to_owned(), "what answers speaks no JSON".to_owned());
        let is_json = |_| CliError::Silent { url, why };
        let value = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&body) };
        Ok((status, value.map_err(is_json)?))
    }

    async fn bytes(
        &self,
        url: &str,
        request: Request<Full<Bytes>>,
    ) -> Result<(StatusCode, Bytes), CliError> {
        let silent = |why: String| CliError::Silent { url: url.to_owned(), why };
        let answer = self.client.request(request).await.map_err(|it| silent(chain(&it)))?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), MAX_ANSWER_BYTES).collect().await;
        Ok((status, body.map_err(|it| silent(it.to_string()))?.to_bytes()))
    }
}

/// Behind a path: those that are given.
pub(super) fn query(pairs: &[(&str, Option<String>)]) -> String {
    let given = pairs.iter().filter_map(|(key, value)| Some((key, value.as_ref()?)));
    let given =
        given.map(|(key, it)| format!("{key}={}", utf8_percent_encode(it, NON_ALPHANUMERIC)));
    let given: Vec<_> = given.collect();
    if given.is_empty() { String::new() } else { format!("?{}", given.join("&")) }
}

/// Down to the cause, such as "Connection refused".
fn chain(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

/// In the listener's own words, with every field and key it names.
fn refusal(status: StatusCode, body: &Value) -> CliError {
    let text = |key: &str| body[key].as_str().unwrap_or_default();
    let mut told = match (text("title"), text("detail")) {
        ("", "") => format!("the gateway says {status}"),
        ("", detail) => detail.to_owned(),
        (title, detail) => format!("{title}: {detail}"),
    };
    for it in body["errors"].as_array().into_iter().flatten() {
        let part = |key: &str| it[key].as_str().unwrap_or_default();
        told += &format!("\n  {} {}", part("pointer"), part("reason"));
    }
    for it in body["problems"].as_array().into_iter().flatten() {
        let part = |key: &str| it[key].as_str().unwrap_or_default();
        let line = it["line"].as_u64().filter(|it| *it > 0).map(|it| format!(":{it}"));
        let (file, line) = (part("file"), line.unwrap_or_default());
        told += &format!("\n  {file}{line}: {}: {}", part("key"), part("problem"));
    }
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => CliError::NotLetIn(told),
        StatusCode::NOT_FOUND => CliError::Missing(told),
        StatusCode::PRECONDITION_FAILED => CliError::Changed(told),
        _ => CliError::Refused(told),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_is_told_whole() {
        let body = json!({
            "title": "The configuration was not taken",
            "detail": "nothing was changed; see problems",
            "problems": [
                { "file": "managed", "line": 0, "key": "merchants.shop", "problem": "is missing" },
                { "file": "p.toml", "line": 3, "key": "log.filter", "problem": "is wrong" },
            ],
        });
        let told = refusal(StatusCode::UNPROCESSABLE_ENTITY, &body).to_string();
        let expect = "The configuration was not taken: nothing was changed; see problems\n  \
                      managed: merchants.shop: is missing\n  p.toml:3: log.filter: is wrong";
        assert_eq!(told, expect);
        let bare = refusal(StatusCode::BAD_GATEWAY, &Value::Null).to_string();
        assert_eq!(bare, "the gateway says 502 Bad Gateway");
    }

    #[test]
    fn what_is_typed_stays_one_parameter() {
        let asked =
            query(&[("number", Some("A&1".into())), ("from", None), ("limit", Some("5".into()))]);
        assert_eq!(asked, "?number=A%261&limit=5");
        assert_eq!(query(&[("from", None)]), "");
    }

    #[test]
    fn scripts_can_tell_why() {
        let code = |status| match refusal(status, &Value::Null) {
            CliError::NotLetIn(_) | CliError::NoToken(_) => 4,
            CliError::Missing(_) => 5,
            CliError::Changed(_) | CliError::Refused(_) => 1,
            CliError::Silent { .. } => 3,
        };
        assert_eq!(code(StatusCode::UNAUTHORIZED), 4);
        assert_eq!(code(StatusCode::FORBIDDEN), 4);
        assert_eq!(code(StatusCode::NOT_FOUND), 5);
        assert_eq!(code(StatusCode::CONFLICT), 1);
    }
}
