//! Nodes that share a store, each as the program starts it, and their admin listeners.

use std::path::PathBuf;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use paymux_store::Store;
use paymux_tests::config::secret as write_secret;
use paymux_tests::http::{Answer, Http};
use serde_json::{Value, json};

use super::super::secret;
use crate::app::{Running, start};
use crate::serve::beginning;
use crate::settings::Problems;

pub(super) const FILE: &str = r#"
[server]
public = "127.0.0.1:0"
admin = "127.0.0.1:0"
ops = "127.0.0.1:0"
shutdown_grace = "1s"
[reload]
watch = "50ms"
[managed]
seal_keys = ["file:one.key"]
[admin.users.alice]
role = "admin"
tokens = ["file:token"]
[accounts.ali]
channel = "alipay"
app_id = "2021000000000001"
private_key = "file:ali.pem"
alipay_public_key = "file:ali-public.pem"
[merchants.filed]
accounts = ["ali"]
api_keys = ["file:api.key"]
"#;
pub(super) const ONE: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
pub(super) const TWO: &str = "MTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

/// A configuration in a folder of its own.
pub(super) struct Folder(tempfile::TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let text = |name| secret(name).unwrap();
        for (name, text) in [
            ("one.key", ONE.into()),
            ("token", TOKEN.into()),
            ("two.key", TWO.into()),
            ("ali.pem", text("ALIPAY_KEY")),
            ("ali-public.pem", text("ALIPAY_PUBLIC_KEY")),
            ("api.key", text("API_KEY")),
        ] {
            write_secret(&folder.path(name), text);
        }
        folder.write(FILE);
        folder
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn write(&self, text: &str) {
        std::fs::write(self.path("next"), text).unwrap();
        std::fs::rename(self.path("next"), self.path("paymux.toml")).unwrap();
    }

    pub(super) async fn start<S: Store>(&self, store: &S) -> Result<Node, Problems> {
        let beginning = beginning(&self.path("paymux.toml"))?;
        let (settings, channels) = beginning.complete(store).await?;
        let running = start(&settings, &channels, store.clone()).await.expect("it starts");
        Ok(Node { running, http: Http::default() })
    }
}

pub(super) struct Node {
    pub(super) running: Running,
    http: Http,
}

const TOKEN: &str = "tk_admin_0123456789abcdef0123456789ab";

impl Node {
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        head: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let url = format!("http://{}/admin/v1/{path}", self.running.admin);
        let bearer = format!("Bearer {TOKEN}");
        let request = Request::builder().method(method).uri(url).header("authorization", bearer);
        let request = head.iter().fold(request, |it, (name, value)| it.header(*name, *value));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.http.send(request.body(Full::new(Bytes::from(body))).unwrap()).await.unwrap()
    }

    pub(super) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, &[], body).await
    }

    pub(super) async fn read(&self, path: &str) -> Answer {
        self.send("GET", path, &[], &Value::Null).await
    }

    /// What a merchant's program is told under this key.
    pub(super) async fn lets_in(&self, key: &str) -> bool {
        let url = format!("http://{}/v1/payments", self.running.public.unwrap());
        let request = Request::get(url).header("authorization", format!("Bearer {key}"));
        self.http.send(request.body(Full::default()).unwrap()).await.unwrap().status == 200
    }

    pub(super) async fn metric(&self, name: &str) -> String {
        let url = format!("http://{}/metrics", self.running.ops);
        let text = String::from_utf8(self.http.get(&url).await.unwrap().body.to_vec()).unwrap();
        let line = text.lines().find(|it| it.starts_with(&format!("{name} "))).unwrap_or_default();
        line.trim_start_matches(name).trim().to_owned()
    }
}

pub(super) fn ok(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

pub(super) fn refused(answer: &Answer, status: u16, code: &str) -> String {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    answer.json().to_string()
}

pub(super) fn shop() -> Value {
    let endpoint = json!({ "id": "orders", "url": "https://shop.example.com/hook" });
    json!({ "accounts": ["ali"], "endpoints": [endpoint] })
}
