//! A query string, read as strictly as a body: every name once, and no name that is not ours.

use axum::extract::FromRequestParts;
use http::Uri;
use http::request::Parts;
use paymux_engine::problem::{self, FieldError, Problem};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::problem::Refusal;

/// How many rows a page has unless asked.
pub(crate) const DEFAULT_LIMIT: usize = 20;
pub(crate) const MAX_LIMIT: usize = 100;

pub(crate) fn limit_shape() -> ObjectBuilder {
    let shape = ObjectBuilder::new().schema_type(Type::Integer).default(Some(DEFAULT_LIMIT.into()));
    shape.minimum(Some(1)).maximum(Some(MAX_LIMIT))
}

pub(crate) struct Query {
    left: Vec<(String, String)>,
    errors: Vec<FieldError>,
}

impl Query {
    pub(crate) fn of(uri: &Uri) -> Result<Self, Refusal> {
        let unreadable = |_| Refusal::new(problem::INVALID_QUERY, "it cannot be read");
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
        Ok(Self { left: pairs.map_err(unreadable)?.0, errors: vec![] })
    }

    pub(crate) fn optional<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let values: Vec<_> = self.left.extract_if(.., |it| it.0 == name).map(|it| it.1).collect();
        let parsed = match values.as_slice() {
            [] => return None,
            [value] => parse(value),
            [_, _, ..] => Err("is given twice".into()),
        };
        parsed.map_err(|reason| self.wrong(name, reason)).ok()
    }

    pub(crate) fn limit(&mut self) -> usize {
        self.optional("limit", limit).unwrap_or(DEFAULT_LIMIT)
    }

    pub(crate) fn wrong(&mut self, name: &str, reason: String) {
        self.errors.push(FieldError { pointer: name.into(), reason });
    }

    pub(crate) fn finish(mut self) -> Result<(), Problem> {
        if let Some((name, _)) = self.left.first() {
            let name: String = name.chars().take(40).collect();
            self.wrong(&name, "is not a parameter of this request".into());
        }
        if self.errors.is_empty() {
            return Ok(());
        }
        let problem = Problem::new(problem::INVALID_QUERY, "see errors");
        Err(Problem { errors: self.errors, ..problem })
    }
}

fn limit(text: &str) -> Result<usize, String> {
    let plain = !text.starts_with('0') && text.bytes().all(|it| it.is_ascii_digit());
    let limit = text.parse().ok().filter(|it| plain && (1..=MAX_LIMIT).contains(it));
    limit.ok_or_else(|| format!("must be 1 to {MAX_LIMIT}"))
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        Self::of(&parts.uri)
    }
}

/// For requests that take no parameter at all.
pub(crate) struct NoQuery;

impl<S: Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        Query::of(&parts.uri)?.finish()?;
        Ok(Self)
    }
}
