//! The bytes that signatures are made over; `docs/merchants/signing.md` defines them.

use aws_lc_rs::digest::{SHA256, digest};
use http::Method;

/// No method of HTTP has a slash in it: no text begins as a request and as an answer.
const ANSWER: &str = "PAYMUX-RESPONSE/1";

/// A request as it was received, byte by byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a Method,
    /// With the query, not decoded.
    pub(crate) path: &'a str,
    pub(crate) timestamp: i64,
    pub(crate) nonce: &'a str,
    pub(crate) body: &'a [u8],
    /// As it was sent; empty when there is none.
    pub(crate) idempotency_key: &'a [u8],
}

/// Only the body may hold line ends, and the key after it may not, so that no two requests have
/// the same text.
pub(crate) fn request(it: Request<'_>) -> Vec<u8> {
    let Request { method, path, timestamp, nonce, body, idempotency_key } = it;
    let mut text = format!("{method}\n{path}\n{timestamp}\n{nonce}\n").into_bytes();
    text.extend_from_slice(body);
    text.push(b'\n');
    text.extend_from_slice(idempotency_key);
    text.push(b'\n');
    text
}

/// An answer, bound to the request by its key and nonce.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) timestamp: i64,
    pub(crate) merchant: &'a str,
    /// The request's, not the gateway's.
    pub(crate) key: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) body: &'a [u8],
}

pub(crate) fn answer(it: Answer<'_>) -> String {
    let Answer { status, timestamp, merchant, key, nonce, body } = it;
    let hash = hex::encode(digest(&SHA256, body));
    format!("{ANSWER}\n{status}\n{timestamp}\n{merchant}\n{key}\n{nonce}\n{hash}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_lines_of_a_request() {
        let request = |body, idempotency_key| {
            let (method, path, nonce) = (&Method::POST, "/v1/payments?a=1", "0123456789abcdef");
            let timestamp = 1_764_000_000;
            super::request(Request { method, path, timestamp, nonce, body, idempotency_key })
        };
        let text = "POST\n/v1/payments?a=1\n1764000000\n0123456789abcdef\n{}\nkey-1\n";
        assert_eq!(request(b"{}", b"key-1"), text.as_bytes());
        let text = "POST\n/v1/payments?a=1\n1764000000\n0123456789abcdef\n\n\n";
        assert_eq!(request(b"", b""), text.as_bytes());
        assert_ne!(request(b"{}\n", b""), request(b"{}", b""));
        assert_ne!(request(b"{}\nkey", b""), request(b"{}", b"key"));
    }

    #[test]
    fn seven_lines_of_an_answer() {
        let (status, timestamp, merchant, key) = (201, 1_764_000_000, "shop", "k");
        let nonce = "0123456789abcdef";
        let text = answer(Answer { status, timestamp, merchant, key, nonce, body: b"" });
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let lines = "PAYMUX-RESPONSE/1\n201\n1764000000\nshop\nk\n0123456789abcdef";
        assert_eq!(text, format!("{lines}\n{empty}\n"));
    }
}
