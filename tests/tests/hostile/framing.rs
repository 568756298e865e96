//! Requests that two readers would cut in different places.

use paymux_tests::config::{ALIPAY, Setup};
use paymux_tests::rig::Rig;

use super::wire::{Wire, bearer, create, nothing_was_made, order, talk};

const GET: &str = "GET /v1/payments HTTP/1.1\r\nHost: a\r\n";
/// What a stranger would like to be somebody's next request.
const SMUGGLED: &str = "GET /v1/events HTTP/1.1\r\nHost: a\r\n\r\n";

/// Lines of a head that begins well.
fn heads() -> Vec<String> {
    let lines = [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
        "Content-Length: 4\r\nContent-Length: 5\r\n",
        "Content-Length: 4\r\nContent-Length: 4\r\n",
        "Content-Length: 4, 4\r\n",
        "Content-Length: +4\r\n",
        "Content-Length: -4\r\n",
        "Content-Length: 0x4\r\n",
        "Content-Length: 4 4\r\n",
        "Content-Length: ４\r\n",
        "Content-Length:\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Content-Length : 4\r\n",
        "Content-Length\r\n",
        " Content-Length: 4\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding:\x0bchunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding:\r\n chunked\r\n",
        "X: a\r\n b\r\n",
        "X: a\nContent-Length: 4\r\n",
        "X: a\rContent-Length: 4\r\n",
        "X: a\0b\r\n",
        "X y: z\r\n",
        "X(y): z\r\n",
        ": z\r\n",
        "Host: b\r\n",
    ];
    lines.iter().map(|it| format!("{GET}{}{it}\r\n", bearer())).collect()
}

fn others() -> Vec<String> {
    let chunked =
        format!("POST /notify/{ALIPAY} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    let chunks = [
        "FFFFFFFFFFFFFFFF0\r\nabc\r\n0\r\n\r\n",
        "FFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n",
        "-1\r\nabc\r\n0\r\n\r\n",
        "3;a=\"\r\nabc\r\n0\r\n\r\n",
        "3\nabc\r\n0\r\n\r\n",
        "3;a\nabc\r\n0\r\n\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "3 \r\nabc\r\n0\r\n\r\n",
        "0x3\r\nabc\r\n0\r\n\r\n",
        "0\r\nX: a\nY: b\r\n\r\n",
    ];
    let lines = [
        "GET /v1/payments HTTP/1.1\nHost: a\r\n\r\n",
        "GET /v1/payments HTTP/1.1\r\nHost: a\n\r\n",
        "GET /v1/payments HTTP/1.1\r\nHost: a\r\n\n",
        "GET  /v1/payments HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /v1/pay ments HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /v1/payments HTTP/1.2\r\nHost: a\r\n\r\n",
        "GET /v1/payments HTTP/2.0\r\nHost: a\r\n\r\n",
        "GET /v1/payments\r\nHost: a\r\n\r\n",
        "G\0T /v1/payments HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ];
    chunks.iter().map(|it| format!("{chunked}{it}")).chain(lines.map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a16_what_can_be_cut_in_two_ways_is_refused_and_the_connection_closed() {
    let rig = Rig::start(Setup::default()).await;
    for bad in heads().into_iter().chain(others()) {
        let replies = talk(&rig, format!("{bad}{SMUGGLED}")).await;
        let statuses: Vec<_> = replies.iter().map(|it| it.status).collect();
        assert_eq!(statuses, [400], "{bad:?}");
    }
    let labels = [("listener", "public"), ("reason", "malformed")];
    assert!(rig.metrics().await.sum("paymux_connections_refused_total", &labels) > 30);
    nothing_was_made(&rig).await;
    // What everybody cuts in the same place is answered.
    let body = order("order_no", "\"chunked\"");
    let sent = String::from_utf8(create("chunked", "")).expect("text");
    let sent = sent.replace("Content-Length: 0", "Transfer-Encoding: chunked");
    let (half, rest) = body.split_at(20);
    let chunk = |it: &str| format!("{:x}\r\n{it}\r\n", it.len());
    let replies = talk(&rig, format!("{sent}{}{}0\r\n\r\n", chunk(half), chunk(rest))).await;
    assert_eq!(replies.iter().map(|it| it.status).collect::<Vec<_>>(), [201], "{replies:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a17_a_pipeline_is_answered_in_order_up_to_what_is_bad() {
    let rig = Rig::start(Setup::default()).await;
    let good = |number: usize| {
        format!(
            "GET /v1/payments?order_no=p-{number} HTTP/1.1\r\nHost: a\r\nX-Request-Id: p-{number}\r\n{}\r\n",
            bearer()
        )
    };
    let mut sent: Vec<_> = (0..100).map(good).collect();
    sent[50] = format!("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\nX: y\r\n\r\n{}", sent[50]);
    let mut wire = Wire::open(rig.node.ports[0]).await;
    // In pieces that end anywhere.
    for piece in sent.concat().as_bytes().chunks(997) {
        wire.send(piece).await;
    }
    let replies = wire.replies().await;
    assert_eq!(replies.len(), 51, "{:?}", replies.last());
    for (number, reply) in replies[..50].iter().enumerate() {
        assert_eq!(reply.status, 200, "{number}: {reply:?}");
        assert!(reply.head.contains(&format!("x-request-id: p-{number}\r")), "{number}: {reply:?}");
    }
    assert_eq!(replies[50].status, 400);
}
