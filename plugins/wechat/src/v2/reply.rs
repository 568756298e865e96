//! What WeChat Pay takes for an answer to a notification: these words, or anything else.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use paymux_channel::{Reply, Response};

use super::xml;

pub(crate) fn build(reply: Reply) -> Response {
    let (status, code, message) = match reply {
        Reply::Received => (StatusCode::OK, "SUCCESS", "OK"),
        Reply::Again => (StatusCode::INTERNAL_SERVER_ERROR, "FAIL", "send it again"),
        Reply::Forged => (StatusCode::UNAUTHORIZED, "FAIL", "not verified"),
    };
    let body = xml::write([("return_code", code), ("return_msg", message)]);
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let xml = HeaderValue::from_static("text/xml; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, xml);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_recorded_is_acknowledged() {
        let check = |reply, status: u16, body: &str| {
            let response = build(reply);
            assert_eq!(
                (response.status().as_u16(), &response.body()[..]),
                (status, body.as_bytes())
            );
        };
        let received = "<xml><return_code><![CDATA[SUCCESS]]></return_code>\
                        <return_msg><![CDATA[OK]]></return_msg></xml>";
        check(Reply::Received, 200, received);
        let fail = |why| {
            "<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[".to_owned()
                + why
                + "]]></return_msg></xml>"
        };
        check(Reply::Again, 500, &fail("send it again"));
        check(Reply::Forged, 401, &fail("not verified"));
    }
}
