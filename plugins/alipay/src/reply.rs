//! What Alipay takes for an answer to a notification: seven bytes, or anything else.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use paymux_channel::{Reply, Response};

/// Exactly `success` with status 200 ends the repeats; `fail` is the documented opposite.
pub(crate) fn build(reply: Reply) -> Response {
    let (status, body) = match reply {
        Reply::Received => (StatusCode::OK, "success"),
        Reply::Again => (StatusCode::OK, "fail"),
        Reply::Forged => (StatusCode::BAD_REQUEST, "fail"),
    };
    let mut response = Response::new(Bytes::from_static(body.as_bytes()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_bytes_or_a_repeat() {
        let check = |reply, status: u16, body: &str| {
            let response = build(reply);
            assert_eq!(
                (response.status().as_u16(), &response.body()[..]),
                (status, body.as_bytes())
            );
            assert_eq!(response.headers()[CONTENT_TYPE], "text/plain");
        };
        check(Reply::Received, 200, "success");
        check(Reply::Again, 200, "fail");
        check(Reply::Forged, 400, "fail");
    }
}
