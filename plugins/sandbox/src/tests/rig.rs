//! A running sandbox, a merchant and a listener.

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::inbox::{Inbox, PATIENCE};
use super::merchant::{Merchant, Params};
use crate::clock;
use crate::{Config, Sandbox};

/// Four minutes become a quarter of a millisecond.
const FAST: u32 = 1_000_000;

pub(super) struct Rig {
    pub(super) sandbox: Sandbox,
    pub(super) merchant: Merchant,
    pub(super) inbox: Inbox,
    client: Client<HttpConnector, Full<Bytes>>,
}

pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

/// The connection ended without an answer.
#[derive(Debug)]
pub(super) struct Broken;

impl Reply {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }
}

impl Rig {
    pub(super) async fn start() -> Self {
        Self::with(Config::default()).await
    }

    pub(super) async fn with(config: Config) -> Self {
        let sandbox = Sandbox::start(Config { time_scale: FAST, ..config }).await.unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { sandbox, merchant: Merchant::demo(), inbox: Inbox::start().await, client }
    }

    pub(super) async fn send(&self, request: Request<String>) -> Result<Reply, Broken> {
        let request = request.map(|body| Full::new(Bytes::from(body)));
        let response = self.client.request(request).await.map_err(|_| Broken)?;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.map_err(|_| Broken)?.to_bytes();
        let text = String::from_utf8(bytes.to_vec())
            .unwrap_or_else(|_| encoding_rs::GBK.decode(&bytes).0.into_owned());
        Ok(Reply { status: parts.status, headers: parts.headers, text })
    }

    pub(super) fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.sandbox.address())
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        let request = Request::get(self.at(path)).body(String::new()).unwrap();
        self.send(request).await.unwrap()
    }

    pub(super) async fn call(&self, method: &str, path: &str, body: &str) -> Reply {
        let request = Request::builder().method(method).uri(self.at(path));
        self.send(request.body(body.to_owned()).unwrap()).await.unwrap()
    }

    /// Arms one fault by the control API.
    pub(super) async fn arm(&self, rule: Value) {
        let reply = self.call("POST", "/control/faults", &rule.to_string()).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }

    /// Posts parameters as a form, signed or not.
    pub(super) async fn gateway(&self, params: &Params) -> Result<Reply, Broken> {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        let request = Request::post(self.sandbox.alipay_url())
            .header("content-type", "application/x-www-form-urlencoded;charset=utf-8");
        self.send(request.body(form).unwrap()).await
    }

    pub(super) async fn try_alipay(&self, method: &str, biz: Value) -> Result<Reply, Broken> {
        let mut params = self.merchant.alipay_params(method, &biz);
        params.insert("notify_url".into(), format!("{}/alipay", self.inbox.url));
        self.gateway(&self.merchant.sign_alipay(params)).await
    }

    /// The verified node of an answer.
    pub(super) async fn alipay(&self, method: &str, biz: Value) -> Value {
        let reply = self.try_alipay(method, biz).await.unwrap();
        let node = self.merchant.open_alipay(method, &reply.text);
        node.unwrap_or_else(|| panic!("bad signature: {}", reply.text))
    }

    /// An order of 88.88 yuan; the path of its wallet page.
    pub(super) async fn precreate(&self, number: &str, subject: &str) -> String {
        let biz = precreate(number, subject);
        let node = self.alipay("alipay.trade.precreate", biz).await;
        assert_eq!(node["code"], "10000", "{node}");
        let url = node["qr_code"].as_str().unwrap().to_owned();
        url.strip_prefix(&self.at("")).unwrap().to_owned()
    }

    /// The trade's `sub_code`, or its status.
    pub(super) async fn alipay_state(&self, number: &str) -> String {
        let biz = json!({ "out_trade_no": number });
        let node = self.alipay("alipay.trade.query", biz).await;
        let word = if node["code"] == "10000" { &node["trade_status"] } else { &node["sub_code"] };
        word.as_str().unwrap().to_owned()
    }

    /// A call that nobody waits for; true when it ended without an answer.
    pub(super) fn meanwhile(&self, method: &str, biz: &Value) -> JoinHandle<bool> {
        let params = self.merchant.sign_alipay(self.merchant.alipay_params(method, biz));
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(&params).finish();
        let request = Request::post(self.sandbox.alipay_url()).body(Full::from(form)).unwrap();
        let client = self.client.clone();
        tokio::spawn(async move { client.request(request).await.is_err() })
    }

    pub(super) async fn try_wechat(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Reply, Broken> {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let url = format!("/wechat{path}");
        let own = self.merchant.authorize(method, &url, &body, clock::now().as_second());
        self.send(wechat_request(method, &self.at(&url), &own, body)).await
    }

    /// Status and body of an answer whose signature is right.
    pub(super) async fn wechat(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let reply = self.try_wechat(method, path, body).await.unwrap();
        assert!(self.merchant.trusts(&reply.headers, &reply.text), "signature: {}", reply.text);
        let body = if reply.text.is_empty() { Value::Null } else { reply.json() };
        (reply.status.as_u16(), body)
    }

    /// An order of 88.88 yuan; the path of its wallet page.
    pub(super) async fn native(&self, number: &str, description: &str) -> String {
        let body = self.native_body(number, description);
        let (status, body) = self.wechat("POST", "/v3/pay/transactions/native", Some(body)).await;
        assert_eq!(status, 200, "{body}");
        let url = body["code_url"].as_str().unwrap().to_owned();
        url.strip_prefix(&self.at("")).unwrap().to_owned()
    }

    pub(super) fn native_body(&self, number: &str, description: &str) -> Value {
        json!({
            "appid": self.merchant.own.wechat.app_id,
            "mchid": self.merchant.own.wechat.mch_id,
            "description": description,
            "out_trade_no": number,
            "notify_url": format!("{}/wechat", self.inbox.url),
            "amount": { "total": 8888, "currency": "CNY" },
        })
    }

    pub(super) async fn wechat_query(&self, number: &str) -> (u16, Value) {
        let mchid = &self.merchant.own.wechat.mch_id;
        let path = format!("/v3/pay/transactions/out-trade-no/{number}?mchid={mchid}");
        self.wechat("GET", &path, None).await
    }
}

/// Waits for a condition; what has not come by then never will.
pub(super) async fn until(mut holds: impl FnMut() -> bool) {
    let wait = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("the condition comes to hold");
}

pub(super) fn precreate(number: &str, subject: &str) -> Value {
    json!({ "out_trade_no": number, "total_amount": "88.88", "subject": subject })
}

pub(super) fn wechat_request(
    method: &str,
    url: &str,
    authorization: &str,
    body: String,
) -> Request<String> {
    let mut request = Request::builder()
        .method(method)
        .uri(url)
        .header("accept", "application/json")
        .header("user-agent", "paymux-test")
        .header("authorization", authorization);
    if method == "POST" {
        request = request.header("content-type", "application/json");
    }
    request.body(body).unwrap()
}
