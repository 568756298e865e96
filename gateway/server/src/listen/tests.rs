//! Connections over real sockets. Time is paused: when nothing moves, it runs to the next timer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http_body_util::BodyExt as _;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Limits, bind, serve};

const LIMITS: Limits = Limits {
    connections: 16,
    per_address: 16,
    proxies: Vec::new(),
    counts: None,
    header_timeout: Duration::from_secs(10),
    idle_timeout: Duration::from_secs(60),
    grace: Duration::from_secs(20),
};

struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Server {
    async fn start(router: Router, limits: Limits) -> Self {
        let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let running = tokio::spawn(serve(listener, router, limits, stop.clone()));
        Self { address, stop, running }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends `text` and reads until the server closes.
    async fn talk(&self, text: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        read(&mut stream).await
    }

    async fn stop(self) {
        self.stop.cancel();
        self.running.await.unwrap();
    }
}

async fn read(stream: &mut TcpStream) -> String {
    let mut bytes = vec![];
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).unwrap()
}

fn router() -> Router {
    Router::new().route("/", get(async || "hello"))
}

const CLOSE: &str = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn who_is_silent_or_slow_is_not_kept() {
    let server = Server::start(router(), LIMITS).await;
    let check = async |text: &str, seconds: u64| {
        let begun = Instant::now();
        let answer = server.talk(text).await;
        assert_eq!(begun.elapsed().as_secs(), seconds, "{text:?}");
        answer
    };
    // Nothing, half the greeting of HTTP/2, half a head, and a whole request before silence.
    assert_eq!(check("", 10).await, "");
    assert_eq!(check("PRI * HT", 10).await, "");
    assert!(!check("GET / HTTP/1.1\r\nhost: a\r\nx: ", 10).await.contains("200"));
    let kept = check("GET / HTTP/1.1\r\nhost: a\r\n\r\n", 10).await;
    assert!(kept.starts_with("HTTP/1.1 200 OK\r\n"), "{kept}");
    assert!(check(CLOSE, 0).await.ends_with("\r\n\r\nhello"));
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn heads_have_a_limit() {
    let server = Server::start(router(), LIMITS).await;
    let check = async |head: String, status: &str| {
        let answer = server.talk(&format!("GET / HTTP/1.1\r\nhost: a\r\n{head}\r\n")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    };
    check(format!("x: {}\r\n", "y".repeat(70_000)), "431").await;
    check("x: y\r\n".repeat(101), "431").await;
    check("x : y\r\n".into(), "400").await;
    check("x: y\r\n z\r\n".into(), "400").await;
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn http_2_is_spoken_and_left_when_idle() {
    let server = Server::start(router(), LIMITS).await;
    let io = TokioIo::new(server.connect().await);
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    let connection = tokio::spawn(connection);
    let request =
        http::Request::get("http://a/").body(http_body_util::Empty::<bytes::Bytes>::new());
    let response = sender.send_request(request.unwrap()).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "hello");
    let idle = Instant::now();
    let _ = connection.await.unwrap();
    assert_eq!(idle.elapsed().as_secs(), 60);
    server.stop().await;
}

/// Beyond the limit one waits: the first request does not see the second one begin.
#[tokio::test(start_paused = true)]
async fn connections_have_a_limit() {
    let second = Arc::new(Notify::new());
    let (seen, tell) = (Arc::clone(&second), Arc::clone(&second));
    let first =
        async move || match tokio::time::timeout(Duration::from_secs(5), seen.notified()).await {
            Ok(()) => "together",
            Err(_) => "alone",
        };
    let router =
        Router::new().route("/first", get(first)).route("/", get(async move || tell.notify_one()));
    let server = Server::start(router, Limits { connections: 1, ..LIMITS }).await;
    let mut one = server.connect().await;
    one.write_all(CLOSE.replace("GET /", "GET /first").as_bytes()).await.unwrap();
    let mut two = server.connect().await;
    two.write_all(CLOSE.as_bytes()).await.unwrap();
    assert!(read(&mut one).await.ends_with("alone"));
    assert!(read(&mut two).await.starts_with("HTTP/1.1 200"));
    server.stop().await;
}

/// A server whose one handler tells that it began and waits for a word.
async fn waiting() -> (Server, Arc<Notify>, Arc<Notify>) {
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (Arc::clone(&begun), Arc::clone(&go));
    let handler = async move || {
        tell.notify_one();
        wait.notified().await;
        "done"
    };
    let server = Server::start(Router::new().route("/", get(handler)), LIMITS).await;
    (server, begun, go)
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_is_ended_when_it_stops() {
    let (server, begun, go) = waiting().await;
    let address = server.address;
    let mut idle = server.connect().await;
    let mut busy = server.connect().await;
    busy.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    begun.notified().await;
    server.stop.cancel();
    // The idle one is closed at once, and nobody new is let in.
    assert_eq!(read(&mut idle).await, "");
    assert!(TcpStream::connect(address).await.is_err());
    go.notify_one();
    assert!(read(&mut busy).await.ends_with("done"));
    server.running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_grace_has_an_end() {
    let (server, begun, _go) = waiting().await;
    let mut busy = server.connect().await;
    busy.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    begun.notified().await;
    let stopped = Instant::now();
    server.stop().await;
    assert_eq!(stopped.elapsed().as_secs(), 20);
    assert_eq!(read(&mut busy).await, "");
}
