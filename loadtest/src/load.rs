//! The arrivals: one payment every so often, whether or not the last one was answered.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::inbox::now;
use crate::stage::Stage;

pub(crate) struct Load {
    pub(crate) rate: u32,
    pub(crate) seconds: u32,
    pub(crate) channel: String,
}

/// What came of the arrivals.
pub(crate) struct Run {
    pub(crate) created: Vec<Created>,
    pub(crate) failed: Vec<String>,
    pub(crate) elapsed: Duration,
}

pub(crate) struct Created {
    pub(crate) id: String,
    /// When it was due to begin: time spent waiting for its turn counts.
    pub(crate) due: Instant,
    pub(crate) latency: Duration,
}

/// Every payment is of the same amount, so that the books can be checked by a product.
pub(crate) const AMOUNT: i64 = 100;

impl Load {
    pub(crate) async fn run(&self, stage: &Stage) -> Run {
        let (begun, total) = (now(), self.rate * self.seconds);
        let mut answers = JoinSet::new();
        for number in 0..total {
            let due = begun + Duration::from_secs(1) * number / self.rate;
            tokio::time::sleep_until(due.into()).await;
            let (client, url, body) = (stage.client.clone(), stage.payments(), self.order(number));
            answers.spawn(async move {
                let key = body["order_no"].as_str().unwrap_or_default().to_owned();
                let answer = client.post(&url, &key, &body).await;
                (due, now().duration_since(due), answer)
            });
        }
        let mut run = Run { created: vec![], failed: vec![], elapsed: Duration::ZERO };
        while let Some(answer) = answers.join_next().await {
            let Ok((due, latency, answer)) = answer else { continue };
            match answer {
                Ok((201, payment)) => run.created.push(created(&payment, due, latency)),
                Ok((status, problem)) => run.failed.push(format!("{status} {problem}")),
                Err(error) => run.failed.push(format!("{error:#}")),
            }
        }
        run.elapsed = begun.elapsed();
        run
    }

    fn order(&self, number: u32) -> Value {
        json!({
            "order_no": format!("load-{number}"), "amount": AMOUNT, "currency": "CNY",
            "subject": "Load test", "method": "qr", "channel": self.channel,
        })
    }
}

fn created(payment: &Value, due: Instant, latency: Duration) -> Created {
    Created { id: payment["id"].as_str().unwrap_or_default().to_owned(), due, latency }
}
