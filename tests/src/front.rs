//! What stands before several nodes: merchants' requests go to one of them, notifications to all.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::http::{Answer, Http};
use crate::listen::{response, serve};

/// A node that says nothing for so long is given up, as a load balancer would.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub struct Front {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    /// The public listeners.
    nodes: Vec<String>,
    /// Those that get no traffic.
    out: Mutex<BTreeSet<usize>>,
    turn: AtomicUsize,
    http: Http,
}

/// A request that can be sent more than once.
struct Received {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Front {
    /// In front of the public listeners at these ports.
    pub async fn open(ports: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let nodes = ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect();
        let (turn, http) = (AtomicUsize::new(0), Http::default());
        let shared = Arc::new(Shared { nodes, out: Mutex::default(), turn, http });
        let own = Arc::clone(&shared);
        let handle = move |request| {
            let shared = Arc::clone(&own);
            async move { Ok(shared.receive(request).await) }
        };
        tokio::spawn(serve(listener, handle));
        Self { address, shared }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// As a balancer does with a node that is not ready, and with one that is again.
    pub fn serve_by(&self, node: usize, serves: bool) {
        let mut out = self.shared.out.lock().unwrap_or_else(PoisonError::into_inner);
        if serves {
            out.remove(&node)
        } else {
            out.insert(node)
        };
    }

    /// How many requests of merchants have come.
    pub fn turns(&self) -> usize {
        self.shared.turn.load(Ordering::Relaxed)
    }
}

impl Shared {
    async fn receive(self: Arc<Self>, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let Ok(body) = body.collect().await else { return response(502, Bytes::new()) };
        let path = parts.uri.path_and_query().map_or("/", |it| it.as_str()).to_owned();
        let (method, headers) = (parts.method, parts.headers);
        let received = Arc::new(Received { method, path, headers, body: body.to_bytes() });
        let answer = if received.path.starts_with("/notify/") {
            self.spray(received).await
        } else {
            self.balance(&received).await
        };
        answer.map_or_else(|| response(502, Bytes::new()), passed_on)
    }

    fn serves(&self, node: usize) -> bool {
        !self.out.lock().unwrap_or_else(PoisonError::into_inner).contains(&node)
    }

    /// One node after the other, and the next one when one cannot be reached.
    async fn balance(&self, received: &Received) -> Option<Answer> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        for offset in 0..self.nodes.len() {
            let index = (turn + offset) % self.nodes.len();
            let node = &self.nodes[index];
            if self.serves(index)
                && let Some(answer) = self.forward(node, received).await
            {
                return Some(answer);
            }
        }
        None
    }

    /// To every node at once; the channel is told what the first says that takes it.
    async fn spray(self: Arc<Self>, received: Arc<Received>) -> Option<Answer> {
        let mut answers = JoinSet::new();
        for index in (0..self.nodes.len()).filter(|it| self.serves(*it)) {
            let (shared, received) = (Arc::clone(&self), Arc::clone(&received));
            answers.spawn(async move { shared.forward(&shared.nodes[index], &received).await });
        }
        let mut last = None;
        while let Some(answer) = answers.join_next().await {
            let Ok(Some(answer)) = answer else { continue };
            let taken = answer.status < 300;
            last = Some(answer);
            if taken {
                // The others have it, too, and are not called back.
                answers.detach_all();
                return last;
            }
        }
        last
    }

    async fn forward(&self, node: &str, it: &Received) -> Option<Answer> {
        let mut request = Request::builder().method(&it.method).uri(format!("{node}{}", it.path));
        let own = [http::header::HOST, http::header::CONTENT_LENGTH];
        for (name, value) in it.headers.iter().filter(|(name, _)| !own.contains(name)) {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(it.body.clone())).ok()?;
        tokio::time::timeout(PATIENCE, self.http.send(request)).await.ok()?.ok()
    }
}

fn passed_on(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = response(answer.status, answer.body);
    if let Some(replayed) = answer.headers.get("idempotent-replayed") {
        response.headers_mut().insert("idempotent-replayed", replayed.clone());
    }
    response
}
