//! What WeChat Pay takes for an answer to a notification: any 2xx, or anything else.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use paymux_channel::{Reply, Response};

/// Any 2xx ends the repeats, whatever its body says.
pub(crate) fn build(reply: Reply) -> Response {
    let (status, body) = match reply {
        Reply::Received => (StatusCode::NO_CONTENT, ""),
        Reply::Again => {
            (StatusCode::INTERNAL_SERVER_ERROR, r#"{"code":"FAIL","message":"send it again"}"#)
        }
        Reply::Forged => (StatusCode::UNAUTHORIZED, r#"{"code":"FAIL","message":"not verified"}"#),
    };
    let mut response = Response::new(Bytes::from_static(body.as_bytes()));
    *response.status_mut() = status;
    if !body.is_empty() {
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_recorded_is_acknowledged() {
        let check = |reply, status: u16, code: Option<&str>| {
            let response = build(reply);
            assert_eq!(response.status().as_u16(), status);
            let body: Option<serde_json::Value> = serde_json::from_slice(response.body()).ok();
            let said = body.as_ref().map(|it| it["code"].as_str().unwrap());
            assert_eq!(said, code);
            assert_eq!(response.headers().contains_key(CONTENT_TYPE), code.is_some());
        };
        check(Reply::Received, 204, None);
        check(Reply::Again, 500, Some("FAIL"));
        check(Reply::Forged, 401, Some("FAIL"));
    }
}
