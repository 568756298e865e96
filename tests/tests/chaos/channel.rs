//! What a channel can do to one who calls it: it is not there, it says nothing, too much, or
//! something else. What may have been sent stays in doubt until the channel has said what became
//! of it; what was never sent goes on to the next account.

use std::rc::Rc;
use std::time::Duration;

use paymux_sandbox::{Channel, NoticeState};
use paymux_services::{Proxy, ports};
use paymux_tests::config::{ALIPAY, Setup, WECHAT};
use paymux_tests::order::{CHANNELS, Order, all, both, wish};
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::case::{brisk, case, is_whole, served};

fn gateway(port: u16) -> String {
    format!("http://127.0.0.1:{port}/alipay/gateway.do")
}

/// What a stranger answers in the channel's place, by the word that the order's subject has.
const ANSWERS: [(&str, &str, &[u8]); 9] = [
    ("C05", "empty", b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
    ("C05", "html", b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n<html></html>"),
    ("C05", "bad-gateway", b"HTTP/1.1 502 Bad\r\ncontent-length: 13\r\n\r\n<html></html>"),
    ("C05", "unavailable", b"HTTP/1.1 503 Busy\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n"),
    ("C07", "gibibyte", b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n"),
    ("C07", "endless", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
    (
        "C07",
        "bomb",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b\x08\x00",
    ),
    ("C24", "moved", b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"),
    ("C24", "kept", b"HTTP/1.1 307 Moved\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"),
];
/// More than a gateway needs, and less than what it was sent.
const MEMORY: u64 = 512 << 20;
/// What never ends goes on like this.
const CHUNK: &[u8] = b"2000\r\n";

/// Stands where the channel should be.
async fn stranger() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(answer(socket));
        }
    });
    port
}

/// Each connection is answered once; an order that nobody knows is cut off.
async fn answer(mut socket: TcpStream) {
    let (mut heard, mut bytes) = (String::new(), vec![0; 1 << 14]);
    while let Ok(count @ 1..) = socket.read(&mut bytes).await {
        heard += &String::from_utf8_lossy(&bytes[..count]);
        let known = ANSWERS.iter().find(|(_, word, _)| heard.contains(&format!("tea-{word}")));
        let Some((_, word, answer)) = known else { continue };
        let _ = socket.write_all(answer).await;
        let body: Vec<u8> = match *word {
            "gibibyte" => vec![b'x'; 0x2000],
            "endless" => [CHUNK, &vec![b'x'; 0x2000], b"\r\n"].concat(),
            _ => return,
        };
        while socket.write_all(&body).await.is_ok() {}
        return;
    }
}

/// Every answer brings doubt and nothing else; when the channel is there, it is found out.
#[tokio::test(flavor = "multi_thread")]
async fn answers_that_say_nothing_of_money() {
    let way = Proxy::to(stranger().await);
    let mut setup = brisk();
    setup.alipay = vec![("alipay-strange", gateway(way.port))];
    setup.accounts = vec!["alipay-strange", WECHAT];
    let rig = Rc::new(Rig::start(setup).await);
    let mut orders = vec![];
    for (id, word, _) in ANSWERS {
        let order = case(id, in_doubt(&rig, word)).await;
        orders.push(order);
    }
    let memory = rig.node.resident_bytes();
    assert!(memory < MEMORY, "what is too large was kept: {memory}");
    // Slow as a drop: the deadline is for all of it.
    way.lead_to(rig.sandbox.address().port());
    way.drip(Some((1, Duration::from_millis(300))));
    orders.push(case("C03", in_doubt(&rig, "drop-by-drop")).await);
    way.drip(None);
    let found = orders.into_iter().map(|(order_no, id)| {
        let rig = Rc::clone(&rig);
        async move { is_found_out(&rig, &order_no, &id).await }
    });
    all(found).await;
    let payments = rig.api.payments().await;
    assert_eq!(payments.len(), ANSWERS.len() + 1);
    is_whole(&rig, &payments.iter().map(served).collect::<Vec<_>>()).await;
}

async fn in_doubt(rig: &Rig, word: &str) -> (String, String) {
    let order_no = format!("answer-{word}");
    let wish = wish(Channel::Alipay, &order_no, &format!("tea-{word}"));
    let answer = rig.api.create(&order_no, &wish).await;
    assert_eq!(answer.status, 202, "{word}: {answer:?}");
    let payment = answer.json();
    assert_eq!(payment["status"], "processing", "{word}: {payment}");
    (order_no, payment["id"].as_str().expect("an id").to_owned())
}

async fn is_found_out(rig: &Rig, order_no: &str, id: &str) {
    let pending = async || {
        let payment = rig.api.payment(id).await;
        (payment["status"] == "pending").then_some(payment)
    };
    let payment = until(&format!("{order_no} is found out"), pending).await;
    let number = payment["attempt"]["out_trade_no"].as_str().expect("a number").to_owned();
    rig.sandbox.pay(Channel::Alipay, &number).expect("it can be paid");
    rig.shop.hears("payment.succeeded", order_no).await;
}

/// A name that leads nowhere, a port where nobody listens, one that speaks no TLS, one that says
/// nothing at all: none of them was sent anything, so the last account may be asked.
#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_not_there() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let silent_port = silent.local_addr().expect("it listens").port();
    let plain = stranger().await;
    let mut setup = brisk();
    setup.alipay = vec![
        ("alipay-closed", gateway(ports::free())),
        ("alipay-unnamed", "https://nowhere.invalid/gateway.do".to_owned()),
        ("alipay-plain", format!("https://127.0.0.1:{plain}/gateway.do")),
        ("alipay-silent", format!("https://127.0.0.1:{silent_port}/gateway.do")),
    ];
    setup.accounts =
        vec!["alipay-closed", "alipay-unnamed", "alipay-plain", "alipay-silent", ALIPAY];
    let rig = Rig::start(setup).await;
    case("C01", async {
        let order = Order::placed(&rig, Channel::Alipay, "nowhere").await;
        let payment = order.answer.json();
        assert_eq!(payment["attempt"]["account"], ALIPAY, "{payment}");
        let metrics = rig.metrics().await;
        for account in ["closed", "unnamed", "plain", "silent"] {
            let account = format!("alipay-{account}");
            let labels = [("account", &*account), ("outcome", "connect")];
            assert_eq!(metrics.sum("paymux_channel_calls_total", &labels), 1, "{account}");
        }
        order.pay();
        order.is_paid_once().await;
        is_whole(&rig, &[served(&payment)]).await;
    })
    .await;
}

