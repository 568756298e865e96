//! Each request is fed whole, and byte by byte.

use super::*;

/// How many bytes are good.
fn good(text: &str) -> usize {
    let whole = Framing::default().watch(text.as_bytes());
    let mut framing = Framing::default();
    let single: usize = text.as_bytes().chunks(1).map(|it| framing.watch(it)).sum();
    assert_eq!(whole, single, "{text:?}: pieces are read as the whole is");
    whole
}

fn fine(text: &str) {
    assert_eq!(good(text), text.len(), "{text:?}");
}

/// Up to and without `¦` it is fine.
fn bad(text: &str) {
    let (begin, rest) = text.split_once('¦').unwrap();
    assert_eq!(good(&format!("{begin}{rest}")), begin.len(), "{text:?}");
}

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn requests_follow_one_another() {
    fine(GET);
    fine(&GET.repeat(3));
    fine(&format!("\r\n\r\n{GET}"));
    fine(&format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\na\nb\nc{GET}"));
    fine(&format!("POST / HTTP/1.1\r\nHost: a\r\ncontent-length:0\r\n\r\n{GET}"));
    let chunks = "Transfer-Encoding: chunked\r\n\r\n5\r\na\nb\nc\r\n0A\r\n0123456789\r\n0\r\n";
    fine(&format!("POST / HTTP/1.1\r\nHost: a\r\n{chunks}\r\n{GET}"));
    fine(&format!("POST / HTTP/1.1\r\nHost: a\r\n{chunks}Sum: 1\r\n\r\n{GET}"));
    fine("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\n: \n\n");
    fine(&format!("GET /{} HTTP/1.1\r\nHost: a\r\nx: {0}\r\n\r\n{GET}", "y".repeat(300)));
}

#[test]
fn a_line_ends_in_both_of_its_bytes() {
    bad("GET / HTTP/1.1¦\nHost: a\r\n\r\n");
    bad("GET / HTTP/1.1\r\nHost: a¦\n\r\n");
    bad("GET / HTTP/1.1\r\nx: a¦\nTransfer-Encoding: chunked\r\n\r\n");
    bad("GET / HTTP/1.1\r\nHost: a\r\n¦\n");
    bad(&format!("{GET}¦\n"));
    bad(&format!("GET / HTTP/1.1\r\nx: {}¦\n\r\n", "y".repeat(300)));
    let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    bad(&format!("{chunked}5¦\nabcde\r\n0\r\n\r\n"));
    bad(&format!("{chunked}5\r\nabcde¦\n0\r\n\r\n"));
    bad(&format!("{chunked}0\r\nx: y¦\n\r\n"));
}

#[test]
fn one_length_is_said_once() {
    let check = |fields: &str| bad(&format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\n{GET}"));
    check("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r¦");
    check("Transfer-Encoding: chunked\r\ncontent-length: 5\r\n\r¦");
    check("Content-Length: 5\r\nContent-Length: 5\r\n\r¦");
    check("Content-Length: 5\r\nContent-Length: 6\r\n\r¦");
    check("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r¦");
    check("HOST: b\r\n\r¦");
    check("Content-Length: +5\r¦");
    check("Content-Length: -5\r¦");
    check("Content-Length: 0x5\r¦");
    check("Content-Length: 5, 5\r¦");
    check("Content-Length: 5 5\r¦");
    check("Content-Length:\r¦");
    check("Content-Length: 18446744073709551616\r¦");
    check(&format!("Content-Length: {}5\r¦", " ".repeat(128)));
    check("no colon\r¦");
}

#[test]
fn a_chunk_says_its_size_alone() {
    let check =
        |chunk: &str| bad(&format!("POST / HTTP/1.1\r\nTransfer-Encoding: x\r\n\r\n{chunk}"));
    for size in ["5;a=b", "5 ", "0x5", "+5", "", "FFFFFFFFF", "g", "-1"] {
        check(&format!("{size}\r¦\nabcde\r\n0\r\n\r\n"));
    }
    check("5\r\nabcdef\r¦\n0\r\n\r\n");
}
