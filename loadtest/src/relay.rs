//! Stands where the channel believes the gateway to be: takes each notification, keeps it as it
//! came, and so can send it later, many times, or spoiled.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::ensure;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use tokio::net::TcpListener;

use crate::client::Client;
use crate::listener::{self, Answer, text};

/// A notification as the channel sent it.
#[derive(Clone, Debug)]
pub struct Message {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

#[derive(Clone, Default)]
pub struct Relay {
    caught: Arc<Mutex<Caught>>,
}

#[derive(Default)]
struct Caught {
    messages: Vec<Message>,
    /// A channel that had no answer in time sends again.
    seen: HashSet<Bytes>,
}

impl Relay {
    pub fn open(listener: TcpListener) -> Self {
        let relay = Self::default();
        let served = relay.clone();
        listener::serve(listener, move |request| served.clone().receive(request));
        relay
    }

    async fn receive(self, request: http::Request<Incoming>) -> Answer {
        let (parts, body) = request.into_parts();
        let Ok(body) = body.collect().await else { return text(400, "") };
        let kept = |name: &str| name.starts_with("wechatpay-") || name == "content-type";
        let headers = parts.headers.iter().filter(|(name, _)| kept(name.as_str()));
        let word = |it: &http::HeaderValue| String::from_utf8_lossy(it.as_bytes()).into_owned();
        let headers = headers.map(|(name, it)| (name.as_str().to_owned(), word(it))).collect();
        let (path, body) = (parts.uri.path().to_owned(), body.to_bytes());
        let answer = received(&body);
        let mut caught = self.caught.lock().unwrap_or_else(PoisonError::into_inner);
        if caught.seen.insert(body.clone()) {
            caught.messages.push(Message { path, headers, body });
        }
        answer
    }

    /// All that was caught, once there are so many.
    pub async fn take(&self, count: usize, patience: Duration) -> anyhow::Result<Vec<Message>> {
        let waited = async {
            while self.count() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let _ = tokio::time::timeout(patience, waited).await;
        let mut caught = self.caught.lock().unwrap_or_else(PoisonError::into_inner);
        let found = caught.messages.len();
        ensure!(found >= count, "the channel sent {found} notifications, {count} were awaited");
        Ok(std::mem::take(&mut caught.messages))
    }

    fn count(&self) -> usize {
        self.caught.lock().unwrap_or_else(PoisonError::into_inner).messages.len()
    }
}

/// "Received", in the words of whoever asks: JSON of version 3, XML of version 2, else a form.
fn received(body: &[u8]) -> Answer {
    match body.first() {
        Some(b'<') => text(200, "<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>"),
        Some(b'{') => text(200, r#"{"code":"SUCCESS"}"#),
        _ => text(200, "success"),
    }
}

impl Message {
    pub fn request(&self, gateway: &str) -> anyhow::Result<http::Request<Full<Bytes>>> {
        let mut request = http::Request::post(format!("{gateway}{}", self.path));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        Ok(request.body(Full::new(self.body.clone()))?)
    }

    /// Whether the gateway said "received", in the words of this message's channel.
    pub async fn send(&self, client: &Client, gateway: &str) -> anyhow::Result<bool> {
        let (status, body) = client.send(self.request(gateway)?).await?;
        Ok(match self.body.first() {
            Some(b'<') => contains(&body, b"SUCCESS"),
            Some(b'{') => status < 300,
            _ => *body == *b"success",
        })
    }

    /// The same with a signature that nobody made: of the right form, and wrong.
    #[must_use]
    pub fn forged(&self) -> Self {
        let (marks, mut forged) = (["sign=", "<sign><![CDATA[", "<sign>"], self.clone());
        let signature = "wechatpay-signature";
        if let Some((_, value)) = forged.headers.iter_mut().find(|(name, _)| name == signature) {
            *value = spoiled(value.as_bytes(), 0);
            return forged;
        }
        let text = String::from_utf8_lossy(&self.body).into_owned();
        let found = marks.iter().find_map(|it| text.find(it).map(|at| at + it.len()));
        forged.body = spoiled(text.as_bytes(), found.unwrap_or(0)).into();
        forged
    }
}

/// Another character at some distance behind `from`, and no escape's.
fn spoiled(text: &[u8], from: usize) -> String {
    let mut text = text.to_vec();
    let plain = |at: &usize| {
        let before = text.get(at - 2..*at).unwrap_or_default();
        matches!(text[*at], b'A'..=b'F' | b'0'..=b'9') && !before.contains(&b'%')
    };
    if let Some(at) = (from + 10..text.len()).find(plain) {
        text[at] = if text[at] == b'A' { b'B' } else { b'A' };
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|it| it == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(headers: &[(&str, &str)], body: &'static str) -> Message {
        let headers = headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Message { path: "/notify/a".into(), headers, body: body.into() }
    }

    #[test]
    fn a_forged_one_differs_in_its_signature_alone() {
        let form = message(&[], "a=1&sign=0123456789ABCDEF%2Bxyz&sign_type=RSA2");
        let forged = String::from_utf8(form.forged().body.to_vec()).unwrap();
        assert_eq!(forged, "a=1&sign=0123456789BBCDEF%2Bxyz&sign_type=RSA2");
        let xml = message(&[], "<xml><b>1</b><sign><![CDATA[0123456789ABCD]]></sign></xml>");
        let forged = String::from_utf8(xml.forged().body.to_vec()).unwrap();
        assert_eq!(forged, "<xml><b>1</b><sign><![CDATA[0123456789BBCD]]></sign></xml>");
        let v3 = message(&[("wechatpay-signature", "0123456789ABCD==")], "{}");
        assert_eq!(v3.forged().headers[0].1, "0123456789BBCD==");
        assert_eq!(v3.forged().body, v3.body);
    }
}
