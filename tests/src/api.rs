//! The merchants' API, as a merchant's system calls it.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::Value;

use crate::http::{Answer, Http};

#[derive(Clone)]
pub struct Api {
    pub http: Http,
    /// `http://127.0.0.1:PORT`
    pub base: String,
    pub api_key: String,
}

impl Api {
    pub async fn try_get(&self, path: &str) -> Result<Answer, String> {
        let request = self.request(http::Method::GET, path);
        let request = request.body(Full::default()).map_err(|it| it.to_string())?;
        self.http.send(request).await
    }

    pub async fn try_post(&self, path: &str, key: &str, body: &Value) -> Result<Answer, String> {
        let body = Full::new(Bytes::from(body.to_string()));
        let request = self
            .request(http::Method::POST, path)
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        self.http.send(request.body(body).map_err(|it| it.to_string())?).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.try_get(path).await.expect("the gateway answers")
    }

    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.try_post(path, key, body).await.expect("the gateway answers")
    }

    pub async fn create(&self, key: &str, order: &Value) -> Answer {
        self.post("/v1/payments", key, order).await
    }

    pub async fn refund(&self, payment: &str, key: &str, refund: &Value) -> Answer {
        self.post(&format!("/v1/payments/{payment}/refunds"), key, refund).await
    }

    pub async fn close(&self, payment: &str) -> Answer {
        self.act(&format!("/v1/payments/{payment}/close")).await
    }

    /// A POST that says all in its path.
    pub async fn act(&self, path: &str) -> Answer {
        let request = self.request(http::Method::POST, path);
        let request = request.body(Full::default()).expect("the path is well-formed");
        self.http.send(request).await.expect("the gateway answers")
    }

    pub async fn payment(&self, id: &str) -> Value {
        let answer = self.get(&format!("/v1/payments/{id}")).await;
        assert_eq!(answer.status, 200, "{id}: {answer:?}");
        answer.json()
    }

    pub async fn timeline(&self, payment: &str) -> Value {
        self.get(&format!("/v1/payments/{payment}/timeline")).await.json()
    }

    /// Every event there is, in order, page by page.
    pub async fn events(&self, page: usize) -> Vec<Value> {
        let (mut all, mut after) = (vec![], String::new());
        loop {
            let answer = self.get(&format!("/v1/events?limit={page}{after}")).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            let mut answer = answer.json();
            let Value::Array(events) = answer["data"].take() else { panic!("{answer}") };
            if events.is_empty() {
                return all;
            }
            assert!(events.len() <= page, "a page has no more than was asked for");
            all.extend(events);
            after = format!("&after={}", answer["next_after"].as_str().unwrap_or_default());
        }
    }

    /// Every payment there is, newest first.
    pub async fn payments(&self) -> Vec<Value> {
        let (mut all, mut cursor) = (vec![], String::new());
        loop {
            let answer = self.get(&format!("/v1/payments?limit=100{cursor}")).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            let mut answer = answer.json();
            let Value::Array(payments) = answer["data"].take() else { panic!("{answer}") };
            all.extend(payments);
            let Some(next) = answer["next_cursor"].as_str() else { return all };
            cursor = format!("&cursor={next}");
        }
    }

    fn request(&self, method: http::Method, path: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {}", self.api_key))
    }
}
