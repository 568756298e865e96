//! A merchant's system with one order: it asks until it is answered, however often the gateway
//! dies meanwhile.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::api::Api;
use crate::shop::Shop;
use crate::wait::at_pace;

/// How often a customer asks, and how long.
const PACE: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(280);

pub struct Customer {
    pub api: Api,
    pub shop: Shop,
    pub order_no: String,
    pub channel: &'static str,
    pub amount: u64,
    /// How much is to go back.
    pub back: Option<u64>,
}

/// A request with its key, and the answer that must never be another.
pub struct Answered {
    pub path: String,
    pub key: String,
    pub request: Value,
    pub answer: Bytes,
}

/// What a customer was promised.
pub struct Served {
    pub id: String,
    pub amount: u64,
    pub back: u64,
    pub answers: Vec<Answered>,
}

impl Customer {
    /// From the order to its money and, for some, back again.
    pub async fn serve(self) -> Served {
        let wish = self.wish();
        let created = self.insist("/v1/payments".to_owned(), self.order_no.clone(), wish).await;
        let id = id_of(&created.answer);
        let mut answers = vec![created];
        self.hears("payment.succeeded").await;
        if let Some(amount) = self.back {
            let number = format!("{}-back", self.order_no);
            let wish = json!({ "refund_no": number, "amount": amount, "currency": "CNY" });
            answers.push(self.insist(format!("/v1/payments/{id}/refunds"), number, wish).await);
            self.hears("refund.succeeded").await;
        }
        Served { id, amount: self.amount, back: self.back.unwrap_or(0), answers }
    }

    /// What it asks for, under its order number as the key.
    pub fn wish(&self) -> Value {
        json!({
            "order_no": self.order_no, "amount": self.amount, "currency": "CNY", "method": "qr",
            "channel": self.channel, "subject": "Jasmine tea",
        })
    }

    /// The same request under the same key, until there is a final answer to it.
    async fn insist(&self, path: String, key: String, request: Value) -> Answered {
        let mut promised = None;
        let look = async || {
            let answer = self.api.try_post(&path, &key, &request).await.ok()?;
            match answer.status {
                201 => Some(answer.body),
                // Taken on: from now on the payment exists, whatever dies.
                202 => {
                    promised.get_or_insert_with(|| id_of(&answer.body));
                    None
                }
                409 | 502..=504 => None,
                _ => panic!("{key}: {answer:?}"),
            }
        };
        let answer = at_pace(PACE, PATIENCE, look).await;
        let answer = answer.unwrap_or_else(|| panic!("{key} was never answered"));
        if let Some(promised) = promised {
            assert_eq!(promised, id_of(&answer), "{key} became another payment");
        }
        Answered { path, key, request, answer }
    }

    async fn hears(&self, kind: &str) {
        let taken =
            async || self.shop.of(kind, &self.order_no).iter().any(|it| it.taken).then_some(());
        let heard = at_pace(PACE, PATIENCE, taken).await;
        assert!(heard.is_some(), "{} never heard {kind}", self.order_no);
    }
}

fn id_of(body: &Bytes) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body["id"].as_str().unwrap_or_default().to_owned()
}
