//! The merchants' webhooks: takes every event and remembers when each payment was first told paid.
//! Some merchants never answer, some take their time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::latency::now;
use crate::listener::{self, Answer, text};

/// How long a slow merchant thinks.
pub const SLOW: Duration = Duration::from_secs(1);

/// What a merchant is like; its number is the last part of its webhook's path.
#[derive(Clone, Copy, Debug, Default)]
pub struct Temper {
    pub merchants: u32,
    pub dead: u32,
    pub slow: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    Quick,
    /// Takes the event, and answers after a second.
    Slow,
    /// Takes connections and answers nobody.
    Dead,
}

impl Temper {
    /// The dead come first, then the slow.
    pub const fn of(self, merchant: u32) -> Manner {
        if merchant < self.dead {
            Manner::Dead
        } else if merchant < self.dead + self.slow {
            Manner::Slow
        } else {
            Manner::Quick
        }
    }
}

#[derive(Clone, Default)]
pub struct Inbox {
    heard: Arc<Mutex<HashMap<String, Heard>>>,
    news: Arc<Notify>,
    temper: Temper,
}

/// What was heard of one payment.
#[derive(Clone, Debug)]
pub struct Heard {
    pub first: Instant,
    /// Ids of its `payment.succeeded` events: one, however often it is delivered.
    pub events: Vec<String>,
    pub deliveries: u32,
}

impl Inbox {
    pub fn open(listener: TcpListener, temper: Temper) -> Self {
        let inbox = Self { temper, ..Self::default() };
        let served = inbox.clone();
        listener::serve(listener, move |request| served.clone().receive(request));
        inbox
    }

    async fn receive(self, request: http::Request<Incoming>) -> Answer {
        let merchant = request.uri().path().rsplit('/').next().and_then(|it| it.parse().ok());
        let manner = self.temper.of(merchant.unwrap_or(u32::MAX));
        if manner == Manner::Dead {
            return std::future::pending().await;
        }
        if let Ok(body) = request.into_body().collect().await
            && let Ok(event) = serde_json::from_slice::<Value>(&body.to_bytes())
            && event["type"] == "payment.succeeded"
        {
            self.note(&event);
        }
        if manner == Manner::Slow {
            tokio::time::sleep(SLOW).await;
        }
        text(200, "success")
    }

    fn note(&self, event: &Value) {
        let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
        let id = text(&event["id"]);
        let mut heard = self.heard();
        let entry = heard.entry(text(&event["data"]["payment"]["id"])).or_insert_with(|| Heard {
            first: now(),
            events: vec![],
            deliveries: 0,
        });
        entry.deliveries += 1;
        if !entry.events.contains(&id) {
            entry.events.push(id);
        }
        drop(heard);
        self.news.notify_waiters();
    }

    pub fn heard(&self) -> MutexGuard<'_, HashMap<String, Heard>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until so many payments were told paid; whether that came in time.
    pub async fn wait_for(&self, payments: usize, patience: Duration) -> bool {
        let all = async {
            loop {
                let news = self.news.notified();
                if self.heard().len() >= payments {
                    return;
                }
                // The poll makes up for news between the look and the wait.
                let _ = tokio::time::timeout(Duration::from_millis(50), news).await;
            }
        };
        tokio::time::timeout(patience, all).await.is_ok()
    }
}
