//! How many a second at the most: so many connections, each sending its next request as soon as
//! the last was answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::latency::now;
use crate::relay::Message;

/// What became of a crowd.
#[derive(Clone, Debug)]
pub struct Burst {
    pub count: usize,
    pub elapsed: Duration,
    /// Answers that were not the expected ones, and one of them.
    pub odd: usize,
    pub example: Option<String>,
}

impl Burst {
    pub fn per_second(&self) -> u64 {
        per_second(self.count, self.elapsed)
    }
}

pub fn per_second(count: usize, elapsed: Duration) -> u64 {
    let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX).max(1);
    u64::try_from(count).unwrap_or(u64::MAX) * 1_000_000 / micros
}

pub type Judge = fn(u16, &[u8]) -> bool;

pub async fn fire(
    width: usize,
    address: &str,
    messages: Arc<Vec<Message>>,
    good: Judge,
) -> anyhow::Result<Burst> {
    let (next, mut crowd) = (Arc::new(AtomicUsize::new(0)), JoinSet::new());
    let mut senders = vec![];
    for _ in 0..width {
        senders.push(connect(address).await?);
    }
    let begun = now();
    let count = messages.len();
    for sender in senders {
        let one = One { sender, address: address.to_owned(), next: next.clone(), good };
        crowd.spawn(one.run(messages.clone()));
    }
    let mut burst = Burst { count, elapsed: Duration::ZERO, odd: 0, example: None };
    while let Some(ended) = crowd.join_next().await {
        let odd = ended??;
        burst.odd += odd.len();
        burst.example = burst.example.or_else(|| odd.into_iter().next());
    }
    burst.elapsed = begun.elapsed();
    Ok(burst)
}

async fn connect(address: &str) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let shaken = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (sender, connection) = shaken.context("no connection")?;
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(sender)
}

struct One {
    sender: SendRequest<Full<Bytes>>,
    address: String,
    next: Arc<AtomicUsize>,
    good: Judge,
}

impl One {
    async fn run(mut self, messages: Arc<Vec<Message>>) -> anyhow::Result<Vec<String>> {
        let mut odd = vec![];
        while let Some(message) = messages.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            let mut request = http::Request::post(&message.path).header("host", &self.address);
            for (name, value) in &message.headers {
                request = request.header(name, value);
            }
            let request = request.body(Full::new(message.body.clone()))?;
            self.sender.ready().await?;
            let response = self.sender.send_request(request).await?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await?.to_bytes();
            if !(self.good)(status, &body) {
                odd.push(format!("{status} {}", String::from_utf8_lossy(&body)));
            }
        }
        Ok(odd)
    }
}

/// All were answered as expected.
pub fn clean(burst: Burst) -> anyhow::Result<Burst> {
    let Burst { odd, count, example, .. } = &burst;
    let example = example.as_deref().unwrap_or_default();
    ensure!(*odd == 0, "{odd} of {count} were answered otherwise: {example}");
    Ok(burst)
}
