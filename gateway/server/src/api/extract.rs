//! What a handler asks of a request: an id from its path, the merchant behind it, its body.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::request::Parts;
use paymux_engine::problem;
use paymux_engine::snapshot::Merchant;

use super::Api;
use super::problem::Refusal;
use crate::inbound::{body, idempotency_key};

/// A text that is no id names nothing: it is answered as any id that is unknown.
pub(crate) struct Id<T>(pub(crate) T);

impl<T: FromStr, S: Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let unknown = || Refusal::new(problem::NOT_FOUND, "there is nothing under this id");
        let text =
            Path::<String>::from_request_parts(parts, &state).await.map_err(|_| unknown())?;
        text.0.parse().map(Self).map_err(|_| unknown())
    }
}

/// Who asks; present wherever the authenticating layer is.
pub(crate) struct Caller(pub(crate) Arc<Merchant>);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let merchant = parts.extensions.get::<Arc<Merchant>>().map(Arc::clone);
        let nobody = || Refusal::new(problem::UNAUTHENTICATED, crate::inbound::UNAUTHENTICATED);
        merchant.map(Self).ok_or_else(nobody)
    }
}

/// The key under which a repeat finds the first answer.
pub(crate) struct Key(pub(crate) String);

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let key = parts.extensions.get::<idempotency_key::Key>().map(|it| Self(it.0.clone()));
        let detail = "send a key of your own with every request that moves money";
        key.ok_or_else(|| Refusal::new(problem::IDEMPOTENCY_KEY_MISSING, detail))
    }
}

/// A body that claims to be JSON, whole.
pub(crate) struct Payload(pub(crate) Bytes);

impl<S: paymux_store::Store> FromRequest<Api<S>> for Payload {
    type Rejection = Refusal;

    async fn from_request(request: Request, api: &Api<S>) -> Result<Self, Refusal> {
        if !is_json(request.headers()) {
            let detail = "send it as application/json, in UTF-8 and not compressed";
            return Err(Refusal::new(problem::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        Ok(Self(body::read(request.into_body(), api.terms.body_timeout).await?))
    }
}

/// No body at all, or an empty object.
pub(crate) struct NoPayload;

impl<S: paymux_store::Store> FromRequest<Api<S>> for NoPayload {
    type Rejection = Refusal;

    async fn from_request(request: Request, api: &Api<S>) -> Result<Self, Refusal> {
        let is_json = is_json(request.headers());
        let body = body::read(request.into_body(), api.terms.body_timeout).await?;
        if body.is_empty() {
            return Ok(Self);
        }
        if !is_json {
            let detail = "send nothing, or an empty object as application/json";
            return Err(Refusal::new(problem::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        super::fields::Fields::parse(&body)?.finish()?;
        Ok(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(media_type), None) = (types.next(), types.next()) else { return false };
    let encoded = headers.contains_key(CONTENT_ENCODING);
    !encoded && media_type.to_str().is_ok_and(names_json)
}

fn names_json(media_type: &str) -> bool {
    let mut parts = media_type.split(';').map(str::trim);
    let json = parts.next().is_some_and(|it| it.eq_ignore_ascii_case("application/json"));
    json && parts.all(|it| {
        it.eq_ignore_ascii_case("charset=utf-8") || it.eq_ignore_ascii_case("charset=\"utf-8\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_media_type_in_one_charset() {
        let check = |text, expect| assert_eq!(names_json(text), expect, "{text}");
        check("application/json", true);
        check("Application/JSON; charset=UTF-8", true);
        check("application/json;charset=\"utf-8\"", true);
        check("application/json; charset=gbk", false);
        check("application/json; q=1", false);
        check("application/jsonp", false);
        check("application/problem+json", false);
        check("text/json", false);
        check("", false);
    }
}
