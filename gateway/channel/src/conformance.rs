//! The suite every plugin runs against itself: forged input is refused, and nothing panics.

use bytes::Bytes;
use paymux_core::Timestamp;

use crate::{Call, Channel, Operation, Request, Response};

/// No single flipped bit of a genuine notification's body or signature headers gets through.
pub fn flipped_bits_are_refused(
    channel: &dyn Channel,
    genuine: &Request,
    now: Timestamp,
    signed_headers: &[&str],
) {
    channel.verify(genuine, now).expect("the genuine notification verifies");
    for bit in 0..genuine.body().len() * 8 {
        let bent = bend_body(genuine, bit);
        assert!(channel.verify(&bent, now).is_err(), "bit {bit} of the body was not noticed");
    }
    for name in signed_headers {
        for bit in 0..genuine.headers()[*name].len() * 8 {
            let Some(bent) = bend_header(genuine, name, bit) else { continue };
            assert!(channel.verify(&bent, now).is_err(), "bit {bit} of {name} was not noticed");
        }
    }
}

/// Arbitrary bytes instead of an answer or a notification are errors, never panics.
pub fn garbage_is_an_error(channel: &dyn Channel, operation: &Operation, call: &Call) {
    for body in [&b""[..], b"{", b"{}", b"[]", b"null", b"\xff\xfe", b"<html></html>", b"a=b&sign="]
    {
        let response = Response::new(Bytes::copy_from_slice(body));
        let parsed = channel.parse(operation, call, &response);
        assert!(parsed.is_err(), "{operation:?} took {body:?} for {parsed:?}");
        let request = Request::new(Bytes::copy_from_slice(body));
        assert!(channel.verify(&request, call.now).is_err(), "{body:?}");
    }
}

/// Equal arguments give equal bytes, so that a vector can pin them.
pub fn building_is_deterministic(channel: &dyn Channel, operation: &Operation, call: &Call) {
    let bytes = || match channel.build(operation, call) {
        Ok(crate::Step::Send(request)) => format!("{request:?}"),
        Ok(crate::Step::Done(outcome)) => format!("{outcome:?}"),
        Err(error) => format!("{error:?}"),
    };
    assert_eq!(bytes(), bytes());
}

fn bend_body(genuine: &Request, bit: usize) -> Request {
    let mut body = genuine.body().to_vec();
    body[bit / 8] ^= 1 << (bit % 8);
    let (parts, _) = genuine.clone().into_parts();
    Request::from_parts(parts, body.into())
}

/// `None` where the bent value is no legal header at all.
fn bend_header(genuine: &Request, name: &str, bit: usize) -> Option<Request> {
    let mut value = genuine.headers()[name].as_bytes().to_vec();
    value[bit / 8] ^= 1 << (bit % 8);
    let mut bent = genuine.clone();
    let value = http::HeaderValue::from_bytes(&value).ok()?;
    let name = http::HeaderName::from_bytes(name.as_bytes()).ok()?;
    bent.headers_mut().insert(name, value);
    Some(bent)
}
