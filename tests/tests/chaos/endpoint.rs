//! What a merchant's endpoint can do to one who delivers: the status decides, within a time and a
//! size, and nothing is followed.

use std::net::SocketAddr;

use paymux_sandbox::Channel;
use paymux_tests::config::Setup;
use paymux_tests::order::Order;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Duration, interval};

use super::case::{brisk, case};

/// An endpoint, what it answers, how it goes on, and what is to be written down of it.
struct Endpoint {
    case: &'static str,
    /// Its secret's; the endpoint is called like it.
    file: &'static str,
    answer: &'static [u8],
    then: Then,
    outcome: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// The connection ends.
    End,
    /// A byte each 100 ms, for ever.
    Drip,
    /// As much as is read.
    Flood,
    /// Nothing, and the connection stays.
    Hang,
}

impl Endpoint {
    fn name(&self) -> &'static str {
        self.file.trim_end_matches(".txt")
    }
}

const ENDPOINTS: [Endpoint; 9] = [
    Endpoint {
        case: "W01",
        file: "slow-head.txt",
        answer: b"HTTP/1.1 200 OK\r\nx-slow: ",
        then: Then::Drip,
        outcome: "deadline",
    },
    Endpoint {
        case: "W01",
        file: "slow-body.txt",
        answer: b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n",
        then: Then::Drip,
        outcome: "deadline",
    },
    Endpoint {
        case: "W02",
        file: "flood.txt",
        answer: b"HTTP/1.1 200 OK\r\ncontent-length: 10737418240\r\n\r\n",
        then: Then::Flood,
        outcome: "acknowledged",
    },
    Endpoint {
        case: "W02",
        file: "flood-of-no.txt",
        answer: b"HTTP/1.1 500 No\r\ncontent-length: 10737418240\r\n\r\n",
        then: Then::Flood,
        outcome: "server_error",
    },
    Endpoint {
        case: "W02",
        file: "bomb.txt",
        answer: b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b\x08\x00",
        then: Then::End,
        outcome: "acknowledged",
    },
    Endpoint {
        case: "W03",
        file: "moved.txt",
        answer: b"HTTP/1.1 301 Moved\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n",
        then: Then::End,
        outcome: "redirect",
    },
    Endpoint {
        case: "W03",
        file: "kept.txt",
        answer: b"HTTP/1.1 308 Kept\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n",
        then: Then::End,
        outcome: "redirect",
    },
    Endpoint { case: "W11", file: "cut.txt", answer: b"", then: Then::End, outcome: "broken" },
    Endpoint { case: "W14", file: "late.txt", answer: b"", then: Then::Hang, outcome: "deadline" },
];

/// All endpoints, each at a path of its own.
async fn open() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it listens");
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(answer(socket));
        }
    });
    address
}

async fn answer(mut socket: TcpStream) {
    let (mut heard, mut bytes) = (String::new(), vec![0; 1 << 14]);
    // The last of what is sent: a body of JSON in one piece.
    while !heard.ends_with('}') {
        let Ok(count @ 1..) = socket.read(&mut bytes).await else { return };
        heard += &String::from_utf8_lossy(&bytes[..count]);
    }
    let asked = |it: &&Endpoint| heard.starts_with(&format!("POST /{} ", it.name()));
    let endpoint = ENDPOINTS.iter().find(asked).expect("only endpoints are asked for");
    if socket.write_all(endpoint.answer).await.is_ok() {
        go_on(&mut socket, endpoint.then).await;
    }
}

async fn go_on(socket: &mut TcpStream, then: Then) {
    let mut pace = interval(Duration::from_millis(100));
    match then {
        Then::End => {}
        Then::Drip => {
            while socket.write_all(b"x").await.is_ok() {
                pace.tick().await;
            }
        }
        Then::Flood => while socket.write_all(&[b'x'; 1 << 12]).await.is_ok() {},
        Then::Hang => std::future::pending().await,
    }
}

/// Each is tried once, and has a deadline of a second.
fn tables(address: SocketAddr) -> String {
    let table = |it: &Endpoint| {
        let name = it.name();
        format!(
            "\n[[merchants.tests.endpoints]]\nid = \"{name}\"\nurl = \"http://{address}/{name}\"\n\
             secret = \"file:keys/{name}.txt\"\nschedule = [\"0s\"]\ntimeout = \"1s\"\n"
        )
    };
    ENDPOINTS.iter().map(table).collect()
}

/// No two endpoints have the same.
fn secrets() -> Vec<(&'static str, String)> {
    let secret = |(it, letter): (&Endpoint, char)| {
        (it.file, format!("whsec_{}", letter.to_string().repeat(44)))
    };
    ENDPOINTS.iter().zip('A'..).map(secret).collect()
}

/// More than a gateway needs, and less than what it was sent.
const MEMORY: u64 = 512 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn endpoints_that_answer_as_they_please() {
    let more = tables(open().await);
    let rig = Rig::start(Setup { more, secrets: secrets(), ..brisk() }).await;
    let order = Order::placed(&rig, Channel::Alipay, "told").await;
    order.pay();
    // The one that works is told as if there were no other.
    order.is_paid_once().await;
    for endpoint in &ENDPOINTS {
        case(endpoint.case, is_judged(&rig, &order, endpoint)).await;
    }
    let memory = rig.node.resident_bytes();
    assert!(memory < MEMORY, "a flood was kept: {memory}");
}

async fn is_judged(rig: &Rig, order: &Order<'_>, endpoint: &Endpoint) {
    let (name, outcome) = (endpoint.name(), endpoint.outcome);
    let attempted = async || {
        let timeline = rig.api.timeline(&order.id).await;
        let entries = timeline["data"].as_array().cloned().unwrap_or_default();
        let own =
            |it: &Value| it["kind"] == "delivery.attempted" && it["detail"]["endpoint"] == name;
        entries.into_iter().find(own)
    };
    let attempt = until(&format!("{name} is tried"), attempted).await;
    assert_eq!(attempt["detail"]["outcome"], outcome, "{name}: {attempt}");
}
