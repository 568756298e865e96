//! A tap on the channels' way in: everything passes through it to the gateway, is kept, and can
//! be kept back.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use tokio::net::TcpListener;

use crate::http::{Answer, Http};
use crate::listen::{response, serve};

/// One notification as it came.
#[derive(Clone, Debug)]
pub struct Passed {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

#[derive(Clone)]
pub struct Tap {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    /// The gateway's public listener.
    behind: String,
    shut: AtomicBool,
    passed: Mutex<Vec<Passed>>,
    http: Http,
}

impl Tap {
    pub async fn open(behind: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let shared = Arc::new(Shared {
            behind: format!("http://127.0.0.1:{behind}"),
            shut: AtomicBool::new(false),
            passed: Mutex::default(),
            http: Http::default(),
        });
        let own = Arc::clone(&shared);
        let handle = move |request| {
            let shared = Arc::clone(&own);
            async move { Ok(shared.receive(request).await) }
        };
        tokio::spawn(serve(listener, handle));
        Self { address, shared }
    }

    /// From now on notifications are kept and answered 503.
    /// Whatever is sent here reaches the gateway, while the tap is open.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn shut(&self) {
        self.shared.shut.store(true, Ordering::SeqCst);
    }

    /// They are passed on again.
    pub fn open_again(&self) {
        self.shared.shut.store(false, Ordering::SeqCst);
    }

    /// What came with this text in its path or body, oldest first. Bodies of WeChat Pay are
    /// sealed; there the path says the account.
    pub fn passed(&self, text: &str) -> Vec<Passed> {
        let passed = self.shared.passed.lock().unwrap_or_else(PoisonError::into_inner);
        let holds = |it: &&Passed| {
            it.path.contains(text) || String::from_utf8_lossy(&it.body).contains(text)
        };
        passed.iter().filter(holds).cloned().collect()
    }

    /// Sends it to the gateway, past whatever is shut.
    pub async fn send(&self, notification: &Passed) -> Answer {
        self.shared.forward(notification).await.expect("the gateway answers")
    }
}

impl Shared {
    async fn receive(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let Ok(body) = body.collect().await else { return unavailable() };
        let path = parts.uri.path_and_query().map_or("/", |it| it.as_str()).to_owned();
        let passed = Passed { path, headers: parts.headers, body: body.to_bytes() };
        self.passed.lock().unwrap_or_else(PoisonError::into_inner).push(passed.clone());
        if self.shut.load(Ordering::SeqCst) {
            return unavailable();
        }
        match self.forward(&passed).await {
            Ok(answer) => response(answer.status, answer.body),
            Err(_) => unavailable(),
        }
    }

    async fn forward(&self, it: &Passed) -> Result<Answer, String> {
        let mut request = Request::post(format!("{}{}", self.behind, it.path));
        for (name, value) in &it.headers {
            // A forged body may have another length.
            if name != http::header::HOST && name != http::header::CONTENT_LENGTH {
                request = request.header(name, value);
            }
        }
        let request = request.body(Full::new(it.body.clone())).map_err(|it| it.to_string())?;
        self.http.send(request).await
    }
}

fn unavailable() -> Response<Full<Bytes>> {
    response(503, Bytes::new())
}