/// The channel itself says what cannot be.
#[tokio::test(flavor = "multi_thread")]
async fn contradictions_and_races_at_the_channel() {
    let rig = Rig::start(Setup { tapped: true, ..brisk() }).await;
    case("C11", both(async |channel| other_parameters(&rig, channel).await)).await;
    case("C12", both(async |channel| another_amount(&rig, channel).await)).await;
    case("C14", both(async |channel| paid_while_closing(&rig, channel).await)).await;
    for channel in CHANNELS {
        let books = rig.sandbox.books();
        assert_eq!(books[&channel].refunded_fen, 0, "{channel:?}");
    }
}

/// "The order exists with other parameters" is no failure: the one that exists is asked about.
async fn other_parameters(rig: &Rig, channel: Channel) {
    let code = match channel {
        Channel::Alipay => "ACQ.CONTEXT_INCONSISTENT",
        Channel::Wechat => "OUT_TRADE_NO_USED",
    };
    let rule = json!({
        "fault": "refuse", "operation": "pay", "channel": channel, "code": code, "effect": true,
    });
    let rule = serde_json::from_value(rule).expect("a rule");
    rig.sandbox.arm(rule).expect("it has sense");
    let order = Order::asked(rig, channel, "parameters", "Tea", 202).await;
    let pending = async || (order.now().await["status"] == "pending").then_some(());
    until("it is found out", pending).await;
    assert_eq!(order.now().await["attempt"]["out_trade_no"], *order.number);
    order.pay();
    order.is_paid_once().await;
}

/// An answer to a question names another amount: nothing changes, and a person is called.
async fn another_amount(rig: &Rig, channel: Channel) {
    let subject = "Tea [sandbox:query.wrong_amount*1000][sandbox:notify_lost]";
    let order = Order::asked(rig, channel, "amount", subject, 201).await;
    order.pay();
    let called = [("reason", "contradiction")];
    let both = async || {
        let metrics = rig.metrics().await;
        (metrics.sum("paymux_attention_total", &called) >= CHANNELS.len() as u64).then_some(())
    };
    until("a person is called, for each channel", both).await;
    let payment = order.now().await;
    assert_eq!(payment["status"], "pending", "{payment}");
    assert!(order.events().await.is_empty(), "nobody is told");
    let sent = rig.sandbox.notifications(Some(&order.number), 10);
    assert!(sent.iter().all(|it| it.state == NoticeState::Lost), "{sent:?}");
}

/// The payer is faster than the merchant who closes, and only the close finds that out.
async fn paid_while_closing(rig: &Rig, channel: Channel) {
    let subject = "Tea [sandbox:notify_lost]";
    let order = Order::asked(rig, channel, "closing", subject, 201).await;
    order.pay();
    let answer = rig.api.close(&order.id).await;
    assert!([200, 202].contains(&answer.status), "{answer:?}");
    assert_ne!(answer.json()["status"], "closed", "{answer:?}");
    order.is_paid_once().await;
}
