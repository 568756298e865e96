//! What operations share: headers, the key of a repeat, how a caller is known, how problems look.

use paymux_engine::access::Algorithm;
use paymux_engine::problem::{self, Kind, Problem};
use utoipa::openapi::content::{Content, ContentBuilder};
use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{Components, ComponentsBuilder, ObjectBuilder, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Ref, RefOr, Required};

use super::operation::Schemas;
use crate::api::problem as told;
use crate::inbound::idempotency_key;

pub(super) const IDEMPOTENCY_KEY: &str = "IdempotencyKey";
/// How a caller may prove who it is; one of them suffices.
pub(super) const CALLER_SCHEMES: [&str; 2] = ["bearer", "signature"];

const REQUEST_ID: &str = "X-Request-Id";
const SIGNATURE: &str = "Paymux-Signature";
const RETRY_AFTER: &str = "Retry-After";
const REPLAYED: &str = "Idempotent-Replayed";
const LOCATION: &str = "Location";
const CHALLENGE: &str = "WWW-Authenticate";

const HEADERS: [(&str, &str); 6] = [
    (REQUEST_ID, "The name of this request: yours, if you sent one, or one of ours."),
    (SIGNATURE, "Of answers to signed requests: [believing answers](/docs/guides/signing)."),
    (RETRY_AFTER, "Whole seconds to wait before the same request is sent again."),
    (REPLAYED, "`true` where this answer was given before, to the same `Idempotency-Key`."),
    (LOCATION, "Where to read what was made."),
    (CHALLENGE, "The schemes of `Authorization` that are taken."),
];

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn header(name: &str, about: &str) -> Header {
    let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
    let schema = if name == RETRY_AFTER { number } else { text() };
    HeaderBuilder::new().schema(Some(schema)).description(Some(about)).build()
}

fn with(response: ResponseBuilder, name: &str) -> ResponseBuilder {
    response.header_ref(name, Ref::new(format!("#/components/headers/{name}")))
}

pub(super) fn parameter(name: &str) -> Ref {
    Ref::new(format!("#/components/parameters/{name}"))
}

/// Those of an answer that is no problem.
pub(super) fn headers(response: ResponseBuilder, keyed: bool, open: bool) -> ResponseBuilder {
    let mut names = vec![REQUEST_ID];
    names.extend((!open).then_some(SIGNATURE));
    names.extend(keyed.then_some([REPLAYED, LOCATION]).into_iter().flatten());
    names.into_iter().fold(response, with)
}

/// All problems of one status.
pub(super) fn refusal(status: u16, kinds: &[&'static Kind], open: bool) -> Response {
    let title = |it: &&Kind| format!("[`{slug}`](/problems/{slug}): {}", it.title, slug = it.slug);
    let titles: Vec<_> = kinds.iter().map(title).collect();
    let response = ResponseBuilder::new().description(titles.join("\n\n"));
    let mut names = vec![REQUEST_ID];
    names.extend((!open && status != problem::UNAUTHENTICATED.status).then_some(SIGNATURE));
    names.extend(kinds.iter().any(|it| it.retryable).then_some(RETRY_AFTER));
    names.extend((status == problem::UNAUTHENTICATED.status).then_some(CHALLENGE));
    let response = names.into_iter().fold(response, with);
    response.content(told::MEDIA_TYPE, content(kinds)).build()
}

fn content(kinds: &[&'static Kind]) -> Content {
    let example = |it: &&'static Kind| {
        let name = Ref::new(format!("#/components/examples/{}", it.slug));
        (it.slug, RefOr::<Example>::Ref(name))
    };
    let schema = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(schema));
    content.examples_from_iter(kinds.iter().map(example)).build()
}

fn key() -> Parameter {
    let about = "A key of your own for this one request, the same on every repeat of it: 1 to 255 \
                 of `A-Z a-z 0-9 _ - : .`, bare, or any other text as a quoted string (RFC 8941).";
    let schema = text().pattern(Some(idempotency_key::PATTERN));
    ParameterBuilder::new()
        .name(idempotency_key::NAME)
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some(about))
        .schema(Some(schema))
        .example(Some("order-1001".into()))
        .build()
}

/// As it is told, of a request that nobody made.
fn example(kind: &'static Kind) -> Example {
    let mut problem = Problem::new(kind, kind.title.to_lowercase());
    if kind == problem::INVALID_FIELD {
        problem = Problem::field("/amount", "must be an integer, not a string");
    }
    let body = told::body(&problem, "5f0c6c0e2a");
    let value = serde_json::to_value(body).unwrap_or_default();
    ExampleBuilder::new().summary(kind.title).value(Some(value)).build()
}

fn signature() -> SecurityScheme {
    let schemes: Vec<_> = Algorithm::ALL.iter().map(|it| format!("`{}`", it.scheme())).collect();
    let about = format!(
        "A signed request, by {}: [how to sign](/docs/guides/signing). Nobody in between can \
         change it or send it again.",
        schemes.join(", ")
    );
    let value = ApiKeyValue::with_description("Authorization", &about);
    SecurityScheme::ApiKey(ApiKey::Header(value))
}

fn bearer() -> SecurityScheme {
    let about = "Your API key: `Authorization: Bearer KEY`.";
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(about));
    SecurityScheme::Http(scheme.build())
}

/// `refusals`: the problems that some operation may answer.
pub(super) fn components(schemas: Schemas, refusals: &[&'static Kind]) -> Components {
    let [by_key, by_signature] = CALLER_SCHEMES;
    let parts = ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .parameter(IDEMPOTENCY_KEY, key())
        .security_scheme(by_key, bearer())
        .security_scheme(by_signature, signature());
    let parts =
        HEADERS.iter().fold(parts, |it, (name, about)| it.header(*name, header(name, about)));
    let told = problem::ALL.iter().filter(|it| refusals.contains(it));
    told.fold(parts, |it, kind| it.example(kind.slug, example(kind))).build()
}
